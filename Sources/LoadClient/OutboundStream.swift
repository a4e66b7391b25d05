internal import Forwarding
internal import RTP
internal import SRTP
internal import Wire

/// One RTP stream the client sends: numbering, header extensions, protection, and what is needed to repair it.
final class OutboundStream {
    let track: ClientOffer.Track
    let encoding: ClientOffer.Encoding
    let format: ClientAnswer.Format
    let extensions: ExtensionMap
    /// Whether a report said that the server has this stream: until then packets carry MID and RID (RFC 8852 §3.3).
    var isReported = false
    var isRepairReported = false
    private(set) var packets: UInt32 = 0
    private(set) var octets: UInt32 = 0
    private(set) var retransmissions: UInt64 = 0
    /// Requests for a packet that was not there any more.
    private(set) var unanswered: UInt64 = 0
    /// The last media packet: what a sender report builds on.
    private(set) var last: (timestamp: RTPTimestamp, sent: Timestamp)?

    private var number: ExtendedSequenceNumber
    private var repairNumber: ExtendedSequenceNumber
    private var stream: SRTPSendStream
    private var repair: SRTPSendStream
    private var history: PacketHistory
    private let mid: [UInt8]
    private let rid: [UInt8]

    /// What a packet needs besides its own fields.
    struct Context {
        var sender: SRTPSender
        var remote: SocketAddress
        var outbox: DatagramOutbox
        var now: Timestamp
    }

    init(
        _ uplink: ClientAnswer.Uplink, encoding: ClientOffer.Encoding, using generator: inout some RandomNumberGenerator
    ) {
        track = uplink.track
        format = uplink.format
        extensions = uplink.extensions
        self.encoding = encoding
        // The upper half is left free, so that no wrap-around comes before the server has counted (RFC 3711 §3.3.1).
        number = ExtendedSequenceNumber(UInt64.random(in: 1...0x7FFF, using: &generator))
        repairNumber = ExtendedSequenceNumber(UInt64.random(in: 1...0x7FFF, using: &generator))
        stream = SRTPSendStream(ssrc: encoding.ssrc)
        repair = SRTPSendStream(ssrc: encoding.rtxSSRC ?? encoding.ssrc)
        history = PacketHistory(track.kind == .video ? .video : .audio)
        mid = Array(track.mid.utf8)
        rid = Array((encoding.rid ?? "").utf8)
    }

    /// Sends a media packet. Returns its length on the wire, `nil` when the outbox is full or the payload too long.
    func send(
        _ payload: Span<UInt8>, timestamp: RTPTimestamp, marker: Bool, audioLevel: AudioLevel?,
        transportNumber: inout UInt16, _ context: Context
    ) -> Int? {
        guard payload.count <= Self.longestPayload, let slot = unsafe context.outbox.nextSlot() else { return nil }
        var out = unsafe MutableSpan<UInt8>(_unsafeStart: slot, count: DatagramOutbox.slotSize)
        let start = writeExtensions(
            into: &out, named: !isReported, isRepair: false, level: audioLevel, transportNumber: &transportNumber,
            at: context.now)
        RTPFixedHeader(
            marker: marker, payloadType: format.type, sequenceNumber: number.wire, timestamp: timestamp,
            ssrc: encoding.ssrc
        ).write(into: &out, hasExtension: start > RTPHeader.fixedLength)
        for index in 0..<payload.count { out[start + index] = payload[index] }
        let length = start + payload.count
        if encoding.rtxSSRC != nil {
            history.insert(out.span.extracting(0..<length), number: number, at: context.now)
        }
        let index = number
        number = number.advanced(by: 1)
        guard
            let protected = unsafe context.sender.protect(
                slot, length: length, headerLength: start, index: index, stream: &stream)
        else { return nil }
        context.outbox.commit(length: protected, to: context.remote)
        packets &+= 1
        octets &+= UInt32(truncatingIfNeeded: payload.count)
        last = (timestamp, context.now)
        return protected
    }

