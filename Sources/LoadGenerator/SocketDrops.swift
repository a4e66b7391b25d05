/// Datagrams that the kernel dropped because a socket's buffer was full, as /proc/net/udp counts them.
enum SocketDrops {
    /// The drops of all sockets bound to one of `ports`.
    static func count(onPorts ports: Set<UInt16>) -> Int64 {
        guard !ports.isEmpty else { return 0 }
        return ["/proc/net/udp", "/proc/net/udp6"].reduce(0) { sum, path in
            sum + (ProcFile.read(path).map { count(in: $0, onPorts: ports) } ?? 0)
        }
    }

    /// The same in the text of such a file: `sl local_address rem_address st … drops`, addresses in hexadecimal.
    static func count(in text: String, onPorts ports: Set<UInt16>) -> Int64 {
        var sum: Int64 = 0
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count >= 13, let colon = fields[1].lastIndex(of: ":"),
                let port = UInt16(fields[1][fields[1].index(after: colon)...], radix: 16), ports.contains(port),
                let drops = Int64(fields[fields.count - 1])
            else { continue }
            sum += drops
        }
        return sum
    }
}
