/// An IPv4 or IPv6 address as a small value: no heap, hashable, comparable to another in two instructions.
///
/// IPv4-mapped IPv6 addresses (RFC 4291 §2.5.5.2) are held as the IPv4 address they stand for.
public struct IPAddress: Hashable, Sendable {
    /// The protocol version.
    public enum Family: UInt8, Sendable { case v4, v6 }

    /// The protocol version.
    public let family: Family
    /// The upper 64 bits of an IPv6 address; zero for IPv4.
    public let high: UInt64
    /// The lower 64 bits of an IPv6 address; an IPv4 address stands in the lowest 32.
    public let low: UInt64

    /// Makes an IPv4 address from its 32 bits, the first octet highest.
    public init(v4 bits: UInt32) {
        family = .v4
        high = 0
        low = UInt64(bits)
    }

    /// Makes an IPv6 address from its two halves; a mapped IPv4 address becomes IPv4.
    public init(v6High high: UInt64, low: UInt64) {
        let mapped = high == 0 && low >> 32 == 0xFFFF
        family = mapped ? .v4 : .v6
        self.high = high
        self.low = mapped ? low & 0xFFFF_FFFF : low
    }

    /// The IPv4 address as 32 bits; zero for IPv6.
    public var v4Bits: UInt32 { UInt32(truncatingIfNeeded: low) }

    /// 127.0.0.0/8 or ::1.
    public var isLoopback: Bool {
        switch family {
        case .v4: low >> 24 == 127
        case .v6: high == 0 && low == 1
        }
    }

    /// 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291 §2.5.6).
    public var isLinkLocal: Bool {
        switch family {
        case .v4: low >> 16 == 0xA9FE
        case .v6: high >> 54 == 0x3FA
        }
    }

    /// 0.0.0.0 or ::.
    public var isUnspecified: Bool { high == 0 && low == 0 }

    /// 10/8, 172.16/12, 192.168/16 (RFC 1918), 100.64/10 (RFC 6598) or fc00::/7 (RFC 4193).
    public var isPrivate: Bool {
        switch family {
        case .v4:
            low >> 24 == 10 || low >> 20 == 0xAC1 || low >> 16 == 0xC0A8 || low >> 22 == 0x191
        case .v6: high >> 57 == 0x7E
        }
    }
}

extension IPAddress: LosslessStringConvertible {
    /// Reads dotted-decimal IPv4 or RFC 4291 §2.2 IPv6 text; `nil` for anything else, names included.
    public init?(_ description: String) {
        if description.utf8.contains(UInt8(ascii: ":")) {
            guard let address = Self.parseV6(description) else { return nil }
            self = address
        } else {
            guard let bits = Self.parseV4(Substring(description)) else { return nil }
            self.init(v4: bits)
        }
    }

    private static func parseV4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard part.utf8.count <= 3, part.utf8.allSatisfy({ (48...57).contains($0) }), let octet = UInt8(part) else {
                return nil
            }
            bits = bits << 8 | UInt32(octet)
        }
        return bits
    }

    private static func parseV6(_ text: String) -> IPAddress? {
        guard text.utf8.count <= 45 else { return nil }
        let halves = text.components(separatedByDoubleColon: ())
        guard halves.count <= 2 else { return nil }
        // Dotted decimal may only end the whole text (RFC 4291 §2.2).
        guard let head = groups(halves[0], mayEndDotted: halves.count == 1) else { return nil }
        var all = head
        if halves.count == 2 {
            guard let tail = groups(halves[1], mayEndDotted: true), head.count + tail.count <= 7 else { return nil }
            all += [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
        }
        guard all.count == 8 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<4 {
            high = high << 16 | UInt64(all[index])
            low = low << 16 | UInt64(all[index + 4])
        }
        return IPAddress(v6High: high, low: low)
    }

    private static func groups(_ text: Substring, mayEndDotted: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var result: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if part.utf8.contains(UInt8(ascii: ".")) {
                guard mayEndDotted, index == parts.count - 1, let bits = parseV4(part) else { return nil }
                result.append(UInt16(truncatingIfNeeded: bits >> 16))
                result.append(UInt16(truncatingIfNeeded: bits))
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ $0 != 43 && $0 != 45 }),
                    let value = UInt16(part, radix: 16)
                else { return nil }
                result.append(value)
            }
        }
        return result
    }

    /// Dotted decimal, or IPv6 in the canonical form of RFC 5952.
    public var description: String {
        switch family {
        case .v4:
            return "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)"
        case .v6:
            let groups = (0..<8).map { index in
                UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4)))
            }
            guard let zeros = Self.longestZeroRun(groups) else {
                return groups.map { String($0, radix: 16) }.joined(separator: ":")
            }
            let head = groups[..<zeros.lowerBound].map { String($0, radix: 16) }.joined(separator: ":")
            let tail = groups[zeros.upperBound...].map { String($0, radix: 16) }.joined(separator: ":")
            return head + "::" + tail
        }
    }

    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start: Int?
        for index in 0...groups.count {
            if index < groups.count, groups[index] == 0 {
                start = start ?? index
            } else if let begin = start {
                if index - begin >= 2, index - begin > (best?.count ?? 0) { best = begin..<index }
                start = nil
            }
        }
        return best
    }
}

extension String {
    fileprivate func components(separatedByDoubleColon: Void) -> [Substring] {
        var parts: [Substring] = []
        var start = startIndex
        var index = startIndex
        while index < endIndex {
            let next = self.index(after: index)
            if self[index] == ":", next < endIndex, self[next] == ":" {
                parts.append(self[start..<index])
                index = self.index(after: next)
                start = index
            } else {
                index = next
            }
        }
        parts.append(self[start...])
        return parts
    }
}
