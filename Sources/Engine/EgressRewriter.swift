internal import Congestion
internal import Forwarding
internal import Negotiation
internal import RTP
internal import SRTP
internal import Wire

/// What one receive slot's packets look like, and everything that counts on from one to the next.
///
/// A plain value with all that the walk reads and writes for each packet and receiver, in one piece of memory; the
/// objects around it are looked at once a burst.
struct EgressRewriter {
    let ssrc: SSRC
    private var rtxSSRC: SSRC?
    private let isVideo: Bool
    /// The serial number of the layer that flows; negative for none.
    private(set) var flowing: Int32 = -1
    /// The packet that it began with.
    private var beginning = ExtendedSequenceNumber(0)
    private var sequence: SequenceMunger
    private(set) var timestamps: TimestampMunger
    private var vp8 = VP8Munger()
    private var vp9 = VP9Munger()
    private var frameNumbers = FrameNumberMunger()
    private var temporal = TemporalSelector()
    private var spatial = SpatialSelector()
    private var dependencies = DependencySelector()
    /// What the flowing stream's dependency descriptors are read by.
    private var structure: DependencyStructure?
    /// The layers within the stream that shall be sent at most.
    var selection: LayerTarget {
        get { dependencies.target }
        set {
            dependencies.target = newValue
            temporal.target = newValue.temporalID
            spatial.target = newValue.spatialID
        }
    }
    /// Whether the stream has to begin anew for another of its spatial layers.
    var isWaitingForSpatialLayer: Bool { dependencies.isWaiting || spatial.needsKeyframe }
    private var srtp: SRTPSendStream
    private var rtx: SRTPSendStream
    private var rtxNumber: ExtendedSequenceNumber
    /// What the SRTP indices begin at: zero, and after a change of keys the rollover counter that the numbers had reached,
    /// since the receiver counts from zero again (RFC 3711 §3.3.1).
    private var firstIndex: (media: UInt64, rtx: UInt64) = (0, 0)
    private(set) var index: EgressIndex
    private var budget = ResendBudget()
    private var format: Format
    /// Ciphertexts kept for receivers without RTX, who get the very same packet again (one SRTP index, one packet).
    private var keptCiphertexts: CiphertextRing?
    /// Whether the packet with the highest number was the last of its frame.
    private var endsWithMarker = true
    /// Whether the next packet of sound is the first after a break, which its marker tells (RFC 3551 §4.1).
    private var marksNext = false
    /// Whether nothing of a frame is missing behind what was sent.
    var isAtFrameEnd: Bool { endsWithMarker }
    /// The timestamp of the frame that was sent last, as its publisher wrote it.
    var frameTimestamp: RTPTimestamp { timestamps.latest.advanced(by: 0 &- timestamps.offset) }
    /// Where the last keyframe that was sent begins.
    private(set) var keyframe: ExtendedSequenceNumber?
    /// Up to here packets were sent before their turn, behind a keyframe that they had overtaken.
    private var caughtUpTo: ExtendedSequenceNumber?

    /// How long the receiver is told to keep pictures.
    var playout = PlayoutAnnouncement()

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

    init(section: DownlinkSection, using generator: inout some RandomNumberGenerator) {
        ssrc = section.ssrc
        rtxSSRC = section.rtxSSRC
        isVideo = section.kind == .video
        sequence = SequenceMunger(using: &generator)
        timestamps = TimestampMunger(
            clockRate: section.kind == .audio ? 48_000 : 90_000,
            first: RTPTimestamp(UInt32.random(in: 0...UInt32.max, using: &generator)),
            minimumStep: section.kind == .audio ? 960 : nil)
        srtp = SRTPSendStream(ssrc: section.ssrc)
        rtx = SRTPSendStream(ssrc: section.rtxSSRC ?? section.ssrc)
        rtxNumber = ExtendedSequenceNumber(UInt64.random(in: 1...32_767, using: &generator))
        index = EgressIndex(capacity: section.kind == .audio ? 256 : 1_024)
        format = Format()
    }

