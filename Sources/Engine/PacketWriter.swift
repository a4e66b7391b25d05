internal import Forwarding
internal import Negotiation
internal import RTP
internal import SRTP
internal import Wire

/// What one receive slot's packets look like: header, extensions, payload and padding in the receiver's terms, encrypted.
///
/// It knows nothing of what counts on from one packet to the next except what belongs to the wire: the retransmission
/// stream's own numbers and the SRTP indices. ``EgressRewriter`` says which number, time and layers a packet has.
struct PacketWriter {
    let ssrc: SSRC
    private var rtxSSRC: SSRC?
    private let isVideo: Bool
    private var srtp: SRTPSendStream
    private var rtx: SRTPSendStream
    private var rtxNumber: ExtendedSequenceNumber
    /// What the SRTP indices begin at: zero, and after a change of keys the rollover counter that the numbers had reached,
    /// since the receiver counts from zero again (RFC 3711 §3.3.1).
    private var firstIndex: (media: UInt64, rtx: UInt64) = (0, 0)
    private var format = Format()
    /// What the flowing stream's dependency descriptors are read by.
    var structure: DependencyStructure?
    /// Ciphertexts kept for receivers without RTX, who get the very same packet again (one SRTP index, one packet).
    private var keptCiphertexts: CiphertextRing?
    /// How long the receiver is told to keep pictures.
    var playout = PlayoutAnnouncement()
    /// What may be sent again.
    private var budget = ResendBudget()

    private(set) var packets: UInt64 = 0
    private(set) var octets: UInt64 = 0
    private(set) var retransmitted: UInt64 = 0

    /// Identifiers and payload types, looked up once a negotiation.
    private struct Format {
        var payloadType = PayloadType(0)
        var rtxPayloadType: PayloadType?
        /// The number of packets with redundancy; `nil` where the receiver is sent the newest block alone.
        var redPayloadType: PayloadType?
        var highestID: UInt8 = 0
        var transportWideCC: UInt8?
        var absSendTime: UInt8?
        var audioLevel: UInt8?
        var orientation: UInt8?
        var dependencyDescriptor: UInt8?
        var playoutDelay: UInt8?
    }

    /// What the choice of layers changes in a packet.
    struct Layering {
        var marker: Bool
        /// Whether nobody knows any more whether it belongs to what was sent.
        var isForgotten = false
        /// The mask of active decode targets to write.
        var activeTargets: UInt32?
        /// What is added to the frame's number.
        var frameOffset: UInt16 = 0
        /// What is added, modulo 64, to the identifier of the frame's template.
        var templateOffset: UInt8 = 0
        /// Bytes by which the descriptor may grow: five flags and 32 targets.
        var growth: Int { activeTargets == nil ? 0 : 5 }

        init(marker: Bool) { self.marker = marker }
    }

    init(section: DownlinkSection, using generator: inout some RandomNumberGenerator) {
        ssrc = section.ssrc
        rtxSSRC = section.rtxSSRC
        isVideo = section.kind == .video
        srtp = SRTPSendStream(ssrc: section.ssrc)
        rtx = SRTPSendStream(ssrc: section.rtxSSRC ?? section.ssrc)
        rtxNumber = ExtendedSequenceNumber(UInt64.random(in: 1...32_767, using: &generator))
    }

    // MARK: What is negotiated

    /// Writes packets in the form of `codec` from now on, as `section` has it.
    mutating func use(_ codec: NegotiatedCodec, in section: DownlinkSection) {
        if let other = section.rtxSSRC, other != rtx.ssrc { rtx = SRTPSendStream(ssrc: other) }
        rtxSSRC = section.rtxSSRC
        let extensions = section.extensions
        format = Format(
            payloadType: codec.payloadType, rtxPayloadType: rtxSSRC == nil ? nil : codec.rtxPayloadType,
            redPayloadType: codec.redundancy?.payloadType,
            highestID: extensions.highestID,
            transportWideCC: codec.feedback.contains(.transportCC) ? extensions.id(for: .transportWideCC) : nil,
            absSendTime: extensions.id(for: .absSendTime), audioLevel: extensions.id(for: .audioLevel),
            orientation: extensions.id(for: .videoOrientation),
            dependencyDescriptor: extensions.id(for: .dependencyDescriptor),
            playoutDelay: extensions.id(for: .playoutDelay))
        if format.rtxPayloadType == nil, codec.feedback.contains(.nack), isVideo {
            keptCiphertexts = keptCiphertexts ?? CiphertextRing()
        }
    }

