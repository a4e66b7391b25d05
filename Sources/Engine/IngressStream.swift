internal import Congestion
internal import Forwarding
internal import Negotiation
internal import RTP
internal import Wire

/// One RTP stream that a publisher sends: a microphone, a camera, or one simulcast layer of it.
///
/// Here is done, once, everything about a packet that does not depend on its receivers.
final class IngressStream {
    let ssrc: SSRC
    let rid: String?
    /// Its place among the publication's layers, lowest first.
    let rank: Int
    /// Its number among the streams the publication has had. A layer that begins anew has its rank again, not its packets:
    /// what the egress index knows of the old stream must not be looked for in the new one.
    let serial: UInt8
    let codec: NegotiatedCodec
    unowned let publication: Publication

    private var extender = SequenceExtender()
    private(set) var reception: ReceptionStatistics
    private(set) var nack: NackGenerator
    private(set) var history: PacketHistory
    var arbiter = KeyframeArbiter()
    private(set) var meter = BitrateMeter()
    private(set) var lastArrival: Timestamp?
    private(set) var keyframes: UInt64 = 0
    /// The last sender report, which ties the stream's clock to its sender's.
    private(set) var reference: ReportReference?

    init(
        ssrc: SSRC, rid: String?, rank: Int, serial: UInt8, codec: NegotiatedCodec, publication: Publication,
        at now: Timestamp
    ) {
        self.ssrc = ssrc
        self.rid = rid
        self.rank = rank
        self.serial = serial
        self.codec = codec
        self.publication = publication
        reception = ReceptionStatistics(clockRate: codec.clockRate)
        nack = NackGenerator(isEnabled: codec.feedback.contains(.nack))
        history = PacketHistory(codec.codec.kind == .audio ? .audio : .video)
    }

    /// Whether packets came within `silence`.
    func isAlive(at now: Timestamp, silence: Interval) -> Bool {
        guard let lastArrival else { return false }
        return now - lastArrival <= silence
    }

    /// The numbers that a report on this stream has to carry.
    func makeReport(at now: Timestamp) -> ReportBlock? { reception.makeReport(on: ssrc, at: now) }

    /// Takes a sender report.
    func receive(_ report: SenderReport, clock: inout SenderClock, at now: Timestamp) {
        reception.receiveSenderReport(ntp: report.ntpTime, at: now)
        reference = clock.receive(ntp: report.ntpTime, rtp: report.rtpTimestamp, at: now) ?? reference
    }

    /// Whether a packet's number is above all that came in.
    func isAhead(_ number: SequenceNumber) -> Bool {
        guard let highest = extender.highest else { return true }
        return extender.peek(number) > highest
    }

    /// What became of a received packet.
    enum Admission {
        case media(MediaPacket)
        case padding(ExtendedSequenceNumber)
        case drop(DropReason)
    }

    /// Takes a decrypted packet: numbers it, tells duplicates, keeps it for retransmission.
    @inline(__always)
    func admit(
        _ bytes: Span<UInt8>, header: RTPHeader, isRetransmission: Bool, at now: Timestamp
    ) -> Admission {
        let number = extender.extend(header.sequenceNumber)
        let arrival = nack.receive(number, at: now)
        if !isRetransmission {
            reception.receive(
                number, timestamp: header.timestamp, byteCount: bytes.count,
                isDuplicate: arrival == .duplicate || arrival == .tooOld, at: now)
            lastArrival = now
            meter.record(byteCount: bytes.count, at: now)
        }
        switch arrival {
        case .duplicate: return .drop(.duplicate)
        case .tooOld: return .drop(.tooOld)
        case .inOrder, .reordered, .recovered: break
        }
        guard !header.payloadRange.isEmpty else { return .padding(number) }
        guard var packet = describe(bytes, header: header, number: number, at: now) else { return .drop(.malformed) }
        packet.readExtensions(in: bytes, map: publication.section.extensions)
        if packet.isKeyframeStart, codec.codec.kind == .video {
            keyframes &+= 1
            arbiter.keyframeBegan(at: now)
        }
        history.insert(bytes, number: number, at: now)
        return .media(packet)
    }

    /// Reads a stored packet again for a retransmission.
    func reread(_ bytes: Span<UInt8>, number: ExtendedSequenceNumber) -> MediaPacket? {
        guard let header = try? RTPHeader(parsing: bytes) else { return nil }
        guard var packet = describe(bytes, header: header, number: number, at: .zero) else { return nil }
        packet.readExtensions(in: bytes, map: publication.section.extensions)
        return packet
    }

    @inline(__always)
    private func describe(
        _ bytes: Span<UInt8>, header: RTPHeader, number: ExtendedSequenceNumber, at now: Timestamp
    ) -> MediaPacket? {
        var packet = MediaPacket(header: header, number: number, codec: codec.codec, arrival: now)
        let payload = bytes.extracting(header.payloadRange)
        if codec.codec == .vp8 {
            guard let descriptor = try? VP8Descriptor(parsing: payload) else { return nil }
            packet.vp8 = descriptor
            packet.isKeyframeStart = descriptor.isKeyframeStart
        } else {
            packet.isKeyframeStart = isKeyframeStart(codec: codec.codec, payload: payload)
        }
        return packet
    }

    /// Calls `body` for each packet to ask the publisher for now.
    func collectMissing(at now: Timestamp, roundTrip: Interval?, _ body: (ExtendedSequenceNumber) -> Void) {
        nack.collect(at: now, roundTripTime: roundTrip, body)
        if nack.takeKeyframeNeeded(), codec.codec.kind == .video, !publication.receivers.isEmpty {
            arbiter.wish(.loss, at: now)
        }
    }
}

extension MediaPacket {
    /// The VP8 fields that have to run on over a change of source.
    @inline(__always)
    var vp8Fields: VP8Munger.Fields? {
        guard let vp8 else { return nil }
        return VP8Munger.Fields(
            pictureID: vp8.pictureID, isLongPictureID: vp8.hasLongPictureID, tl0PictureIndex: vp8.tl0PictureIndex,
            keyIndex: vp8.keyIndex)
    }
}
