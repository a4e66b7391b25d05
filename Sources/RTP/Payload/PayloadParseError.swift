/// Why bytes are not the payload, or the payload descriptor, of their codec.
public enum PayloadParseError: Error, Equatable, Sendable {
    /// The bytes end before `needed`; there are `have`.
    case truncated(needed: Int, have: Int)
    /// The dependency descriptor names a template that its structure does not have.
    case unknownTemplate(UInt8)
    /// The dependency structure has more layers or templates than the format can number.
    case tooManyLayers
    /// The payload uses something that is not read here.
    case unsupported
}
