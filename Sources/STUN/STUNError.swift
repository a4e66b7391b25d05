/// Why bytes are not a STUN message; such a message is dropped without an answer (RFC 8489 §6.3).
public enum STUNError: Error, Equatable, Sendable {
    /// Shorter than the header of 20 bytes.
    case truncatedHeader(have: Int)
    /// The two highest bits of the type are not zero: some other protocol (RFC 8489 §5).
    case notSTUN
    /// The magic cookie is another number than 0x2112A442: RFC 3489 or some other protocol.
    case badCookie(UInt32)
    /// The length field and the size of the datagram disagree, or it is no multiple of four.
    case lengthMismatch(declared: Int, have: Int)
    /// An attribute goes on beyond the end of the message.
    case truncatedAttribute(STUNAttributeType)
    /// The value of an attribute does not have the form that its type asks for.
    case malformedAttribute(STUNAttributeType)
    /// Something follows FINGERPRINT, which has to be the last attribute (RFC 8489 §14.7).
    case attributeAfterFingerprint(STUNAttributeType)
}
