internal import Congestion
internal import Forwarding
internal import Negotiation
internal import RTP
internal import SRTP
internal import Transport
internal import Wire

/// One receive slot: an outgoing stream with a fixed SSRC, fed by whatever publication is on it.
///
/// Sequence numbers, timestamps and picture numbers run on without a break while publications and layers change, so a
/// receiver's decoder sees one sender that never stops (RFC 3550 §5.1).
final class EgressStream {
    let mid: String
    let kind: MediaKind
    let ssrc: SSRC
    let rtxSSRC: SSRC?
    /// The receiver.
    unowned let peer: Peer
    /// What was negotiated; replaced by a renegotiation.
    var section: DownlinkSection

    /// What is on the slot.
    private(set) var publication: Publication?
    /// The layer that flows, `nil` until the first keyframe.
    private(set) var layer: IngressStream?
    /// The layer that shall flow as soon as its next keyframe comes.
    private(set) var target: IngressStream?
    /// The format the receiver is sent, `nil` while the slot is empty.
    private(set) var codec: NegotiatedCodec?
    /// Layer changes so far.
    private(set) var switches: UInt64 = 0

    private var sequence: SequenceMunger
    private(set) var timestamps: TimestampMunger
    private var pictures = VP8Munger()
    private var srtp: SRTPSendStream
    private var rtx: SRTPSendStream?
    private var rtxNumber: ExtendedSequenceNumber
    private var index: EgressIndex
    private var budget = ResendBudget()
    /// Ciphertexts kept for receivers without RTX, who get the very same packet again (one SRTP index, one packet).
    private var keptCiphertexts: CiphertextRing?
    /// Whether the packet with the highest number was the last of its frame.
    private var endsWithMarker = true
    /// The MID goes out until the receiver shows, by a report, that it knows the SSRC (RFC 9143 §9.2).
    private var announcesMID = true
    private let midBytes: [UInt8]
    /// Packets: what comes in while the first packet of a keyframe is asked for again, at a few Mbit/s.
    private static let longestCatchUp: Int64 = 256
    private var highestExtensionID: UInt8 { section.extensions.highestID }

    /// Keyframe requests of this receiver are bounded.
    var keyframeBudget = ReceiverKeyframeBudget()
    var meter = BitrateMeter()
    private(set) var packets: UInt64 = 0
    private(set) var octets: UInt64 = 0
    private(set) var retransmitted: UInt64 = 0
    var nacksReceived: UInt64 = 0
    var keyframeRequests: UInt64 = 0
    var reportedLoss = 0.0
    /// Whether another source flows, whose clock the receiver ought to hear of at once.
    var wantsReport = false
    /// When the last sender report went out; `nil` makes one due at the next occasion.
    var lastReport: Timestamp?

    init(section: DownlinkSection, peer: Peer, using generator: inout some RandomNumberGenerator) {
        mid = section.mid
        kind = section.kind
        ssrc = section.ssrc
        rtxSSRC = section.rtxSSRC
        self.section = section
        self.peer = peer
        sequence = SequenceMunger(using: &generator)
        timestamps = TimestampMunger(
            clockRate: section.kind == .audio ? 48_000 : 90_000,
            first: RTPTimestamp(UInt32.random(in: 0...UInt32.max, using: &generator)),
            minimumStep: section.kind == .audio ? 960 : nil)
        srtp = SRTPSendStream(ssrc: section.ssrc)
        rtx = section.rtxSSRC.map { SRTPSendStream(ssrc: $0) }
        rtxNumber = ExtendedSequenceNumber(UInt64.random(in: 1...32_767, using: &generator))
        index = EgressIndex(capacity: section.kind == .audio ? 256 : 1_024)
        midBytes = Array(section.mid.utf8.prefix(16))
    }

    /// Whether video waits for a keyframe.
    var isWaitingForKeyframe: Bool { publication != nil && kind == .video && layer == nil }

    // MARK: What is on the slot

