import LoadMedia
import RTP
import Wire

/// A packet as a verifier gets it.
struct SentPacket: Equatable {
    var payload: [UInt8]
    var number: ExtendedSequenceNumber
    var timestamp: RTPTimestamp
    var marker: Bool
    var isKeyframe: Bool
    var sent: Timestamp
}

/// Drives sources in virtual time, and numbers what they make.
struct SentStream {
    static let start = Timestamp(nanoseconds: 5_000_000_000)
    static let firstNumber: UInt64 = 0x1_FFF0

    /// Everything a source makes in `seconds`, with the numbers that a sender would give.
    static func record(
        _ format: VideoFormat = VideoFormat(), stream: UInt32 = 7, layer: UInt8 = 0, seconds: Double, seed: UInt64 = 1,
        keyframesAt: [Double] = []
    ) -> [SentPacket] {
        var video = SyntheticVideo(format, stream: .init(stream), layer: layer, seed: seed)
        video.begin(at: start)
        var packets: [SentPacket] = []
        var requests = keyframesAt.map { start + Interval(nanoseconds: Int64($0 * 1e9)) }
        let end = start + Interval(nanoseconds: Int64(seconds * 1e9))
        var payload: [UInt8] = []
        while video.nextDue < end {
            let now = video.nextDue
            while let request = requests.first, request <= now {
                video.requestKeyframe()
                requests.removeFirst()
            }
            while let packet = video.nextPacket(at: now, into: &payload) {
                packets.append(
                    SentPacket(
                        payload: payload,
                        number: ExtendedSequenceNumber(firstNumber + UInt64(packets.count)),
                        timestamp: packet.timestamp, marker: packet.marker, isKeyframe: packet.isKeyframe, sent: now))
            }
        }
        return packets
    }
}

extension [SentPacket] {
    /// The packets of each frame.
    var frames: [[SentPacket]] {
        var frames: [[SentPacket]] = []
        for packet in self {
            if let last = frames.last?.first, last.timestamp == packet.timestamp {
                frames[frames.count - 1].append(packet)
            } else {
                frames.append([packet])
            }
        }
        return frames
    }

    /// What a verifier says of them, 10 ms after each was sent.
    func verified(as codec: MediaCodec = .vp8) -> StreamVerifier {
        var verifier = StreamVerifier(codec: codec)
        var now = Timestamp.zero
        for packet in self {
            now = Swift.max(now, packet.sent + .milliseconds(10))
            while let deadline = verifier.nextDeadline, deadline <= now { verifier.handleTimeout(at: deadline) }
            verifier.receive(
                packet.payload.span, number: packet.number, timestamp: packet.timestamp, marker: packet.marker, at: now)
        }
        verifier.finish(at: now)
        return verifier
    }

    /// The same packets, numbered as a relay would number them after `last`.
    func renumbered(after last: SentPacket, gap: UInt64 = 0) -> [SentPacket] {
        guard let first else { return [] }
        let ticks = UInt32(truncatingIfNeeded: (first.sent - last.sent).nanoseconds * 9 / 100_000)
        let shift = last.timestamp.rawValue &+ Swift.max(ticks, 1) &- first.timestamp.rawValue
        return enumerated().map { index, packet in
            var packet = packet
            packet.number = last.number.advanced(by: Int64(index + 1) + Int64(gap))
            packet.timestamp = RTPTimestamp(packet.timestamp.rawValue &+ shift)
            return packet
        }
    }
}

func mark(of payload: ArraySlice<UInt8>) throws -> MediaMark {
    try MediaMark(parsing: Array(payload).span)
}
