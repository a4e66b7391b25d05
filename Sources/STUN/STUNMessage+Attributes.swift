import Wire

/// The walk over the attributes.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |         Type                  |            Length             |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |         Value (variable), padded to a multiple of 4 bytes     |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// RFC 8489 §14. The length does not count the padding, and the padding may be any bytes.
extension STUNMessage {
    /// The longest text of any attribute, in bytes (RFC 8489 §14.3: 508; §14.8 to §14.14: 763).
    private static let longestText = 763

    mutating func readAttributes(of bytes: Span<UInt8>) throws(STUNError) {
        var offset = Self.headerLength
        // The message's length is a multiple of four and so is every step: four bytes are there if any is.
        while offset < bytes.count {
            let type = STUNAttributeType(bytes.uint16(at: offset))
            let length = Int(bytes.uint16(at: offset + 2))
            let start = offset + 4
            let next = start + (length + 3) & ~3
            guard next <= bytes.count else { throw .truncatedAttribute(type) }
            guard !hasFingerprint else { throw .attributeAfterFingerprint(type) }
            if isRead(type) {
                try read(type, bytes.extracting(start..<start + length), at: offset)
            }
            offset = next
        }
    }

    /// Behind MESSAGE-INTEGRITY only MESSAGE-INTEGRITY-SHA256 and FINGERPRINT count (RFC 8489 §14.5, §14.6).
    private func isRead(_ type: STUNAttributeType) -> Bool {
        switch type {
        case .fingerprint: true
        case .messageIntegritySHA256: integritySHA256 == nil
        default: !hasIntegrity
        }
    }

    private mutating func read(
        _ type: STUNAttributeType,
        _ value: Span<UInt8>,
        at offset: Int
    ) throws(STUNError) {
        switch type {
        case .messageIntegrity:
            guard value.count == 20 else { throw .malformedAttribute(type) }
            integrityOffset = offset
        case .messageIntegritySHA256:
            // RFC 8489 §14.6 lets the sender cut the value down to 16 bytes.
            guard (16...32).contains(value.count), value.count % 4 == 0 else {
                throw .malformedAttribute(type)
            }
            integritySHA256 = offset..<offset + 4 + value.count
        case .fingerprint:
            guard value.count == 4 else { throw .malformedAttribute(type) }
            fingerprintOffset = offset
        case .username, .realm, .nonce, .software:
            try readText(type, value)
        case .priority, .useCandidate, .iceControlling, .iceControlled, .nomination:
            try readICE(type, value)
        case .xorMappedAddress:
            guard let address = STUNAddress(xoredWith: transactionID).decode(value) else {
                throw .malformedAttribute(type)
            }
            xorMappedAddress = xorMappedAddress ?? address
        case .errorCode:
            try readErrorCode(value)
        case .unknownAttributes:
            guard value.count % 2 == 0 else { throw .malformedAttribute(type) }
            guard unknownAttributes.isEmpty else { return }
            unknownAttributes = stride(from: 0, to: value.count, by: 2).map { value.uint16(at: $0) }
        case .mappedAddress:
            break  // Known, and of no use beside XOR-MAPPED-ADDRESS.
        default:
            if type.isComprehensionRequired { unknownRequired.append(type.rawValue) }
        }
    }

    private mutating func readText(_ type: STUNAttributeType, _ value: Span<UInt8>) throws(STUNError) {
        guard value.count <= Self.longestText, let text = String(validating: value.copied(), as: UTF8.self)
        else {
            throw .malformedAttribute(type)
        }
        switch type {
        case .username: username = username ?? text
        case .realm: realm = realm ?? text
        case .nonce: nonce = nonce ?? text
        default: software = software ?? text
        }
    }

    private mutating func readICE(_ type: STUNAttributeType, _ value: Span<UInt8>) throws(STUNError) {
        switch type {
        case .useCandidate:
            useCandidate = true  // A flag: whatever it holds means nothing.
        case .priority:
            guard value.count == 4 else { throw .malformedAttribute(type) }
            priority = priority ?? value.uint32(at: 0)
        case .nomination:
            // The number is from the range for anybody's experiments: another form is another attribute.
            guard value.count == 4 else { return }
            nomination = nomination ?? value.uint32(at: 0)
        default:
            guard value.count == 8 else { throw .malformedAttribute(type) }
            if type == .iceControlling {
                iceControlling = iceControlling ?? value.uint64(at: 0)
            } else {
                iceControlled = iceControlled ?? value.uint64(at: 0)
            }
        }
    }

    /// ERROR-CODE: 21 bits reserved, the hundreds in three bits, the rest in eight, then the reason (RFC 8489
    /// §14.8).
    private mutating func readErrorCode(_ value: Span<UInt8>) throws(STUNError) {
        guard value.count >= 4, value.count <= 4 + Self.longestText,
            case let hundreds = Int(value[2] & 0x07), (3...6).contains(hundreds), value[3] < 100,
            let reason = String(validating: value.extracting(droppingFirst: 4).copied(), as: UTF8.self)
        else { throw .malformedAttribute(.errorCode) }
        errorCode = errorCode ?? STUNErrorCode(checkedCode: hundreds * 100 + Int(value[3]), reason: reason)
    }
}