    /// Puts a publication on the slot, in the format `codec`; `nil` empties it.
    func assign(_ publication: Publication?, codec: NegotiatedCodec?) {
        self.publication = publication
        self.codec = codec
        layer = nil
        target = nil
        index.removeAll()
        keptCiphertexts?.removeAll()
        lastReport = nil
        if let codec, codec.rtxPayloadType == nil || rtx == nil, codec.feedback.contains(.nack), kind == .video {
            keptCiphertexts = keptCiphertexts ?? CiphertextRing()
        }
    }

    /// Aims at a layer. What flows goes on until the layer's next keyframe. Returns whether a keyframe has to be asked for.
    func aim(at wanted: IngressStream?) -> Bool {
        guard wanted !== target else { return false }
        target = wanted
        return wanted != nil && wanted !== layer && kind == .video
    }

    // MARK: The walk's last station

    /// Decides on a packet, and writes it into `batch` as this receiver takes it.
    /// - Returns: why it was not sent, or `nil` when it was.
    @inline(__always)
    func forward(
        _ packet: MediaPacket, from stream: IngressStream, bytes: Span<UInt8>, into batch: EgressBatch,
        at now: Timestamp
    ) -> DropReason? {
        // Before anything is numbered: a keyframe that nobody could be sent must not count as the beginning.
        guard isReachable else { return .transportNotReady }
        if stream === layer { return pass(packet, from: stream, bytes: bytes, into: batch, at: now) }
        guard stream === target else { return .notForwardedLayer }
        guard kind == .audio || packet.isKeyframeStart else {
            return layer == nil ? .waitingForKeyframe : .notForwardedLayer
        }
        begin(stream, at: packet, now: now)
        let reason = pass(packet, from: stream, bytes: bytes, into: batch, at: now)
        catchUp(with: stream, after: packet.number, into: batch, at: now)
        return reason
    }

    /// Whether anything can be sent. A stream that could not be for a while begins anew: its numbers must not run on
    /// unsent, or the receiver's rollover counter would be left behind (RFC 3711 §3.3.1).
    private var isReachable: Bool {
        guard peer.transport.sender == nil || peer.transport.selectedPath == nil else { return true }
        layer = nil
        return false
    }

    /// Sends what overtook the first packet of a keyframe on its way here. It was refused when it came, and a receiver
    /// that asked for it would ask in vain.
    private func catchUp(
        with stream: IngressStream, after first: ExtendedSequenceNumber, into batch: EgressBatch, at now: Timestamp
    ) {
        guard kind == .video, let highest = stream.nack.highest else { return }
        var number = first.advanced(by: 1)
        let last = min(highest, first.advanced(by: Self.longestCatchUp))
        while number <= last {
            if let stored = stream.history.find(number, at: now) {
                _ = stream.history.withBytes(of: stored) { bytes -> DropReason? in
                    guard let packet = stream.reread(bytes, number: number) else { return .malformed }
                    return pass(packet, from: stream, bytes: bytes, into: batch, at: now)
                }
            }
            number = number.advanced(by: 1)
        }
    }

    /// Numbers a packet of the layer that flows, and sends it.
    @inline(__always)
    private func pass(
        _ packet: MediaPacket, from stream: IngressStream, bytes: Span<UInt8>, into batch: EgressBatch,
        at now: Timestamp
    ) -> DropReason? {
        let number: ExtendedSequenceNumber
        switch sequence.forward(packet.number) {
        case .forward(let mapped): number = mapped
        case .drop(let reason): return reason
        }
        var patch = VP8Patch.none
        if let fields = packet.vp8Fields {
            switch pictures.forward(fields) {
            case .forward(let found): patch = found
            case .drop(let reason): return reason
            }
        }
        let timestamp = timestamps.forward(packet.header.timestamp, at: now)
        index.record(
            number,
            EgressIndex.Entry(
                ingress: packet.number, timestampOffset: timestamps.offset, vp8: patch,
                source: stream.serial))
        // A late packet says nothing about where the stream stands.
        if number == sequence.highest { endsWithMarker = packet.header.marker }
        return write(
            packet, bytes: bytes, number: number, timestamp: timestamp, patch: patch, original: nil, into: batch,
            at: now)
    }