    /// Sends a packet again over RTX (RFC 4588). Returns its length on the wire, `nil` when it is not there any more.
    func resend(_ wire: SequenceNumber, transportNumber: inout UInt16, _ context: Context) -> Int? {
        let distance = Int16(bitPattern: wire.rawValue &- number.wire.rawValue)
        guard Int64(distance) + Int64(clamping: number.rawValue) > 0, let rtxType = format.rtxType,
            let rtxSSRC = encoding.rtxSSRC,
            let stored = history.find(number.advanced(by: Int64(distance)), at: context.now),
            let slot = unsafe context.outbox.nextSlot()
        else {
            unanswered &+= 1
            return nil
        }
        var out = unsafe MutableSpan<UInt8>(_unsafeStart: slot, count: DatagramOutbox.slotSize)
        let start = writeExtensions(
            into: &out, named: !isRepairReported, isRepair: true, level: nil, transportNumber: &transportNumber,
            at: context.now)
        // The copy goes where it does not overlap with what is written, and the header is read from there.
        guard let header = header(of: stored) else { return nil }
        RTPFixedHeader(
            marker: header.marker, payloadType: rtxType, sequenceNumber: repairNumber.wire,
            timestamp: header.timestamp, ssrc: rtxSSRC
        ).write(into: &out, hasExtension: start > RTPHeader.fixedLength)
        let payload = Retransmission.writeOriginalSequenceNumber(wire, into: &out, at: start)
        guard let count = copyPayload(of: stored, header, into: &out, at: payload) else { return nil }
        let index = repairNumber
        repairNumber = repairNumber.advanced(by: 1)
        guard
            let protected = unsafe context.sender.protect(
                slot, length: payload + count, headerLength: start, index: index, stream: &repair)
        else { return nil }
        context.outbox.commit(length: protected, to: context.remote)
        retransmissions &+= 1
        return protected
    }

    /// The longest payload that fits a slot with all extensions and the tag.
    private static let longestPayload = DatagramOutbox.slotSize - RTPHeader.fixedLength - 72 - SRTPSender.overhead

    private func header(of stored: PacketHistory.StoredPacket) -> RTPHeader? {
        let parsed: RTPHeader?? = history.withBytes(of: stored) { (bytes: Span<UInt8>) -> RTPHeader? in
            try? RTPHeader(parsing: bytes)
        }
        return parsed ?? nil
    }

    private func copyPayload(
        of stored: PacketHistory.StoredPacket, _ header: RTPHeader, into out: inout MutableSpan<UInt8>, at offset: Int
    ) -> Int? {
        let range = header.payloadRange
        let bytes: [UInt8]? = history.withBytes(of: stored) { (packet: Span<UInt8>) -> [UInt8] in
            packet.extracting(range).copied()
        }
        guard let bytes, offset + bytes.count + SRTPSender.overhead <= out.count else { return nil }
        for index in bytes.indices { out[offset + index] = bytes[index] }
        return bytes.count
    }

    /// Writes the header extensions; returns where the payload begins.
    private func writeExtensions(
        into out: inout MutableSpan<UInt8>, named: Bool, isRepair: Bool, level: AudioLevel?,
        transportNumber: inout UInt16, at now: Timestamp
    ) -> Int {
        var writer = ExtensionWriter(at: RTPHeader.fixedLength)
        if let level, let id = extensions.id(for: .audioLevel) {
            writer.appendUInt8(id: id, level.rawValue, into: &out)
        }
        if let id = extensions.id(for: .absSendTime) {
            writer.appendUInt24(id: id, AbsoluteSendTime(now).rawValue, into: &out)
        }
        if let id = extensions.id(for: .transportWideCC) {
            writer.appendUInt16(id: id, transportNumber, into: &out)
            transportNumber &+= 1
        }
        if named {
            // Spans of a class's own arrays cannot leave their getters: local copies can lend theirs.
            let (mid, rid) = (mid, rid)
            if let id = extensions.id(for: .mid) { writer.append(id: id, bytes: mid.span, into: &out) }
            let kind: RTPExtension = isRepair ? .repairedRTPStreamID : .rtpStreamID
            if !rid.isEmpty, let id = extensions.id(for: kind) { writer.append(id: id, bytes: rid.span, into: &out) }
        }
        return writer.finish(into: &out)
    }

    /// The RTP time at `now`, for sender reports.
    func timestamp(at now: Timestamp) -> RTPTimestamp? {
        guard let last else { return nil }
        let elapsed = max(0, (now - last.sent).nanoseconds)
        let ticks = elapsed / 1_000 * Int64(track.codec.clockRate) / 1_000_000
        return last.timestamp.advanced(by: UInt32(truncatingIfNeeded: ticks))
    }
}
