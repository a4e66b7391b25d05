internal import Congestion
internal import Forwarding
internal import Negotiation
internal import RTP
internal import Wire

/// What a publisher's packets go through before anybody is sent them: numbers, statistics, what is missing.
///
/// Here is done, once, everything about a packet that does not depend on its receivers.
final class IngressStream {
    /// What receivers see of it.
    let layer: MediaLayer
    private var extender = SequenceExtender()
    private(set) var reception: ReceptionStatistics
    private(set) var nack: NackGenerator
    var arbiter = KeyframeArbiter()
    private(set) var meter = BitrateMeter()
    private(set) var keyframes: UInt64 = 0
    /// Whether it arrives whole; of simulcast alone.
    private var completeness: LayerCompleteness?

    var ssrc: SSRC { layer.ssrc }
    var codec: NegotiatedCodec { layer.codec }
    var publication: Publication { layer.publication }

    init(layer: MediaLayer) {
        self.layer = layer
        reception = ReceptionStatistics(clockRate: layer.codec.clockRate)
        nack = NackGenerator(isEnabled: layer.codec.feedback.contains(.nack))
        layer.attach(self)
    }

    /// The numbers that a report on this stream has to carry.
    func makeReport(at now: Timestamp) -> ReportBlock? { reception.makeReport(on: ssrc, at: now) }

    /// Takes a sender report.
    func receive(_ report: SenderReport, clock: inout SenderClock, at now: Timestamp) {
        reception.receiveSenderReport(ntp: report.ntpTime, at: now)
        layer.reference = clock.receive(ntp: report.ntpTime, rtp: report.rtpTimestamp, at: now) ?? layer.reference
    }

    /// Whether a packet's number is above all that came in.
    func isAhead(_ number: SequenceNumber) -> Bool {
        guard let highest = extender.highest else { return true }
        return extender.peek(number) > highest
    }

    /// Whether a retransmission can be of this stream: of what came in, or of the last packets of a burst whose end is lost.
    /// Anything else is of a stream that the publisher has begun anew since, and says nothing about where this one stands.
    private func isRepairable(_ number: SequenceNumber) -> Bool {
        guard let highest = extender.highest else { return false }
        return extender.peek(number).distance(from: highest) <= Self.longestLostEnd
    }