    /// Leaves a packet that carries no media out of the numbering.
    func leaveOut(_ number: ExtendedSequenceNumber, of stream: IngressStream) {
        if stream === layer { sequence.leaveOut(number) }
    }

    private func begin(_ stream: IngressStream, at packet: MediaPacket, now: Timestamp) {
        sequence.switchSource(at: packet.number, leavingGap: !endsWithMarker && kind == .video)
        timestamps.switchSource(at: packet.header.timestamp, now: now)
        if let fields = packet.vp8Fields { pictures.switchSource(at: fields) }
        layer = stream
        switches &+= 1
        lastReport = nil
        wantsReport = stream.reference != nil
    }

    /// Answers one sequence number of a NACK (RFC 4585 §6.2.1), over RTX where the receiver has it.
    func resend(_ wanted: SequenceNumber, into batch: EgressBatch, at now: Timestamp) -> DropReason? {
        let entry: EgressIndex.Entry
        switch index.request(wanted, at: now, roundTripTime: peer.roundTrip) {
        case .resend(let found): entry = found
        case .refuse(let reason): return reason
        }
        if rtx == nil || codec?.rtxPayloadType == nil { return resendCiphertext(wanted, into: batch) }
        guard let source = publication?.layer(serial: entry.source),
            let stored = source.history.find(entry.ingress, at: now), let number = index.extend(wanted)
        else { return .notInHistory }
        guard budget.spend(stored.length) else { return .resendBudgetSpent }
        let result = source.history.withBytes(of: stored) { bytes -> DropReason? in
            guard var packet = source.reread(bytes, number: entry.ingress) else { return .malformed }
            packet.vp8 = source.codec.codec == .vp8 ? packet.vp8 : nil
            return write(
                packet, bytes: bytes, number: number,
                timestamp: packet.header.timestamp.advanced(by: entry.timestampOffset), patch: entry.vp8,
                original: number.wire, into: batch, at: now)
        }
        if result == .some(nil) { retransmitted &+= 1 }
        return result ?? .notInHistory
    }

    private func resendCiphertext(_ wanted: SequenceNumber, into batch: EgressBatch) -> DropReason? {
        guard let path = peer.transport.selectedPath, let slot = unsafe batch.nextSlot() else { return .egressFull }
        guard let length = unsafe keptCiphertexts?.copy(wanted, to: slot, capacity: EgressBatch.slotSize) else {
            return .notInHistory
        }
        guard budget.spend(length) else { return .resendBudgetSpent }
        batch.commit(length: length, to: path)
        retransmitted &+= 1
        return nil
    }