    /// Forgets what was sent: another publication follows.
    mutating func forget() { keptCiphertexts?.removeAll() }

    /// Other keys hold from now on. Sequence numbers run on behind `highest`; the indices under the new keys begin with a
    /// rollover counter of zero, and nothing that was encrypted under the old ones is sent again.
    mutating func rekey(after highest: ExtendedSequenceNumber?) {
        srtp = SRTPSendStream(ssrc: ssrc)
        rtx = SRTPSendStream(ssrc: rtxSSRC ?? ssrc)
        firstIndex.media = (highest?.rawValue ?? 0) & ~0xFFFF
        firstIndex.rtx = rtxNumber.rawValue & ~0xFFFF
        keptCiphertexts?.removeAll()
        playout.sayAgain(after: highest)
    }

    /// Allows no more than `bytes` of retransmissions at once.
    mutating func limitRepairs(to bytes: Int) { budget.limit(to: bytes) }

    /// Whether retransmissions go out under an SSRC of their own (RFC 4588).
    var hasRTX: Bool { format.rtxPayloadType != nil }

    /// Whether the receiver is to report when each packet arrived.
    var isNumbered: Bool { format.transportWideCC != nil }

    /// Whether padding can be sent.
    var canPad: Bool { format.rtxPayloadType != nil && format.transportWideCC != nil }

    // MARK: Packets without content

    /// Sends a packet without content under `number`, in the place of one that is left out.
    /// - Returns: whether it was sent.
    mutating func fill(
        _ number: ExtendedSequenceNumber, timestamp: RTPTimestamp, through outlet: inout Outlet, into batch: EgressBatch
    ) -> Bool {
        guard number.rawValue >= firstIndex.media, let slot = unsafe batch.nextSlot() else { return false }
        var out = unsafe MutableSpan<UInt8>(_unsafeStart: slot, count: EgressBatch.slotSize)
        let header = RTPFixedHeader(
            marker: false, payloadType: format.payloadType, sequenceNumber: number.wire, timestamp: timestamp,
            ssrc: ssrc)
        let (headerLength, isNumbered) = writeEmpty(header, numbered: outlet.transportNumber, into: &out)
        // One byte of padding, which counts itself (RFC 3550 §5.1).
        out[0] |= 0x20
        out[headerLength] = 1
        let length = unsafe outlet.sender.protect(
            slot, length: headerLength + 1, headerLength: headerLength,
            index: ExtendedSequenceNumber(number.rawValue - firstIndex.media), stream: &srtp)
        guard let length else { return false }
        if isNumbered { outlet.transportNumber &+= 1 }
        outlet.commit(length: length, into: batch)
        if keptCiphertexts != nil { unsafe keptCiphertexts?.keep(slot, length: length, number: number.wire) }
        return true
    }

    /// Sends a packet without content again over RTX: the original number alone. Receivers take it for the packet that they
    /// lack (RFC 4588 §4), which had nothing else to say.
    mutating func refill(
        _ wanted: SequenceNumber, timestamp: RTPTimestamp, for purpose: Purpose, through outlet: inout Outlet,
        into batch: EgressBatch
    ) -> DropReason? {
        guard let rtxSSRC, let payloadType = format.rtxPayloadType, rtxNumber.rawValue >= firstIndex.rtx else {
            return .notInHistory
        }
        guard let slot = unsafe batch.nextSlot() else { return .egressFull }
        var out = unsafe MutableSpan<UInt8>(_unsafeStart: slot, count: EgressBatch.slotSize)
        let header = RTPFixedHeader(
            marker: false, payloadType: payloadType, sequenceNumber: rtxNumber.wire, timestamp: timestamp,
            ssrc: rtxSSRC)
        let (headerLength, isNumbered) = writeEmpty(header, numbered: outlet.transportNumber, into: &out)
        let length = Retransmission.writeOriginalSequenceNumber(wanted, into: &out, at: headerLength)
        let index = ExtendedSequenceNumber(rtxNumber.rawValue - firstIndex.rtx)
        rtxNumber = rtxNumber.advanced(by: 1)
        let protected = unsafe outlet.sender.protect(
            slot, length: length, headerLength: headerLength, index: index, stream: &rtx)
        guard let protected else { return .nonceReuse }
        if isNumbered { outlet.transportNumber &+= 1 }
        outlet.commit(length: protected, into: batch)
        if purpose == .answer { retransmitted &+= 1 }
        return nil
    }

