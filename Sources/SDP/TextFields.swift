// Splitting works on UTF-8 code units: grapheme clusters would join a separator with a combining mark that
// follows it, and "\r\n" is one Character.

extension StringProtocol {
    /// The parts between separators; runs of separators count as one, as browsers read them.
    package func fields(separatedBy separator: Unicode.Scalar = " ", maxSplits: Int = .max) -> [Substring] {
        let text = Substring(self)
        return text.utf8.split(separator: UInt8(ascii: separator), maxSplits: maxSplits).map(Substring.init)
    }

    /// Whether this is one or more token characters (RFC 8866 §9, `token`).
    package var isSDPToken: Bool {
        !utf8.isEmpty
            && utf8.allSatisfy {
                switch $0 {
                case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x5E...0x7E: true
                default: false
                }
            }
    }

    /// The text without spaces at either end.
    package var trimmed: Substring {
        let text = Substring(self)
        guard let start = text.utf8.firstIndex(where: { $0 != 0x20 }),
            let last = text.utf8.lastIndex(where: { $0 != 0x20 })
        else { return Substring() }
        return text[start...last]
    }

    /// The text with `A` to `Z` in lower case, for the names that ignore case.
    package var asciiLowercased: String {
        String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

extension FixedWidthInteger {
    /// Reads digits and nothing else: no sign, no space, no overflow.
    package init?(decimal text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.count <= 20, text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            return nil
        }
        self.init(String(text))
    }
}
