public import Wire

/// A block of addresses in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3), such as `10.0.0.0/8` or `fd00::/8`.
public struct AddressRange: Sendable, Hashable, LosslessStringConvertible {
    /// Any address of the block.
    public let base: IPAddress
    /// How many leading bits an address must share with the base.
    public let prefixLength: Int

    /// Reads `address/bits`, or an address alone; `nil` for anything else.
    public init?(_ description: String) {
        let parts = description.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let base = IPAddress(String(first)) else {
            return nil
        }
        let longest = base.family == .v4 ? 32 : 128
        guard parts.count == 2 else {
            self.base = base
            prefixLength = longest
            return
        }
        guard parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
            let bits = Int(parts[1]), bits <= longest
        else { return nil }
        self.base = base
        prefixLength = bits
    }

    /// Whether an address lies in the block.
    public func contains(_ address: IPAddress) -> Bool {
        guard address.family == base.family else { return false }
        switch base.family {
        case .v4:
            return Self.share(UInt64(prefixLength) + 32, address.low ^ base.low)
        case .v6:
            return Self.share(UInt64(min(prefixLength, 64)), address.high ^ base.high)
                && Self.share(UInt64(max(prefixLength - 64, 0)), address.low ^ base.low)
        }
    }

    private static func share(_ bits: UInt64, _ difference: UInt64) -> Bool {
        bits == 0 || difference >> (64 - bits) == 0
    }

    /// The block in CIDR notation.
    public var description: String { "\(base)/\(prefixLength)" }
}

extension IPAddress {
    /// What connections are counted by: the address, or for IPv6 the /64, the smallest network a household
    /// gets.
    var countingKey: IPAddress { family == .v4 ? self : IPAddress(v6High: high, low: 0) }
}
