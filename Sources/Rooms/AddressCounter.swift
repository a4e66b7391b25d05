import Wire

/// Counts something by where it comes from: one IPv4 address, or one IPv6 network of 64 bits, which is what
/// one household or one machine gets.
struct AddressCounter: Sendable {
    private let limit: Int
    private var counts: [IPAddress: Int] = [:]

    init(limit: Int) { self.limit = limit }

    /// Everything that is counted at the moment.
    var total: Int { counts.values.reduce(0, +) }

    /// Whether two addresses are counted as one.
    static func areOne(_ left: IPAddress?, _ right: IPAddress?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return network(of: left) == network(of: right)
    }

    /// Whether there may be no more from there. Clients of unknown origin are not counted.
    func isFull(_ address: IPAddress?) -> Bool {
        guard let address else { return false }
        return counts[Self.network(of: address), default: 0] >= limit
    }

    mutating func add(_ address: IPAddress?) {
        guard let address else { return }
        counts[Self.network(of: address), default: 0] += 1
    }

    mutating func remove(_ address: IPAddress?) {
        guard let address else { return }
        let network = Self.network(of: address)
        guard let count = counts[network] else { return }
        counts[network] = count > 1 ? count - 1 : nil
    }

    private static func network(of address: IPAddress) -> IPAddress {
        switch address.family {
        case .v4: address
        case .v6: IPAddress(v6High: address.high, low: 0)
        }
    }
}

extension ClientInfo {
    /// The address for a log line.
    var addressText: String { address?.description ?? "unknown" }
}