    // MARK: What is negotiated, what is on the slot

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

    /// Stops what flows, and forgets how its packets were made.
    mutating func clear() {
        stop()
        index.removeAll()
        keptCiphertexts?.removeAll()
    }

    /// Other keys hold from now on. Sequence numbers run on; the indices under the new keys begin with a rollover counter of
    /// zero, and nothing that was encrypted under the old ones is sent again.
    mutating func rekey() {
        srtp = SRTPSendStream(ssrc: ssrc)
        rtx = SRTPSendStream(ssrc: rtxSSRC ?? ssrc)
        firstIndex.media = (sequence.highest?.rawValue ?? 0) & ~0xFFFF
        firstIndex.rtx = rtxNumber.rawValue & ~0xFFFF
        keptCiphertexts?.removeAll()
        playout.sayAgain(after: highest)
    }

    /// The highest number that has been given out.
    var highest: ExtendedSequenceNumber? { sequence.highest }

    /// Stops what flows. The next source begins behind everything that has been sent.
    mutating func stop() {
        flowing = -1
        caughtUpTo = nil
    }

    /// Lets a layer flow from `packet` on.
    ///
    /// - Parameters:
    ///   - passed: The time from the last frame that was sent to this one, by when they came or should have come.
    ///   - captureDistance: The same by the publisher's clock.
    mutating func begin(
        _ packet: MediaPacket, structure: DependencyStructure?, passed: Interval?, captureDistance: Interval?,
        at now: Timestamp
    ) {
        sequence.switchSource(at: packet.number, leavingGap: !endsWithMarker && isVideo)
        timestamps.switchSource(
            at: packet.header.timestamp, now: now, passed: passed, captureDistance: captureDistance)
        if let fields = packet.vp8Fields { vp8.switchSource(at: fields) }
        if let fields = packet.vp9?.fields { vp9.switchSource(at: fields) }
        if let frame = packet.dependency {
            frameNumbers.switchSource(
                packet.layer, at: packet.number, frame: frame.number,
                firstTemplate: structure?.templateIDOffset ?? 0)
        }
        temporal.restart()
        spatial.restart()
        dependencies.restart()
        self.structure = nil
        adopt(structure)
        flowing = Int32(packet.layer)
        beginning = packet.number
        caughtUpTo = nil
        marksNext = !isVideo
    }

    /// Goes on with `packet` of the source that flows, behind others that were left out: their numbers close up, and time
    /// runs on by the sender's own clock.
    mutating func resume(at packet: MediaPacket) {
        sequence.skip(to: packet.number)
        marksNext = true
    }

    /// Whether a keyframe of the layer that flows does not follow on what was sent of it: its publisher has begun counting
    /// pictures or frames anew, and the stream goes on with it as with another layer's.
    func isRestart(at packet: MediaPacket) -> Bool {
        guard packet.number > beginning else { return false }
        // One that was repaired may well lie a little behind what has been sent.
        guard packet.highestBefore <= packet.number else { return isAheadOfRestart(packet) }
        if let fields = packet.vp8Fields { return vp8.isRestart(fields) }
        if let frame = packet.dependency, frameNumbers.isRestart(frame.number) { return true }
        return packet.vp9.map { vp9.isRestart($0.fields) } ?? false
    }

    /// Whether a packet of the layer that flows is part of a new count whose keyframe has not come. It is sent with that.
    @inline(__always)
    private func isAheadOfRestart(_ packet: MediaPacket) -> Bool {
        if let fields = packet.vp8Fields { return vp8.isFar(fields) }
        if let frame = packet.dependency, frameNumbers.isFar(frame.number) { return true }
        return packet.vp9.map { vp9.isFar($0.fields) } ?? false
    }

    /// Takes over the layers that a keyframe announces.
    mutating func adopt(_ structure: DependencyStructure?) {
        guard let structure else { return }
        self.structure = structure
        frameNumbers.note(firstTemplate: structure.templateIDOffset, templateCount: structure.templates.count)
        dependencies.adopt(structure)
    }

