/// What the kernel says of one thread's time on a processor.
struct ThreadTimes: Sendable {
    /// The thread's name.
    var name: String
    /// Nanoseconds on a processor since it began.
    var nanoseconds: Int64

    /// The clock tick of /proc/…/stat: 100 a second on every Linux that Swift runs on.
    private static let tick: Int64 = 10_000_000

    /// Every thread of a process, by its number.
    static func all(of process: Int) -> [Int: ThreadTimes] {
        var threads: [Int: ThreadTimes] = [:]
        for entry in ProcFile.list("/proc/\(process)/task") {
            guard let number = Int(entry), let times = ThreadTimes(process: process, thread: number) else { continue }
            threads[number] = times
        }
        return threads
    }

    /// One thread; `nil` when there is none.
    init?(process: Int, thread: Int) {
        let base = "/proc/\(process)/task/\(thread)"
        guard let stat = ProcFile.read("\(base)/stat"), let open = stat.firstIndex(of: "("),
            let close = stat.lastIndex(of: ")"), open < close
        else { return nil }
        name = String(stat[stat.index(after: open)..<close])
        // proc(5): schedstat counts nanoseconds, stat counts ticks of 10 ms; kernels may lack the first.
        if let exact = ProcFile.read("\(base)/schedstat")?.split(separator: " ").first.flatMap({ Int64($0) }) {
            nanoseconds = exact
            return
        }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 12, let user = Int64(fields[11]), let system = Int64(fields[12]) else { return nil }
        nanoseconds = (user + system) * Self.tick
    }
}
