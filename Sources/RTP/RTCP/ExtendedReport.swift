public import Wire

/// An extended report, as far as it gives receivers a round trip of their own: the receiver's reference time
/// and the answers to it (RFC 3611 §4.4 and §4.5).
public struct ExtendedReport: Sendable, Equatable {
    /// The answer to one receiver's reference time (a DLRR sub-block).
    public struct ReferenceTimeReply: Sendable, Equatable {
        /// The receiver that is answered.
        public var receiver: SSRC
        /// The middle bits of its last reference time; zero if it sent none.
        public var lastReferenceTime: UInt32
        /// The time between receiving that and sending this.
        public var delay: NTPDelay
        /// Makes an answer from its fields.
        public init(receiver: SSRC, lastReferenceTime: UInt32, delay: NTPDelay) {
            self.receiver = receiver
            self.lastReferenceTime = lastReferenceTime
            self.delay = delay
        }
        /// The round trip to who answered, when the answer arrived at `received`; `nil` if there is none.
        public func roundTrip(received: NTPTime) -> Interval? {
            NTPDelay.roundTrip(sent: lastReferenceTime, delay: delay, received: received)
        }
    }

    private static let referenceTimeBlock: UInt8 = 4
    private static let replyBlock: UInt8 = 5

    /// The source that reports.
    public var sender: SSRC
    /// When the report was sent, on the sender's clock (RRTR).
    public var referenceTime: NTPTime?
    /// Answers to the reference times of others (DLRR).
    public var replies: [ReferenceTimeReply]

    /// Makes a report from its fields.
    public init(sender: SSRC, referenceTime: NTPTime? = nil, replies: [ReferenceTimeReply] = []) {
        self.sender = sender
        self.referenceTime = referenceTime
        self.replies = replies
    }

    /// Reads a report; blocks of other types are passed over.
    /// - Throws: ``RTCPParseError`` when the bytes are none.
    public init(parsing bytes: Span<UInt8>) throws(RTCPParseError) {
        let header = try RTCPHeader(parsing: bytes, type: .extendedReport, minimum: 4)
        self.init(sender: SSRC(bytes.uint32(at: 4)))
        var offset = 8
        while offset < header.body.upperBound {
            // Four bytes of a block's header: the body itself begins four bytes in.
            try header.require(offset)
            let type = bytes[offset]
            let start = offset + 4
            let end = start + Int(bytes.uint16(at: offset + 2)) * 4
            try header.require(end - header.body.lowerBound)
            switch type {
            case Self.referenceTimeBlock where end - start >= 8:
                referenceTime = NTPTime(bytes.uint64(at: start))
            case Self.replyBlock:
                for reply in stride(from: start, through: end - 12, by: 12) {
                    replies.append(
                        ReferenceTimeReply(
                            receiver: SSRC(bytes.uint32(at: reply)),
                            lastReferenceTime: bytes.uint32(at: reply + 4),
                            delay: NTPDelay(bytes.uint32(at: reply + 8))))
                }
            default: break
            }
            offset = end
        }
    }

    /// Appends the report.
    public func write(into writer: inout ByteWriter) {
        writer.appendRTCP(type: .extendedReport, format: 0) { writer in
            writer.append(sender.rawValue)
            if let referenceTime {
                writer.append(Self.referenceTimeBlock)
                writer.append(UInt8(0))
                writer.append(UInt16(2))
                writer.append(referenceTime.rawValue)
            }
            guard !replies.isEmpty else { return }
            writer.append(Self.replyBlock)
            writer.append(UInt8(0))
            writer.append(UInt16(truncatingIfNeeded: replies.count * 3))
            for reply in replies {
                writer.append(reply.receiver.rawValue)
                writer.append(reply.lastReferenceTime)
                writer.append(reply.delay.rawValue)
            }
        }
    }
}