    /// Sends padding on the retransmission stream, with which a bandwidth estimator tries what the path carries: receivers
    /// count it in their feedback and throw it away, since it has no original sequence number (RFC 4588 §4, RFC 3550 §5.1).
    /// - Parameter count: Bytes of padding, 1 to 255.
    mutating func pad(
        _ count: UInt8, timestamp: RTPTimestamp, through outlet: inout Outlet, into batch: EgressBatch,
        at now: Timestamp
    ) -> Bool {
        guard let rtxSSRC, let payloadType = format.rtxPayloadType, let id = format.transportWideCC, count > 0,
            rtxNumber.rawValue >= firstIndex.rtx, let slot = unsafe batch.nextSlot()
        else { return false }
        var out = unsafe MutableSpan<UInt8>(_unsafeStart: slot, count: EgressBatch.slotSize)
        let form = ExtensionForm(highestID: format.highestID, longest: 0)
        var writer = ExtensionWriter(at: RTPHeader.fixedLength, form: form)
        guard writer.appendUInt16(id: id, outlet.transportNumber, into: &out) else { return false }
        if let id = format.absSendTime { writer.appendUInt24(id: id, AbsoluteSendTime(now).rawValue, into: &out) }
        let headerLength = writer.finish(into: &out)
        let header = RTPFixedHeader(
            marker: false, payloadType: payloadType, sequenceNumber: rtxNumber.wire, timestamp: timestamp,
            ssrc: rtxSSRC)
        header.write(into: &out, hasExtension: true)
        out[0] |= 0x20
        let plainLength = headerLength + Int(count)
        for place in headerLength..<plainLength { out[place] = 0 }
        out[plainLength - 1] = count
        let index = ExtendedSequenceNumber(rtxNumber.rawValue - firstIndex.rtx)
        rtxNumber = rtxNumber.advanced(by: 1)
        let length = unsafe outlet.sender.protect(
            slot, length: plainLength, headerLength: headerLength, index: index, stream: &rtx)
        guard let length else { return false }
        outlet.transportNumber &+= 1
        outlet.commit(length: length, into: batch)
        return true
    }

    /// Writes the header of a packet without content. It has a transport-wide number, without which the whole burst would be
    /// missing from the estimator's log, where the receiver knows such numbers.
    private func writeEmpty(
        _ header: RTPFixedHeader, numbered number: UInt16, into out: inout MutableSpan<UInt8>
    ) -> (length: Int, isNumbered: Bool) {
        let form = ExtensionForm(highestID: format.highestID, longest: 0)
        var writer = ExtensionWriter(at: RTPHeader.fixedLength, form: form)
        let isNumbered = format.transportWideCC.map { writer.appendUInt16(id: $0, number, into: &out) } ?? false
        let length = writer.finish(into: &out)
        header.write(into: &out, hasExtension: !writer.isEmpty)
        return (length, isNumbered)
    }

    // MARK: Media

    /// What a stored packet is sent again for.
    enum Purpose {
        /// The receiver asked for it.
        case answer
        /// Once more beside the answer.
        case copy
        /// To see what the path carries.
        case probe
    }

