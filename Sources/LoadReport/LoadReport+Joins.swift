extension LoadReport {
    /// How people joined: how many, and how long each stage took.
    public struct Joins: Codable, Sendable, Equatable {
        /// Joins that were begun.
        public var attempted: UInt64
        /// Joins that came to the media transport's end.
        public var succeeded: UInt64
        /// Joins that failed, by reason: refused, or answered and without a media transport in time.
        public var failures: [NamedCount]
        /// Joins that ended, with the run or by churn, too soon to say that they failed; `nil` in older reports.
        public var cutOff: UInt64?
        /// Participants that left and joined again because the scenario wanted it.
        public var churned: UInt64
        /// Sessions that ended without having been asked to, by reason.
        public var disconnects: [NamedCount]
        /// From asking for the connection to the open WebSocket.
        public var webSocket: Distribution?
        /// From there to the answer.
        public var answer: Distribution?
        /// From there to the first answered ICE check.
        public var ice: Distribution?
        /// From there to the end of the DTLS handshake.
        public var dtls: Distribution?
        /// From asking for the connection to the first media packet, of those who came to a room in which somebody sent.
        public var firstPacket: Distribution?
        /// From asking for the connection to the first complete keyframe, of the same.
        public var firstKeyframe: Distribution?

        /// Makes figures; what is not given was not measured.
        public init(
            attempted: UInt64 = 0, succeeded: UInt64 = 0, failures: [NamedCount] = [], cutOff: UInt64? = nil,
            churned: UInt64 = 0, disconnects: [NamedCount] = [], webSocket: Distribution? = nil,
            answer: Distribution? = nil, ice: Distribution? = nil, dtls: Distribution? = nil,
            firstPacket: Distribution? = nil, firstKeyframe: Distribution? = nil
        ) {
            self.attempted = attempted
            self.succeeded = succeeded
            self.failures = failures
            self.cutOff = cutOff
            self.churned = churned
            self.disconnects = disconnects
            self.webSocket = webSocket
            self.answer = answer
            self.ice = ice
            self.dtls = dtls
            self.firstPacket = firstPacket
            self.firstKeyframe = firstKeyframe
        }

        /// All joins that failed.
        public var failed: UInt64 { failures.reduce(0) { $0 &+ $1.count } }

        /// How the joins went, in words.
        var sentence: String {
            var text = "\(succeeded) of \(attempted) joins succeeded"
            if let cutOff, cutOff > 0 { text += ", \(cutOff) ended too soon to say" }
            if churned > 0 { text += ", \(churned) left and came again" }
            return text + "."
        }

        /// The stages with their names, in order; those that were not measured are left out.
        public var stages: [(name: String, times: Distribution)] {
            [
                ("WebSocket", webSocket), ("Answer", answer), ("ICE", ice), ("DTLS", dtls),
                ("First packet", firstPacket), ("First keyframe", firstKeyframe),
            ].compactMap { name, times in times.map { (name, $0) } }
        }
    }
}