    /// Builds the packet in the batch's next slot: fixed header, extensions, payload; then encrypts it there.
    @inline(__always)
    private func write(
        _ packet: MediaPacket, bytes: Span<UInt8>, number: ExtendedSequenceNumber, timestamp: RTPTimestamp,
        patch: VP8Patch, original: SequenceNumber?, into batch: EgressBatch, at now: Timestamp
    ) -> DropReason? {
        guard let sender = peer.transport.sender, let path = peer.transport.selectedPath, let codec else {
            return .transportNotReady
        }
        let payload = packet.header.payloadRange
        guard payload.count <= EgressBatch.slotSize - 160 else { return .oversize }
        guard let slot = unsafe batch.nextSlot() else { return .egressFull }
        var out = unsafe MutableSpan<UInt8>(_unsafeStart: slot, count: EgressBatch.slotSize)

        let form = ExtensionForm(
            highestID: highestExtensionID, longest: packet.dependencyDescriptor.count)
        var writer = ExtensionWriter(at: RTPHeader.fixedLength, form: form)
        let transportNumber = writeExtensions(
            packet, bytes: bytes, isRetransmission: original != nil, with: &writer, into: &out, at: now)
        var payloadStart = writer.finish(into: &out)
        let headerLength = payloadStart
        var header = RTPFixedHeader(
            marker: packet.header.marker, payloadType: codec.payloadType, sequenceNumber: number.wire,
            timestamp: timestamp, ssrc: ssrc)
        var index = number
        if let original, let rtxSSRC, let rtxPayloadType = codec.rtxPayloadType {
            index = rtxNumber
            rtxNumber = rtxNumber.advanced(by: 1)
            header.ssrc = rtxSSRC
            header.payloadType = rtxPayloadType
            header.sequenceNumber = index.wire
            payloadStart = Retransmission.writeOriginalSequenceNumber(original, into: &out, at: payloadStart)
        }
        header.write(into: &out, hasExtension: !writer.isEmpty)
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe (slot + payloadStart).update(from: start + payload.lowerBound, count: payload.count)
        }
        if !patch.isEmpty, let descriptor = packet.vp8 {
            descriptor.patch(
                &out, at: payloadStart, pictureID: patch.pictureID, tl0PictureIndex: patch.tl0PictureIndex,
                keyIndex: patch.keyIndex)
        }
        let plainLength = payloadStart + payload.count
        let length: Int?
        if original == nil {
            length = unsafe sender.protect(
                slot, length: plainLength, headerLength: headerLength, index: index, stream: &srtp)
        } else if var stream = rtx {
            length = unsafe sender.protect(
                slot, length: plainLength, headerLength: headerLength, index: index, stream: &stream)
            rtx = stream
        } else {
            length = nil
        }
        guard let length else { return .nonceReuse }
        if transportNumber { peer.nextTransportNumber &+= 1 }
        batch.commit(length: length, to: path)
        if original == nil {
            packets &+= 1
            octets &+= UInt64(payload.count)
            budget.earn(payload.count)
            meter.record(byteCount: length, at: now)
            if keptCiphertexts != nil { unsafe keptCiphertexts?.keep(slot, length: length, number: number.wire) }
        }
        peer.packetsOut &+= 1
        peer.meterOut.record(byteCount: length, at: now)
        return nil
    }

    /// Returns whether a transport-wide sequence number was written.
    @inline(__always)
    private func writeExtensions(
        _ packet: MediaPacket, bytes: Span<UInt8>, isRetransmission: Bool, with writer: inout ExtensionWriter,
        into out: inout MutableSpan<UInt8>, at now: Timestamp
    ) -> Bool {
        let map = section.extensions
        // Firefox makes nothing of a retransmission that carries a MID; the answer's FID group names its SSRC anyway.
        if announcesMID, !isRetransmission, let id = map.id(for: .mid) {
            // A local copy: the span of a stored property may not be lent while `out` is borrowed.
            let mid = midBytes
            let name = mid.span
            writer.append(id: id, bytes: name, into: &out)
        }
        var numbered = false
        if let id = map.id(for: .transportWideCC), codec?.feedback.contains(.transportCC) == true {
            numbered = writer.appendUInt16(id: id, peer.nextTransportNumber, into: &out)
        }
        if let id = map.id(for: .absSendTime) {
            writer.appendUInt24(id: id, AbsoluteSendTime(now).rawValue, into: &out)
        }
        if let level = packet.audioLevel, let id = map.id(for: .audioLevel) {
            writer.appendUInt8(id: id, level, into: &out)
        }
        if let orientation = packet.orientation, let id = map.id(for: .videoOrientation) {
            writer.appendUInt8(id: id, orientation, into: &out)
        }
        if !packet.dependencyDescriptor.isEmpty, let id = map.id(for: .dependencyDescriptor) {
            let descriptor = bytes.extracting(packet.dependencyDescriptor)
            writer.append(id: id, bytes: descriptor, into: &out)
        }
        return numbered
    }

    /// The receiver knows the SSRC by now: the MID need not be repeated.
    func receiverKnowsSSRC() { announcesMID = false }
}
