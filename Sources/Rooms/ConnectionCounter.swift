import Wire

/// Counts connections by where they come from: one IPv4 address, or one IPv6 network of 64 bits, which is
/// what one household or one machine gets.
struct ConnectionCounter: Sendable {
    private let limit: Int
    private var counts: [IPAddress: Int] = [:]

    init(limit: Int) { self.limit = limit }

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
