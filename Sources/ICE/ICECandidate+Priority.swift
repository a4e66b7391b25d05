public import Wire

/// The numbers that a server gives its own candidates.
extension ICECandidate {
    /// The recommended type preferences (RFC 8445 §5.1.2.2), 0 for kinds that are not known.
    public static func typePreference(of kind: Kind) -> UInt8 {
        switch kind {
        case .host: 126
        case .peerReflexive: 110
        case .serverReflexive: 100
        case .relayed, .other: 0
        }
    }

    /// `2²⁴·type preference + 2⁸·local preference + (256 − component)`, RFC 8445 §5.1.2.1.
    ///
    /// A component outside 1 to 256 is a programming error.
    public static func priority(kind: Kind, localPreference: UInt16, component: Int = 1) -> UInt32 {
        precondition((1...256).contains(component), "a component is 1 to 256")
        return UInt32(typePreference(of: kind)) << 24 | UInt32(localPreference) << 8 | UInt32(256 - component)
    }

    /// `2³²·MIN(G,D) + 2·MAX(G,D) + (G>D ? 1 : 0)`, RFC 8445 §6.1.2.3.
    ///
    /// G is the priority of the controlling agent's candidate, D that of the other's.
    public static func pairPriority(controlling: UInt32, controlled: UInt32) -> UInt64 {
        UInt64(min(controlling, controlled)) << 32 &+ 2 * UInt64(max(controlling, controlled))
            &+ (controlling > controlled ? 1 : 0)
    }

    /// A foundation that depends on nothing but what RFC 8445 §5.1.1.3 names: kind, address of the base,
    /// protocol.
    ///
    /// FNV-1a over them, in decimal: stable over sessions, so that logs can be compared.
    public static func foundation(kind: Kind, base: IPAddress, transport: Transport) -> String {
        var hash: UInt32 = 0x811C_9DC5
        for byte in "\(kind.token) \(base) \(transport.token)".utf8 {
            hash = (hash ^ UInt32(byte)) &* 0x0100_0193
        }
        return String(hash)
    }

    /// The UDP host candidates of a server that can be reached at `addresses`, best first.
    ///
    /// Within a family the given order is the order of preference; the families alternate, IPv6 first, so
    /// that a network where one of them leads nowhere costs a client one check and not all of them (RFC 8421
    /// §4). No two candidates get the same local preference (RFC 8445 §5.1.2.1), as far as 65,536 of them go.
    public static func hostCandidates(for addresses: [SocketAddress]) -> [ICECandidate] {
        interleaved(addresses).enumerated().map { rank, address in
            ICECandidate(
                foundation: foundation(kind: .host, base: address.ip, transport: .udp),
                priority: priority(kind: .host, localPreference: UInt16(max(0, 65_535 - rank))),
                host: .address(address.ip),
                port: address.port,
                kind: .host
            )
        }
    }

    private static func interleaved(_ addresses: [SocketAddress]) -> [SocketAddress] {
        let v6 = addresses.filter { $0.ip.family == .v6 }
        let v4 = addresses.filter { $0.ip.family == .v4 }
        return (0..<max(v4.count, v6.count)).flatMap { index in
            [v6, v4].compactMap { index < $0.count ? $0[index] : nil }
        }
    }
}
