internal import Foundation

extension LoadReport {
    /// How the generator itself fared: whether a run says something about the server.
    public struct Generator: Codable, Sendable, Equatable {
        /// Its use of processors on average: 100 is one core.
        public var cpuPercent: Double?
        /// How busy the busiest of its media threads was: 100 is all the time.
        public var busiestThreadPercent: Double?
        /// How busy the thread of its WebSockets was in its busiest second: 100 is all of it. `nil` in older reports.
        public var busiestSignalingPercent: Double?
        /// The same of the thread of its data channels; `nil` where nobody has any, and in older reports.
        public var busiestDataPercent: Double?
        /// How much later than `--ramp` wants a join was begun at most, in milliseconds.
        public var rampLateness: Double?
        /// Participants who were never asked to join, because the run was over.
        public var unasked: UInt64?
        /// Messages over data channels that were left out because they were late; `nil` as above.
        public var messagesLeftOut: UInt64?
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
        /// A join later than this, in milliseconds, is not the load that was asked for.
        static let rampLimit = 500.0

        /// Makes a generator and judges it.
        public init(
            cpuPercent: Double? = nil, busiestThreadPercent: Double? = nil, busiestSignalingPercent: Double? = nil,
            busiestDataPercent: Double? = nil, rampLateness: Double? = nil, unasked: UInt64? = nil,
            lateness: Distribution? = nil, socketDrops: UInt64 = 0, messagesLeftOut: UInt64? = nil,
            sendErrors: UInt64 = 0
        ) {
            self.cpuPercent = cpuPercent
            self.busiestThreadPercent = busiestThreadPercent
            self.busiestSignalingPercent = busiestSignalingPercent
            self.busiestDataPercent = busiestDataPercent
            self.rampLateness = rampLateness
            self.unasked = unasked
            self.lateness = lateness
            self.socketDrops = socketDrops
            self.messagesLeftOut = messagesLeftOut
            self.sendErrors = sendErrors
            judge()
        }

        private mutating func judge() {
            var reasons: [String] = []
            if let busy = busiestThreadPercent, busy > Self.busyLimit {
                reasons.append("a media thread was busy \(Quantity.percent.text(busy / 100)) of the time")
            }
            if let busy = busiestSignalingPercent, busy > Self.busyLimit {
                reasons.append("its signalling thread was busy \(Quantity.percent.text(busy / 100)) of a second")
            }
            if let busy = busiestDataPercent, busy > Self.busyLimit {
                reasons.append("its data channels' thread was busy \(Quantity.percent.text(busy / 100)) of a second")
            }
            if let late = rampLateness, late > Self.rampLimit {
                reasons.append("the ramp was not kept, joins began up to \(Quantity.milliseconds.text(late)) late")
            }
            if let unasked, unasked > 0 {
                reasons.append("\(Quantity.counted(unasked, "participant")) could not be asked to join in time")
            }
            if let late = lateness?.p99, late > Self.latenessLimit {
                reasons.append("1 % of packets were sent \(Quantity.milliseconds.text(late)) late or more")
            }
            if let messagesLeftOut, messagesLeftOut > 0 {
                reasons.append("\(Quantity.counted(messagesLeftOut, "message")) came too late to be sent")
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
                    + " Loss and times may be its own; give it more threads or another machine."
                : "The generator had reserves; what was measured is the server and the network."
        }
    }
}
