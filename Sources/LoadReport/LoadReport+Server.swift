extension LoadReport {
    /// The server's process, when it runs on the same machine.
    public struct Server: Codable, Sendable, Equatable {
        /// Its version, as it says.
        public var version: String?
        /// Its use of processors on average: 100 is one core.
        public var cpuPercent: Double?
        /// The most it used in any second.
        public var cpuPeakPercent: Double?
        /// Memory in use at the end, in bytes.
        public var memoryBytes: UInt64?
        /// The most memory that was in use, in bytes.
        public var memoryPeakBytes: UInt64?
        /// Its threads.
        public var threads: Int?
        /// Packets it forwarded.
        public var forwardedPackets: UInt64?
        /// Microseconds of a processor for each of them.
        public var microsecondsPerPacket: Double?
        /// Datagrams the kernel dropped because a media socket's buffer was full; `nil` when its sockets are not known.
        public var socketDrops: UInt64?

        /// Makes a server of which nothing is known.
        public init() {}
    }

    /// One second of a run. What was not measured is `nil`.
    public struct Sample: Codable, Sendable, Equatable {
        /// Seconds since the start.
        public var second: Double
        /// Participants whose media transport is up.
        public var participants: Int
        /// Packets that clients received in this second.
        public var packetsIn: Double
        /// Packets that clients sent in this second.
        public var packetsOut: Double
        /// Bits that clients received in this second.
        public var bitsIn: Double
        /// Bits that clients sent in this second.
        public var bitsOut: Double
        /// Forwarding latency in this second, in milliseconds.
        public var latencyP50: Double?
        /// The 99th percentile of it.
        public var latencyP99: Double?
        /// The greatest of it.
        public var latencyMax: Double?
        /// The share of packets of this second that did not come by themselves.
        public var loss: Double?
        /// The server's use of processors: 100 is one core.
        public var serverCPUPercent: Double?
        /// The server's memory, in bytes.
        public var serverMemoryBytes: UInt64?
        /// The generator's use of processors.
        public var generatorCPUPercent: Double?
        /// Freezes that ended in this second.
        public var freezes: UInt64?
        /// Messages over data channels that clients received in this second; `nil` without data channels.
        public var messagesIn: Double?
        /// Messages that clients sent in this second.
        public var messagesOut: Double?

        /// Makes a second.
        public init(
            second: Double, participants: Int, packetsIn: Double, packetsOut: Double, bitsIn: Double, bitsOut: Double
        ) {
            self.second = second
            self.participants = participants
            self.packetsIn = packetsIn
            self.packetsOut = packetsOut
            self.bitsIn = bitsIn
            self.bitsOut = bitsOut
        }
    }
}
