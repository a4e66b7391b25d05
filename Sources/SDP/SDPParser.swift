extension SessionDescription {
    /// Reads a description whose lines end in CRLF or LF (RFC 8866 §5).
    ///
    /// Unknown lines and attributes are kept as they are, blank lines are skipped, and `s=` and `t=` may be
    /// missing.
    /// - Throws: `SDPError` with the line's number for what cannot be read or exceeds `limits`.
    public init(parsing text: String, limits: SDPLimits = .standard) throws(SDPError) {
        let size = text.utf8.count
        guard size <= limits.bytes else { throw .tooLarge(bytes: size, limit: limits.bytes) }
        var parser = SDPParser(limits: limits)
        // Lines are cut in bytes: CRLF is a single Character, and Characters are slow.
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            try parser.take(line: bytes[start..<end])
            start = end + 1
        }
        self = try parser.finish()
    }
}

/// Reads line after line, knowing the level it is at.
private struct SDPParser {
    let limits: SDPLimits
    var number = 0
    var sawVersion = false
    var origin: SessionDescription.Origin?
    var description = SessionDescription(origin: .init(sessionID: 0, version: 0), lines: [])
    /// The section being read; it is appended when the next one begins.
    var section: MediaDescription?

    init(limits: SDPLimits) { self.limits = limits }

    mutating func take(line raw: ArraySlice<UInt8>) throws(SDPError) {
        number += 1
        guard number <= limits.lines else { throw .tooManyLines(limit: limits.lines) }
        let line = raw.last == 0x0D ? raw.dropLast() : raw
        guard let first = line.first else { return }
        guard line.count <= limits.lineBytes else {
            throw .lineTooLong(line: number, limit: limits.lineBytes)
        }
        let letter = first | 0x20
        guard (0x61...0x7A).contains(letter), line.dropFirst().first == 0x3D else {
            throw .malformedLine(line: number)
        }
        guard !line.contains(where: { $0 == 0 || $0 == 0x0D }) else { throw .illegalCharacter(line: number) }
        try take(type: Unicode.Scalar(first), value: String(decoding: line.dropFirst(2), as: UTF8.self))
    }

    private mutating func take(type: Unicode.Scalar, value: String) throws(SDPError) {
        guard sawVersion else {
            guard type == "v", value.trimmed == "0" else { throw .missingVersion(line: number) }
            sawVersion = true
            return
        }
        switch type {
        case "o" where section == nil && origin == nil:
            guard let parsed = SessionDescription.Origin(value: value) else {
                throw .malformedOrigin(line: number)
            }
            origin = parsed
        case "s" where section == nil:
            description.name = value
        case "m":
            try beginSection(value)
        case "a" where section == nil:
            description.attributes.elements.append(Attribute(line: value))
        case "a":
            section?.attributes.elements.append(Attribute(line: value))
        default:
            let line = SessionDescription.Line(type: type, value: value)
            if section == nil { description.lines.append(line) } else { section?.lines.append(line) }
        }
    }

    private mutating func beginSection(_ value: String) throws(SDPError) {
        guard origin != nil else { throw .missingOrigin(line: number) }
        guard let next = MediaDescription(value: value) else { throw .malformedMedia(line: number) }
        endSection()
        guard description.media.count < limits.sections else {
            throw .tooManySections(line: number, limit: limits.sections)
        }
        section = next
    }

    private mutating func endSection() {
        if let section { description.media.append(section) }
        section = nil
    }

    mutating func finish() throws(SDPError) -> SessionDescription {
        guard sawVersion else { throw .empty }
        guard let origin else { throw .missingOrigin(line: number) }
        endSection()
        description.origin = origin
        return description
    }
}