    /// Packets up to `number` are sent before their turn.
    mutating func noteCaughtUp(to number: ExtendedSequenceNumber) { caughtUpTo = number }

    /// Leaves a packet that carries no media out of the numbering.
    mutating func leaveOut(_ number: ExtendedSequenceNumber) { sequence.leaveOut(number) }

    // MARK: The walk's last station

    /// Numbers a packet of the layer that flows, and writes it into `batch` as this receiver takes it.
    /// - Returns: why it was not sent, or `nil` when it was.
    @inline(__always)
    mutating func pass(
        _ packet: MediaPacket, bytes: UnsafeBufferPointer<UInt8>, through outlet: inout Outlet,
        into batch: EgressBatch, at now: Timestamp
    ) -> DropReason? {
        guard !isAheadOfRestart(packet) else { return .waitingForKeyframe }
        var layering = Layering(marker: packet.header.marker || marksNext)
        guard admits(packet, layering: &layering) else {
            // Its number stays a hole: the rest of its frame may have been sent.
            guard !layering.isForgotten else { return .tooOld }
            if let fields = packet.vp8Fields { vp8.leaveOut(fields) }
            if !sequence.leaveOut(packet.number) { fill(packet, through: &outlet, into: batch) }
            return .notForwardedLayer
        }
        marksNext = false
        let number: ExtendedSequenceNumber
        switch sequence.forward(packet.number) {
        case .forward(let mapped): number = mapped
        case .drop(let reason): return reason
        }
        if let caughtUpTo, packet.number <= caughtUpTo, index.entry(for: number) != nil { return .duplicate }
        var patch = PicturePatch.none
        if let fields = packet.vp8Fields {
            switch vp8.forward(fields) {
            case .forward(let found): patch = found
            case .drop(let reason): return reason
            }
        } else if let fields = packet.vp9?.fields {
            patch = vp9.forward(fields)
        }
        let timestamp = timestamps.forward(packet.header.timestamp, at: now)
        index.record(
            number,
            EgressIndex.Entry(
                ingress: packet.number, timestampOffset: timestamps.offset, picture: patch, source: packet.layer,
                flags: layering.marker ? EgressIndex.Entry.marked : 0))
        if packet.isKeyframeStart { keyframe = max(keyframe ?? number, number) }
        // A late packet says nothing about where the stream stands.
        if number == sequence.highest { endsWithMarker = layering.marker }
        return unsafe write(
            packet, bytes: bytes, number: number, timestamp: timestamp, patch: patch, layering: layering, original: nil,
            through: &outlet, into: batch, at: now)
    }

    /// Whether a packet is part of the layers that this receiver is sent, and what their choice changes in it.
    @inline(__always)
    private mutating func admits(_ packet: MediaPacket, layering: inout Layering) -> Bool {
        guard packet.isLayered || !packet.dependencyDescriptor.isEmpty else { return true }
        if let frame = packet.dependency {
            let verdict = dependencies.decide(on: frame)
            layering.isForgotten = verdict.isForgotten
            guard verdict.isSent else { return false }
            layering.marker = layering.marker || verdict.endsPicture
            layering.activeTargets = verdict.activeTargets
            layering.frameOffset = frameNumbers.forward(frame.number)
            layering.templateOffset = frameNumbers.templateOffset
            return true
        }
        guard packet.dependencyDescriptor.isEmpty else {
            // One that cannot be read came before the packet that will explain it: nothing is left out.
            layering.frameOffset = frameNumbers.offset
            layering.templateOffset = frameNumbers.templateOffset
            return true
        }
        let isAdmitted = temporal.admits(
            packet.temporalID, number: packet.number, isSwitchingPoint: packet.isSwitchingPoint,
            opensHigherLayers: packet.opensHigherLayers, startsFrame: packet.startsFrame,
            isKeyframeStart: packet.isKeyframeStart, isLate: packet.highestBefore > packet.number)
        guard isAdmitted, let frame = packet.vp9?.frame else {
            layering.isForgotten = !isAdmitted && temporal.hasForgotten(packet.number)
            return isAdmitted
        }
        let verdict = spatial.decide(on: frame, timestamp: packet.header.timestamp)
        layering.isForgotten = verdict.isForgotten
        layering.marker = layering.marker || verdict.endsPicture
        return verdict.isSent
    }

