/// `a=extmap`: the local number of an RTP header extension (RFC 8285 §8).
public struct HeaderExtensionMapping: TypedAttribute, Sendable, Equatable {
    /// The name before the colon.
    public static let attributeName = "extmap"
    /// The number in the packets; above 255 it is not a number of packets but one reserved in an offer.
    public var id: UInt16
    /// Who uses it, where that is less than the section's direction.
    public var direction: MediaDirection?
    /// What the extension is.
    public var uri: String
    /// Whatever stands after the URI.
    public var parameters: String?

    /// Makes a mapping.
    public init(id: UInt16, direction: MediaDirection? = nil, uri: String, parameters: String? = nil) {
        self.id = id
        self.direction = direction
        self.uri = uri
        self.parameters = parameters
    }

    /// Reads a value; `nil` if it does not fit the grammar.
    public init?(attributeValue: String) {
        let fields = attributeValue.fields(maxSplits: 2)
        guard fields.count >= 2 else { return nil }
        let number = fields[0].fields(separatedBy: "/")
        guard number.count <= 2, let first = number.first, let id = UInt16(decimal: first) else { return nil }
        if number.count == 2 {
            guard let parsed = MediaDirection(rawValue: String(number[1])) else { return nil }
            direction = parsed
        }
        self.id = id
        uri = String(fields[1])
        if fields.count == 3 { parameters = String(fields[2]) }
    }

    /// The value as it is written.
    public var attributeValue: String {
        "\(id)" + (direction.map { "/\($0.rawValue)" } ?? "") + " \(uri)"
            + (parameters.map { " \($0)" } ?? "")
    }
}
