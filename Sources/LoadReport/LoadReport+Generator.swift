internal import Foundation

extension LoadReport {
    /// How the generator itself fared: whether a run says something about the server.
    public struct Generator: Codable, Sendable, Equatable {
        /// Its use of processors on average: 100 is one core.
        public var cpuPercent: Double?
        /// How busy the busiest of its media threads was: 100 is all the time.
        public var busiestThreadPercent: Double?
        /// How late packets were sent, in milliseconds.
        public var lateness: Distribution?
        /// Datagrams the kernel dropped at the generator's sockets.
        public var socketDrops: UInt64 = 0
        /// Datagrams the kernel did not take from the generator.
        public var sendErrors: UInt64 = 0
        /// Whether the generator, not the server, was the bottleneck.
        public private(set) var isSaturated = false
        /// What made it so, or that nothing did.
        public private(set) var sentence = ""

        /// A thread busier than this has no reserve for bursts.
        static let busyLimit = 90.0
        /// Packets later than this distort what is measured: two ticks of a browser's pacer.
        static let latenessLimit = 10.0

        /// Makes a generator and judges it.
        public init(
            cpuPercent: Double? = nil, busiestThreadPercent: Double? = nil, lateness: Distribution? = nil,
            socketDrops: UInt64 = 0, sendErrors: UInt64 = 0
        ) {
            self.cpuPercent = cpuPercent
            self.busiestThreadPercent = busiestThreadPercent
            self.lateness = lateness
            self.socketDrops = socketDrops
            self.sendErrors = sendErrors
            judge()
        }

        private mutating func judge() {
            var reasons: [String] = []
            if let busy = busiestThreadPercent, busy > Self.busyLimit {
                reasons.append("a media thread was busy \(Quantity.percent.text(busy / 100)) of the time")
            }
            if let late = lateness?.p99, late > Self.latenessLimit {
                reasons.append("1 % of packets were sent \(Quantity.milliseconds.text(late)) late or more")
            }
            if socketDrops > 0 {
                reasons.append("its sockets dropped \(Quantity.counted(socketDrops, "datagram"))")
            }
            if sendErrors > 0 {
                reasons.append("the kernel refused \(Quantity.counted(sendErrors, "datagram"))")
            }
            isSaturated = !reasons.isEmpty
            sentence =
                isSaturated
                ? "The generator was a bottleneck: \(reasons.joined(separator: "; "))."
                    + " Loss and latency may be its own; give it more threads or another machine."
                : "The generator had reserves; what was measured is the server and the network."
        }
    }
}