    /// Packets, about as many as a burst has.
    private static let longestLostEnd: Int64 = 64

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
        if isRetransmission, !isRepairable(header.sequenceNumber) { return .drop(.tooOld) }
        let number = extender.extend(header.sequenceNumber)
        let highestBefore = nack.highest
        let arrival = nack.receive(number, isRetransmission: isRetransmission, at: now)
        if !isRetransmission {
            reception.receive(
                number, timestamp: header.timestamp, byteCount: bytes.count,
                isDuplicate: arrival == .duplicate || arrival == .tooOld, at: now)
            meter.record(byteCount: bytes.count, at: now)
            layer.noteArrival(at: now)
        }
        switch arrival {
        case .duplicate: return .drop(.duplicate)
        case .tooOld: return .drop(.tooOld)
        case .inOrder, .reordered, .recovered: break
        }
        guard !header.payloadRange.isEmpty else {
            if publication.isSimulcast { watchedCompleteness().frames.receivePadding(number) }
            return .padding(number)
        }
        guard var packet = layer.describe(bytes, header: header, number: number) else { return .drop(.malformed) }
        packet.highestBefore = highestBefore ?? number
        if packet.isKeyframeStart, codec.codec.kind == .video {
            keyframes &+= 1
            arbiter.keyframeBegan(at: now)
            layer.noteKeyframe(bytes.extracting(header.payloadRange))
        }
        layer.count(packet, byteCount: bytes.count, at: now)
        layer.keep(bytes, number: number, timestamp: packet.header.timestamp, at: now)
        if publication.isSimulcast { noteFrame(of: packet, at: now) }
        return .media(packet)
    }

    // MARK: Whole frames

    /// Whether receivers are better off with a smaller layer, since this one does not arrive whole.
    var isIncomplete: Bool { completeness?.supply.isIncomplete ?? false }
    /// Whether it comes in part and not whole: what has been stopped is asked for as ever when it begins again.
    private var isFailing: Bool { completeness?.supply.isFailing ?? false }

    // For simulcast alone, and kept out of the walk of everything else.
    @inline(never)
    private func noteFrame(of packet: MediaPacket, at now: Timestamp) {
        let isWhole = watchedCompleteness().frames.receive(
            packet.number, timestamp: packet.header.timestamp, isLast: packet.header.marker,
            isKeyframeStart: packet.isKeyframeStart, isRepaired: isRepaired, at: now)
        if isWhole { publication.noteWholeFrame(of: self, at: now) }
    }

    /// Takes that a frame has come whole of this layer, or of a smaller one of the same publication. Returns whether
    /// ``isIncomplete`` has changed.
    func noteWholeFrame(of stream: IngressStream, repairTime: Interval, at now: Timestamp) -> Bool {
        // What has not begun is not missing.
        guard let completeness else { return false }
        guard stream !== self else { return completeness.frameCame(at: now) }
        return completeness.smallerFrameCame(rank: stream.layer.rank, repairTime: repairTime, at: now)
    }

    private func watchedCompleteness() -> LayerCompleteness {
        if let completeness { return completeness }
        let made = LayerCompleteness()
        completeness = made
        return made
    }

    /// Takes that the publisher's path carries much less than it sends. Returns whether ``isIncomplete`` has changed.
    func noteOverload(at now: Timestamp) -> Bool { watchedCompleteness().pathIsOverloaded(at: now) }

    /// Whether the publisher is asked for what is missing. Not for what nobody is sent: a receiver that comes to this layer
    /// begins with a keyframe. Nor for what receivers are better off without: browsers send repairs ahead of all other
    /// pictures, so that those of a large layer would keep the smallest from coming.
    private var isRepaired: Bool { layer.isWanted && !isFailing }

    /// Whether repairs wait for a moment: the path may carry much less than is sent, and what is asked for before that is known
    /// would take all of it for seconds. The smallest layer's are few.
    private func holdsRepairs(at now: Timestamp) -> Bool {
        guard publication.isSimulcast, publication.peer?.path.isSuspect(at: now) ?? false else { return false }
        return publication.smallestLayer(at: now) !== layer
    }

    /// When to look whether the publisher is to be asked for what is missing; `nil` while nothing is.
    func nextRepairLook(at now: Timestamp) -> Timestamp? {
        guard let due = nack.nextTimeout else { return nil }
        return holdsRepairs(at: now) ? max(due, now + Self.repairLook) : due
    }

    /// Whether a keyframe may be asked for. Browsers answer with one of every layer that they send, so one of a layer that
    /// does not come costs the others a second of a narrow path; a layer that begins again begins with one by itself.
    ///
    /// Of the smallest one may be asked for whatever comes: receivers have nothing else to go to.
    func canBring(keyframeAt now: Timestamp) -> Bool {
        guard publication.isSimulcast else { return true }
        return !isFailing
            && (layer.isAlive(at: now, silence: Self.restingTime)
                || !publication.layers.contains {
                    $0.rank < layer.rank && $0.isAlive(at: now, silence: Self.restingTime)
                })
    }

    /// When to look whether the publisher is to be asked for a keyframe; `nil` while none is wanted.
    func nextKeyframeLook(at now: Timestamp) -> Timestamp? {
        guard let due = arbiter.nextTimeout else { return nil }
        return canBring(keyframeAt: now) ? due : max(due, now + Self.keyframeLook)
    }

    /// How often is looked whether repairs wait no more.
    private static let repairLook = Interval.milliseconds(20)
    /// How often is looked whether a layer comes again of which a keyframe is wanted.
    private static let keyframeLook = Interval.milliseconds(100)
    /// Nothing of a layer for so long while a smaller one comes: its publisher has stopped it. Slow screens have five pictures a second.
    private static let restingTime = Interval.milliseconds(500)

    /// Calls `body` for each packet to ask the publisher for now.
    func collectMissing(at now: Timestamp, roundTrip: Interval?, _ body: (ExtendedSequenceNumber) -> Void) {
        guard isRepaired else {
            if let highest = nack.highest { nack.forget(before: highest) }
            _ = nack.takeKeyframeNeeded()
            return
        }
        guard !holdsRepairs(at: now) else { return }
        nack.collect(at: now, roundTripTime: roundTrip, body)
        if nack.takeKeyframeNeeded(), codec.codec.kind == .video { arbiter.wish(.loss, at: now) }
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
