import Wire

/// Finds out whose request it is when proxies stand between.
///
/// Each proxy appends the address it was connected from to `X-Forwarded-For`. The list is therefore read from
/// its end, and only as long as the one who wrote the entry is trusted; everything before that is the
/// client's own invention.
struct ClientAddressResolver: Sendable {
    let trustedProxies: [AddressRange]

    /// The client's address: the peer's own unless a trusted proxy names another.
    func address(peer: IPAddress?, forwardedFor fields: [String]) -> IPAddress? {
        guard let peer else { return nil }
        var address = peer
        let entries = fields.flatMap { $0.split(separator: ",") }
        for entry in entries.reversed() {
            guard isTrusted(address), let next = Self.parse(entry) else { break }
            address = next
        }
        return address
    }

    func isTrusted(_ address: IPAddress) -> Bool { trustedProxies.contains { $0.contains(address) } }

    /// Reads an entry: an address, with a port from some proxies, in brackets for IPv6.
    private static func parse(_ entry: Substring) -> IPAddress? {
        let text = entry.drop { $0 == " " || $0 == "\t" }
        let trimmed = text.prefix { $0 != " " && $0 != "\t" }
        if trimmed.first == "[" {
            return IPAddress(String(trimmed.dropFirst().prefix { $0 != "]" }))
        }
        let colons = trimmed.utf8.count { $0 == UInt8(ascii: ":") }
        return IPAddress(String(colons == 1 ? trimmed.prefix { $0 != ":" } : trimmed))
    }
}