    /// Sends a packet without content in the place of one that is left out and came too late for the numbers to close up
    /// over it. The receiver would ask for it over and over.
    private mutating func fill(_ packet: MediaPacket, through outlet: inout Outlet, into batch: EgressBatch) {
        guard case .forward(let number) = sequence.forward(packet.number), number.rawValue >= firstIndex.media,
            let slot = unsafe batch.nextSlot()
        else { return }
        var out = unsafe MutableSpan<UInt8>(_unsafeStart: slot, count: EgressBatch.slotSize)
        let header = RTPFixedHeader(
            marker: false, payloadType: format.payloadType, sequenceNumber: number.wire,
            timestamp: timestamps.map(packet.header.timestamp), ssrc: ssrc)
        let (headerLength, isNumbered) = writeEmpty(header, numbered: outlet.transportNumber, into: &out)
        // One byte of padding, which counts itself (RFC 3550 §5.1).
        out[0] |= 0x20
        out[headerLength] = 1
        let length = unsafe outlet.sender.protect(
            slot, length: headerLength + 1, headerLength: headerLength,
            index: ExtendedSequenceNumber(number.rawValue - firstIndex.media), stream: &srtp)
        guard let length else { return }
        if isNumbered { outlet.transportNumber &+= 1 }
        outlet.commit(length: length, into: batch)
        index.record(
            number,
            EgressIndex.Entry(
                ingress: packet.number, timestampOffset: timestamps.offset, source: packet.layer,
                flags: EgressIndex.Entry.filler))
        if keptCiphertexts != nil { unsafe keptCiphertexts?.keep(slot, length: length, number: number.wire) }
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

    // MARK: Retransmission

    /// Decides on one sequence number of a NACK (RFC 4585 §6.2.1).
    mutating func request(_ wanted: SequenceNumber, at now: Timestamp, roundTrip: Interval?) -> EgressIndex.Verdict {
        index.request(wanted, at: now, roundTripTime: roundTrip)
    }

    /// What a stored packet is sent again for.
    enum Purpose {
        /// The receiver asked for it.
        case answer
        /// Once more beside the answer.
        case copy
        /// To see what the path carries.
        case probe
    }

    /// Allows no more than `bytes` of retransmissions at once.
    mutating func limitRepairs(to bytes: Int) { budget.limit(to: bytes) }

    /// Whether a keyframe has been sent since the packet `number`, so that a receiver can do without it.
    func isBeforeKeyframe(_ number: SequenceNumber) -> Bool {
        guard let keyframe, let extended = index.extend(number) else { return false }
        return extended < keyframe
    }

    /// How a packet was made that was sent, if that is still known.
    func entry(for wanted: SequenceNumber) -> EgressIndex.Entry? {
        index.extend(wanted).flatMap { index.entry(for: $0) }
    }

    /// Whether retransmissions go out under an SSRC of their own (RFC 4588).
    var hasRTX: Bool { format.rtxPayloadType != nil }

    /// Sends a stored packet again over RTX.
    mutating func resend(
        _ packet: MediaPacket, bytes: UnsafeBufferPointer<UInt8>, made entry: EgressIndex.Entry,
        as wanted: SequenceNumber, for purpose: Purpose, through outlet: inout Outlet, into batch: EgressBatch,
        at now: Timestamp
    ) -> DropReason? {
        guard let number = index.extend(wanted) else { return .notInHistory }
        // What a probe sends is bounded by the probe.
        guard purpose == .probe || budget.spend(bytes.count) else { return .resendBudgetSpent }
        var layering = Layering(marker: entry.flags & EgressIndex.Entry.marked != 0)
        if !packet.dependencyDescriptor.isEmpty {
            layering.frameOffset = frameNumbers.offset(of: entry.source, packet: entry.ingress) ?? frameNumbers.offset
            layering.templateOffset =
                frameNumbers.templateOffset(of: entry.source, packet: entry.ingress) ?? frameNumbers.templateOffset
        }
        if let frame = packet.dependency, Int32(entry.source) == flowing {
            layering.activeTargets = dependencies.announcement(with: frame)
        }
        let reason = unsafe write(
            packet, bytes: bytes, number: number,
            timestamp: packet.header.timestamp.advanced(by: entry.timestampOffset), patch: entry.picture,
            layering: layering, original: number.wire, through: &outlet, into: batch, at: now)
        if reason == nil, purpose == .answer { retransmitted &+= 1 }
        return reason
    }

    /// Sends a packet without content again over RTX: the original number alone. Receivers take it for the packet that they
    /// lack (RFC 4588 §4), which had nothing else to say.
    mutating func refill(
        _ wanted: SequenceNumber, for purpose: Purpose, through outlet: inout Outlet, into batch: EgressBatch
    ) -> DropReason? {
        guard let rtxSSRC, let payloadType = format.rtxPayloadType, rtxNumber.rawValue >= firstIndex.rtx else {
            return .notInHistory
        }
        guard let slot = unsafe batch.nextSlot() else { return .egressFull }
        var out = unsafe MutableSpan<UInt8>(_unsafeStart: slot, count: EgressBatch.slotSize)
        // Whatever moment it says it is of: it is never shown.
        let header = RTPFixedHeader(
            marker: false, payloadType: payloadType, sequenceNumber: rtxNumber.wire, timestamp: timestamps.latest,
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

    /// Sends padding on the retransmission stream, with which a bandwidth estimator tries what the path carries: receivers
    /// count it in their feedback and throw it away, since it has no original sequence number (RFC 4588 §4, RFC 3550 §5.1).
    /// - Parameter count: Bytes of padding, 1 to 255.
    mutating func pad(_ count: UInt8, through outlet: inout Outlet, into batch: EgressBatch, at now: Timestamp) -> Bool
    {
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
            marker: false, payloadType: payloadType, sequenceNumber: rtxNumber.wire, timestamp: timestamps.latest,
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

    /// Whether padding can be sent.
    var canPad: Bool { format.rtxPayloadType != nil && format.transportWideCC != nil }

    // MARK: Writing

    /// Builds the packet in the batch's next slot: fixed header, extensions, payload; then encrypts it there.
    @inline(__always)
    private mutating func write(
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

    /// What the choice of layers changes in a packet.
    private struct Layering {
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
}

extension EgressIndex.Entry {
    /// Flag: the packet was the last of its picture.
    static let marked: UInt8 = 1
    /// Flag: a packet without content, in the place of one that was left out.
    static let filler: UInt8 = 2

    /// Whether the packet had no content.
    var isFiller: Bool { flags & Self.filler != 0 }
}

/// A receiver's transport, borrowed for one burst: looked up once, counted up once.
struct Outlet {
    let sender: SRTPSender
    let path: NetworkPath
    var lane: EgressBatch.Lane
    /// The next transport-wide sequence number.
    var transportNumber: UInt16
    /// Datagrams and bytes of this burst.
    private(set) var datagrams = 0
    private(set) var bytes = 0

    init(sender: SRTPSender, path: NetworkPath, lane: EgressBatch.Lane, transportNumber: UInt16) {
        self.sender = sender
        self.path = path
        self.lane = lane
        self.transportNumber = transportNumber
    }

    /// Takes the batch's next slot, with `length` bytes in it.
    @inline(__always)
    mutating func commit(length: Int, into batch: EgressBatch) {
        batch.commit(length: length, to: path, lane: &lane)
        datagrams += 1
        bytes += length
    }
}
