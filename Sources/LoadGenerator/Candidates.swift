internal import ICE
internal import Wire

/// Which of the server's candidates are tried.
enum Candidates {
    /// Those with the address that was asked for; else, where signalling is on loopback and there is a candidate there,
    /// that one: media takes the shortest way, and no check is wasted.
    static func usable(
        _ candidates: [ICECandidate], _ settings: LoadSettings, _ server: ServerAddress
    ) -> [ICECandidate] {
        let wanted = settings.text("server-ip")
        if !wanted.isEmpty {
            let ip = IPAddress(wanted)
            return candidates.filter { $0.address?.ip == ip }
        }
        guard server.isLoopback else { return oneFamily(candidates) }
        let local = candidates.filter { $0.address?.ip.isLoopback == true }
        return oneFamily(local.isEmpty ? candidates : local)
    }

    /// A client has one socket, which has one family: IPv4 where there is one.
    private static func oneFamily(_ candidates: [ICECandidate]) -> [ICECandidate] {
        let v4 = candidates.filter { $0.address?.ip.family == .v4 }
        return v4.isEmpty ? candidates : v4
    }
}
