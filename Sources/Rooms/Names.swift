/// What names may look like. Names come from strangers and are shown to everybody.
enum Names {
    /// A room's name as it stands in an address: ASCII letters, digits, `-`, `_`, `.` and `~` (RFC 3986 §2.3,
    /// unreserved), beginning with a letter or digit.
    static func room(_ text: String, limit: Int) throws(SignalingError) -> String {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= limit, isLetterOrDigit(first),
            bytes.allSatisfy({ isLetterOrDigit($0) || [0x2D, 0x2E, 0x5F, 0x7E].contains($0) })
        else {
            throw SignalingError(
                .badRoomName,
                "A room's name has 1 to \(limit) letters from a to z, digits, \"-\", \"_\", \".\" or \"~\", and "
                    + "begins with a letter or digit.")
        }
        return text
    }

    /// A name that people read, without the white space around it.
    static func displayed(_ text: String, limit: Int) throws(SignalingError) -> String {
        let trimmed = trim(text)
        guard !trimmed.isEmpty, isShort(trimmed, limit: limit), !hasControls(trimmed) else {
            throw SignalingError(.badName, "A name has 1 to \(limit) characters and no control characters.")
        }
        return trimmed
    }

    /// An identity: any short text.
    static func identity(_ text: String, limit: Int) throws(SignalingError) -> String {
        guard !text.isEmpty, isShort(text, limit: limit), !hasControls(text) else {
            throw SignalingError(
                .badName, "An identity has 1 to \(limit) characters and no control characters.")
        }
        return text
    }

    /// Characters and bytes both count: one character can have any number of combining marks.
    private static func isShort(_ text: String, limit: Int) -> Bool {
        text.utf8.count <= limit * 4 && text.count <= limit
    }

    /// C0, C1 and DEL, the line separators, and the marks that turn the direction of the text around them.
    private static func hasControls(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
            default: false
            }
        }
    }

    private static func trim(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
