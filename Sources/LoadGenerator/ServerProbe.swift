/// Looks at a server process on the same machine through /proc.
struct ServerProbe: Sendable {
    /// One look.
    struct Look: Sendable {
        /// Nanoseconds on a processor, all threads together.
        var processNanoseconds: Int64 = 0
        /// The same for each media thread, by name.
        var mediaNanoseconds: [String: Int64] = [:]
        /// Bytes of memory in use (VmRSS).
        var residentBytes: Int64 = 0
        /// The most bytes there were (VmHWM).
        var peakBytes: Int64 = 0
        var threads = 0
        /// Datagrams that the kernel dropped because a media socket's buffer was full; `nil` when nobody knows.
        var socketDrops: Int64?
    }

    /// The process.
    let process: Int
    /// The UDP ports of its media; none when its status API did not tell.
    let mediaPorts: Set<UInt16>

    /// Whether there is such a process.
    static func exists(_ process: Int) -> Bool { ProcFile.read("/proc/\(process)/stat") != nil }

    /// Looks now; `nil` when the process has ended.
    func look() -> Look? {
        guard let status = ProcFile.read("/proc/\(process)/status") else { return nil }
        var look = Look()
        for line in status.split(separator: "\n") {
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard fields.count > 1, let value = Int64(fields[1]) else { continue }
            switch fields[0] {
            case "VmRSS:": look.residentBytes = value * 1_024
            case "Threads:": look.threads = Int(value)
            case "VmHWM:": look.peakBytes = value * 1_024
            default: break
            }
        }
        for thread in ThreadTimes.all(of: process).values {
            look.processNanoseconds += thread.nanoseconds
            if thread.name.hasPrefix("roost-media-") {
                look.mediaNanoseconds[thread.name, default: 0] += thread.nanoseconds
            }
        }
        look.socketDrops = SocketDrops.count(onPorts: mediaPorts, ofProcess: process)
        return look
    }
}