    /// Builds the packet in the batch's next slot: fixed header, extensions, payload; then encrypts it there.
    @inline(__always)
    mutating func write(
        _ packet: MediaPacket, bytes: UnsafeBufferPointer<UInt8>, number: ExtendedSequenceNumber,
        timestamp: RTPTimestamp, patch: PicturePatch, layering: Layering, original: SequenceNumber?,
        through outlet: inout Outlet,
        into batch: EgressBatch, at now: Timestamp
    ) -> DropReason? {
        var payload = packet.header.payloadRange
        var payloadType = format.payloadType
        if packet.redundancy > 0 {
            // A retransmission is of the codec's own payload type (RFC 4588 §8.1), so it has the newest block alone.
            if original == nil, let red = format.redPayloadType {
                payloadType = red
            } else {
                payload = min(payload.lowerBound + Int(packet.redundancy), payload.upperBound)..<payload.upperBound
            }
        }
        guard payload.upperBound <= bytes.count else { return .oversize }
        guard let slot = unsafe batch.nextSlot() else { return .egressFull }
        var out = unsafe MutableSpan<UInt8>(_unsafeStart: slot, count: EgressBatch.slotSize)

        let longest =
            format.dependencyDescriptor == nil ? 0 : packet.dependencyDescriptor.count + layering.growth
        let form = ExtensionForm(highestID: format.highestID, longest: longest)
        var writer = ExtensionWriter(at: RTPHeader.fixedLength, form: form)
        let isNumbered = unsafe writeExtensions(
            packet, bytes: bytes, transportNumber: outlet.transportNumber, layering: layering, with: &writer,
            into: &out, at: now)
        var payloadStart = writer.finish(into: &out)
        let headerLength = payloadStart
        // A header extension may be as long as a publisher likes, and a retransmission has two bytes more.
        let padding = original == nil ? Int(packet.padding) : 0
        guard headerLength + 2 + payload.count + padding + SRTPSender.overhead <= EgressBatch.slotSize else {
            return .oversize
        }
        var header = RTPFixedHeader(
            marker: layering.marker, payloadType: payloadType, sequenceNumber: number.wire,
            timestamp: timestamp, ssrc: ssrc)
        var (wireNumber, first) = (number, firstIndex.media)
        if let original, let rtxSSRC, let rtxPayloadType = format.rtxPayloadType {
            (wireNumber, first) = (rtxNumber, firstIndex.rtx)
            rtxNumber = rtxNumber.advanced(by: 1)
            header.ssrc = rtxSSRC
            header.payloadType = rtxPayloadType
            header.sequenceNumber = wireNumber.wire
            payloadStart = Retransmission.writeOriginalSequenceNumber(original, into: &out, at: payloadStart)
        }
        header.write(into: &out, hasExtension: !writer.isEmpty)
        if let start = bytes.baseAddress {
            unsafe (slot + payloadStart).update(from: start + payload.lowerBound, count: payload.count)
        }
        if payloadType != format.payloadType {
            // The blocks within have the receiver's number for the codec, too.
            REDPayload.setBlockTypes(
                format.payloadType, in: &out, from: payloadStart, to: payloadStart + Int(packet.redundancy))
        }
        if !patch.isEmpty { apply(patch, to: packet, in: &out, at: payloadStart, count: payload.count) }
        let plainLength = payloadStart + payload.count + padding
        if padding > 0 {
            out[0] |= 0x20
            for place in plainLength - padding..<plainLength { out[place] = 0 }
            out[plainLength - 1] = packet.padding
        }
        // What is older than the keys cannot be encrypted under them.
        guard wireNumber.rawValue >= first else { return .tooOld }
        let index = ExtendedSequenceNumber(wireNumber.rawValue - first)
        let length: Int?
        if original == nil {
            length = unsafe outlet.sender.protect(
                slot, length: plainLength, headerLength: headerLength, index: index, stream: &srtp)
        } else {
            length = unsafe outlet.sender.protect(
                slot, length: plainLength, headerLength: headerLength, index: index, stream: &rtx)
        }
        guard let length else { return .nonceReuse }
        if isNumbered { outlet.transportNumber &+= 1 }
        outlet.commit(length: length, into: batch)
        if original == nil {
            packets &+= 1
            octets &+= UInt64(payload.count)
            budget.earn(payload.count)
            if keptCiphertexts != nil { unsafe keptCiphertexts?.keep(slot, length: length, number: number.wire) }
        }
        return nil
    }

    /// Writes the picture numbers as this receiver counts.
    @inline(__always)
    private func apply(
        _ patch: PicturePatch, to packet: MediaPacket, in out: inout MutableSpan<UInt8>, at start: Int, count: Int
    ) {
        if let descriptor = packet.vp8 {
            descriptor.patch(
                &out, at: start, pictureID: patch.pictureID, tl0PictureIndex: patch.tl0PictureIndex,
                keyIndex: patch.keyIndex)
        } else if packet.vp9 != nil,
            let descriptor = try? VP9Descriptor(parsing: out.span.extracting(start..<start + count))
        {
            descriptor.patch(
                &out, at: start, pictureID: patch.pictureID, tl0PictureIndex: patch.tl0PictureIndex)
        }
    }

