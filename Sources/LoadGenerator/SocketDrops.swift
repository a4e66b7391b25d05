/// Datagrams that the kernel dropped because a socket's buffer was full, as /proc/…/net/udp counts them.
enum SocketDrops {
    /// The drops of all sockets bound to one of `ports`; `nil` where there is none of them, so that nobody knows.
    ///
    /// The files of a process are those of its network namespace, which need not be the one of who reads them.
    static func count(onPorts ports: Set<UInt16>, ofProcess process: Int) -> Int64? {
        let counts = ["udp", "udp6"].compactMap { name in
            ProcFile.read("/proc/\(process)/net/\(name)").flatMap { count(in: $0, onPorts: ports) }
        }
        return counts.isEmpty ? nil : counts.reduce(0, +)
    }

    /// The same in the text of such a file: `sl local_address rem_address st … drops`, addresses in hexadecimal.
    static func count(in text: String, onPorts ports: Set<UInt16>) -> Int64? {
        var sum: Int64?
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count >= 13, let colon = fields[1].lastIndex(of: ":"),
                let port = UInt16(fields[1][fields[1].index(after: colon)...], radix: 16), ports.contains(port),
                let drops = Int64(fields[fields.count - 1])
            else { continue }
            sum = (sum ?? 0) + drops
        }
        return sum
    }
}
