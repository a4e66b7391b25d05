extension LoadReport {
    /// Packets and bytes of all clients together, seen from the generator, and how losses were repaired.
    public struct Traffic: Codable, Sendable, Equatable {
        /// RTP packets that clients sent, retransmissions included.
        public var packetsOut: UInt64 = 0
        /// Their bytes, as UDP payload.
        public var bytesOut: UInt64 = 0
        /// RTP packets that clients received, retransmissions included.
        public var packetsIn: UInt64 = 0
        /// Their bytes, as UDP payload.
        public var bytesIn: UInt64 = 0
        /// Packets that should have come on receive slots.
        public var expected: UInt64 = 0
        /// Of these, those that did not come by themselves.
        public var lostBeforeRepair: UInt64 = 0
        /// Of these, those that never came.
        public var lostAfterRepair: UInt64 = 0
        /// How often there was a picture on a slot that its publisher sent, and nothing of it came for five seconds or
        /// longer: packets of which no loss can know. `nil` in older reports.
        public var silentSlots: UInt64?
        /// Packets that clients asked for again.
        public var nacksSent: UInt64 = 0
        /// Packets that the server asked for again.
        public var nacksReceived: UInt64 = 0
        /// Packets that came again to clients.
        public var retransmissionsReceived: UInt64 = 0
        /// Packets that clients sent again.
        public var retransmissionsSent: UInt64 = 0
        /// Keyframes that clients asked for.
        public var keyframeRequestsSent: UInt64 = 0
        /// Keyframes that the server asked for.
        public var keyframeRequestsReceived: UInt64 = 0
        /// Packets that did not decrypt, or that nobody expected.
        public var strays: UInt64 = 0

        /// Makes figures of zero.
        public init() {}

        /// The slots of which nothing came, in words; `nil` when there were none.
        var silence: String? {
            guard let silentSlots, silentSlots > 0 else { return nil }
            return Quantity.counted(silentSlots, "picture")
                + " that were sent and assigned to a receive slot never came, not with one packet."
        }

        /// The share of packets that did not come by themselves.
        public var lossBeforeRepair: Double? {
            expected > 0 ? Double(lostBeforeRepair) / Double(expected) : nil
        }
        /// The share of packets that never came.
        public var lossAfterRepair: Double? { expected > 0 ? Double(lostAfterRepair) / Double(expected) : nil }
    }

    /// What the verifiers said of frames: pictures, and packets of sound. Each is counted once.
    public struct Frames: Codable, Sendable, Equatable {
        /// Frames that publishers sent.
        public var sent: UInt64 = 0
        /// Frames that were complete, in order, and could be decoded.
        public var complete: UInt64 = 0
        /// Frames of which packets never came.
        public var lost: UInt64 = 0
        /// Frames that were complete only after they had been given up.
        public var late: UInt64 = 0
        /// Frames of which a packet came with wrong bytes.
        public var corrupt: UInt64 = 0
        /// Complete frames that refer to one that could not be decoded.
        public var undecodable: UInt64 = 0
        /// Pictures among all frames that were judged; `nil` in older reports.
        public var videoJudged: UInt64?
        /// Pictures among ``complete``.
        public var videoComplete: UInt64?
        /// Keyframes among ``complete``.
        public var keyframes: UInt64 = 0
        /// Frames that the server left out on purpose.
        public var withheld: UInt64 = 0
        /// Changes of the source, or its layer, on a slot.
        public var switches: UInt64 = 0
        /// Sequence numbers, times, marker bits and picture numbers that a relay must not write.
        public var surprises: UInt64 = 0
        /// Which these were; `nil` when there was none, or a version of the generator did not tell.
        public var surpriseKinds: [NamedCount]?
        /// Times at which no frame could be shown for more than 200 ms.
        public var freezes: UInt64 = 0
        /// How long pictures stood in all of them, in seconds.
        public var frozenSeconds: Double = 0

        /// Makes figures of zero.
        public init() {}

        /// The surprises in words, with their kinds.
        var surprisesText: String {
            let kinds = (surpriseKinds ?? []).map { "\($0.count) \($0.name)" }.joined(separator: ", ")
            return "\(surprises) numbering faults" + (kinds.isEmpty ? "" : " (\(kinds))") + "."
        }

        /// All frames that were judged.
        public var judged: UInt64 { complete &+ lost &+ late &+ corrupt &+ undecodable }
        /// The share of judged frames that were good; `nil` without any.
        public var goodShare: Double? { judged > 0 ? Double(complete) / Double(judged) : nil }
        /// The share of judged pictures that were good; `nil` without any.
        public var goodVideoShare: Double? {
            guard let videoJudged, let videoComplete, videoJudged > 0 else { return nil }
            return Double(videoComplete) / Double(videoJudged)
        }

        /// A number of frames of one kind; `nil` where none was judged, and so nobody knows.
        func known(_ count: UInt64) -> Double? { judged > 0 ? Double(count) : nil }

        /// A figure of pictures; `nil` where none was judged.
        func knownOfVideo(_ value: Double) -> Double? { videoJudged ?? judged > 0 ? value : nil }
    }
}