    /// Returns whether a transport-wide sequence number was written.
    @inline(__always)
    private func writeExtensions(
        _ packet: MediaPacket, bytes: UnsafeBufferPointer<UInt8>, transportNumber: UInt16, layering: Layering,
        with writer: inout ExtensionWriter, into out: inout MutableSpan<UInt8>, at now: Timestamp
    ) -> Bool {
        var isNumbered = false
        if let id = format.transportWideCC {
            isNumbered = writer.appendUInt16(id: id, transportNumber, into: &out)
        }
        if let id = format.absSendTime {
            writer.appendUInt24(id: id, AbsoluteSendTime(now).rawValue, into: &out)
        }
        if let level = packet.audioLevel, let id = format.audioLevel {
            writer.appendUInt8(id: id, level, into: &out)
        }
        if let orientation = packet.orientation, let id = format.orientation {
            writer.appendUInt8(id: id, orientation, into: &out)
        }
        if playout.isDue, let id = format.playoutDelay { writer.appendUInt24(id: id, playout.wire, into: &out) }
        if !packet.dependencyDescriptor.isEmpty, let id = format.dependencyDescriptor {
            let descriptor = unsafe Span<UInt8>(_unsafeElements: bytes).extracting(packet.dependencyDescriptor)
            write(descriptor, layering: layering, id: id, with: &writer, into: &out)
        }
        return isNumbered
    }

    /// Writes a dependency descriptor as this receiver has to read it.
    private func write(
        _ descriptor: Span<UInt8>, layering: Layering, id: UInt8, with writer: inout ExtensionWriter,
        into out: inout MutableSpan<UInt8>
    ) {
        var (place, count): (Int?, Int) = (nil, descriptor.count)
        if let mask = layering.activeTargets,
            let read = try? DependencyDescriptor(parsing: descriptor, structure: structure),
            let length = read.lengthWithActiveDecodeTargets(descriptor)
        {
            place = writer.reserve(id: id, count: length, into: &out)
            count = length
            // Cannot fail: the room is there.
            if let place { _ = read.write(activeDecodeTargets: mask, of: descriptor, into: &out, at: place) }
        } else if let reserved = writer.reserve(id: id, count: descriptor.count, into: &out) {
            for index in descriptor.indices { out[reserved + index] = descriptor[index] }
            place = reserved
        }
        if let place, descriptor.count >= DependencyDescriptor.mandatoryLength {
            out.store(out.span.uint16(at: place + 1) &+ layering.frameOffset, at: place + 1)
            if layering.templateOffset != 0 {
                DependencyDescriptor.shiftTemplates(by: layering.templateOffset, in: &out, at: place..<place + count)
            }
        }
    }

    /// Writes a packet that was sent once more, for a receiver with RTX under that stream's number.
    mutating func rewrite(
        _ packet: MediaPacket, bytes: UnsafeBufferPointer<UInt8>, number: ExtendedSequenceNumber,
        timestamp: RTPTimestamp, patch: PicturePatch, layering: Layering, for purpose: Purpose,
        through outlet: inout Outlet, into batch: EgressBatch, at now: Timestamp
    ) -> DropReason? {
        switch purpose {
        case .answer: guard budget.spend(bytes.count) else { return .resendBudgetSpent }
        case .copy: guard budget.spendSpare(bytes.count) else { return .resendBudgetSpent }
        // What a probe sends is bounded by the probe.
        case .probe: break
        }
        let reason = unsafe write(
            packet, bytes: bytes, number: number, timestamp: timestamp, patch: patch, layering: layering,
            original: number.wire, through: &outlet, into: batch, at: now)
        if reason == nil, purpose == .answer { retransmitted &+= 1 }
        return reason
    }

    /// Sends the very same datagram again, to a receiver without RTX.
    mutating func resendCiphertext(
        _ wanted: SequenceNumber, through outlet: inout Outlet, into batch: EgressBatch
    ) -> DropReason? {
        guard let slot = unsafe batch.nextSlot() else { return .egressFull }
        guard let length = unsafe keptCiphertexts?.copy(wanted, to: slot, capacity: EgressBatch.slotSize) else {
            return .notInHistory
        }
        guard budget.spend(length) else { return .resendBudgetSpent }
        outlet.commit(length: length, into: batch)
        retransmitted &+= 1
        return nil
    }
}
