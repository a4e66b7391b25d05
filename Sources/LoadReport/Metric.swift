/// A figure of a report that limits can be set on and that runs are compared by.
public struct Metric: Sendable, Equatable {
    /// Whether more of it is good.
    public enum Direction: String, Codable, Sendable {
        /// Less is better.
        case lower
        /// More is better.
        case higher
    }

    /// Its name in options.
    public let name: String
    /// What it is, in words.
    public let title: String
    /// What it is measured in.
    public let quantity: Quantity
    /// Whether more of it is good.
    public let direction: Direction
    /// A difference below this is nothing, however many per cent it is.
    public let smallest: Double
    /// Its value in a report; `nil` if it was not measured.
    public let value: @Sendable (LoadReport) -> Double?

    public static func == (left: Metric, right: Metric) -> Bool { left.name == right.name }

    init(
        _ name: String, _ title: String, _ quantity: Quantity, _ direction: Direction = .lower, smallest: Double = 0,
        _ value: @escaping @Sendable (LoadReport) -> Double?
    ) {
        self.name = name
        self.title = title
        self.quantity = quantity
        self.direction = direction
        self.smallest = smallest
        self.value = value
    }

    /// The metric of an option's name, short names included; `nil` if there is none.
    public static func named(_ name: String) -> Metric? {
        let name = aliases[name] ?? name
        return all.first { $0.name == name }
    }

    /// Short names for what is asked for most.
    static let aliases = [
        "p50": "latency-p50", "p90": "latency-p90", "p99": "latency-p99", "p99.9": "latency-p99.9",
        "max": "latency-max", "cpu": "server-cpu", "memory": "server-memory", "lost": "frames-lost",
        "corrupt": "frames-corrupt", "undecodable": "frames-undecodable", "late": "frames-late",
    ]

    /// All metrics, in the order they are shown in.
    public static let all: [Metric] =
        times("latency", "Forwarding latency") { $0.latency }
        + [
            Metric("loss", "Loss after repair", .percent, smallest: 0.0001) { $0.traffic.lossAfterRepair },
            Metric("raw-loss", "Loss before repair", .percent, smallest: 0.001) { $0.traffic.lossBeforeRepair },
            Metric("silent-slots", "Pictures of which nothing came", .count) {
                $0.traffic.silentSlots.map { Double($0) }
            },
            Metric("good-frames", "Good frames", .percent, .higher, smallest: 0.0001) { $0.frames.goodShare },
            Metric("good-video", "Good pictures", .percent, .higher, smallest: 0.0001) { $0.frames.goodVideoShare },
            Metric("frames-lost", "Frames lost", .count) { $0.frames.known($0.frames.lost) },
            Metric("frames-late", "Frames late", .count) { $0.frames.known($0.frames.late) },
            Metric("frames-corrupt", "Frames corrupt", .count) { $0.frames.known($0.frames.corrupt) },
            Metric("frames-undecodable", "Frames undecodable", .count) { $0.frames.known($0.frames.undecodable) },
            Metric("surprises", "Numbering faults", .count) { $0.frames.known($0.frames.surprises) },
            Metric("freezes", "Freezes", .count) { $0.frames.knownOfVideo(Double($0.frames.freezes)) },
            Metric("frozen", "Time frozen", .seconds, smallest: 0.2) {
                $0.frames.knownOfVideo($0.frames.frozenSeconds)
            },
            Metric("join-failures", "Joins failed", .count) { Double($0.joins.failed) },
            Metric("disconnects", "Sessions lost", .count) {
                Double($0.joins.disconnects.reduce(0) { $0 &+ $1.count })
            },
        ]
        + times("message", "Message latency") { $0.messages?.latency }
        + [
            Metric("messages-in", "Messages received", .count, .higher) { $0.messages.map { Double($0.received) } },
            Metric("message-loss", "Message loss", .percent, smallest: 0.0001) { $0.messages?.lossShare },
            Metric("messages-lost", "Messages lost", .count) { $0.messages.map { Double($0.lost) } },
            Metric("messages-corrupt", "Messages corrupt", .count) { $0.messages.map { Double($0.corrupt) } },
            Metric("messages-disordered", "Messages out of order", .count) {
                $0.messages.map { Double($0.disordered) }
            },
            Metric("messages-duplicate", "Messages twice", .count) { $0.messages.map { Double($0.duplicates) } },
            Metric("messages-misdirected", "Messages misdirected", .count) {
                $0.messages.map { Double($0.misdirected) }
            },
            Metric("data-ended", "Data channel associations ended", .count) {
                $0.messages.map { Double($0.ended.reduce(0) { $0 &+ $1.count }) }
            },
        ]
        + times("data-open", "Data channel open") { $0.messages?.opening }
        + times("websocket", "WebSocket") { $0.joins.webSocket }
        + times("answer", "Answer") { $0.joins.answer }
        + times("ice", "ICE") { $0.joins.ice }
        + times("dtls", "DTLS") { $0.joins.dtls }
        + times("join", "Join to first packet") { $0.joins.firstPacket }
        + times("keyframe", "Join to first keyframe") { $0.joins.firstKeyframe }
        + [
            Metric("packets-in", "Packets received", .packetRate, .higher) { report in
                report.seconds > 0 ? Double(report.traffic.packetsIn) / report.seconds : nil
            },
            Metric("bits-in", "Bits received", .bitRate, .higher) { report in
                report.seconds > 0 ? Double(report.traffic.bytesIn) * 8 / report.seconds : nil
            },
            Metric("nacks", "NACKs of clients", .count, smallest: 10) { Double($0.traffic.nacksSent) },
            Metric("plis", "Keyframe requests of clients", .count, smallest: 3) {
                Double($0.traffic.keyframeRequestsSent)
            },
            Metric("server-cpu", "Server CPU", .percent, smallest: 0.01) {
                $0.server?.cpuPercent.map { $0 / 100 }
            },
            Metric("cpu-per-packet", "CPU a forwarded packet", .microseconds, smallest: 0.02) {
                $0.server?.microsecondsPerPacket
            },
            Metric("server-memory", "Server memory, peak", .bytes, smallest: 1e6) {
                $0.server?.memoryPeakBytes.map { Double($0) }
            },
            Metric("capacity", "Capacity", .count, .higher) { $0.capacity.map { Double($0.capacity) } },
        ]

    private static func times(
        _ name: String, _ title: String, _ distribution: @escaping @Sendable (LoadReport) -> Distribution?
    ) -> [Metric] {
        [
            Metric("\(name)-p50", "\(title) p50", .milliseconds, smallest: 0.05) { distribution($0)?.p50 },
            Metric("\(name)-p90", "\(title) p90", .milliseconds, smallest: 0.05) { distribution($0)?.p90 },
            Metric("\(name)-p99", "\(title) p99", .milliseconds, smallest: 0.1) { distribution($0)?.p99 },
            Metric("\(name)-p99.9", "\(title) p99.9", .milliseconds, smallest: 0.2) { distribution($0)?.p999 },
            Metric("\(name)-max", "\(title) max", .milliseconds, smallest: 1) { distribution($0)?.max },
        ]
    }
}
