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
    var rtxSSRC: SSRC? { section.rtxSSRC }
    /// The receiver. Held, though it holds the slot: it lets go of its slots when it is removed, and to ask each time whether
    /// it is still there costs the walk two counts of references for every use.
    let peer: Peer
    /// What was negotiated.
    private(set) var section: DownlinkSection

    /// What is on the slot.
    private(set) var publication: Publication?
    /// The layer that flows, `nil` until the first keyframe.
    private(set) var layer: MediaLayer?
    /// The one that flowed last of this publication: time runs on from its frames, by their publisher's clock.
    private var lastLayer: MediaLayer?
    /// When the last frame of the publication before came, as far as that is known.
    private var lastArrival: Timestamp?
    /// The layer that shall flow as soon as its next keyframe comes.
    private(set) var target: MediaLayer?
    /// The format the receiver is sent, `nil` while the slot is empty.
    private(set) var codec: NegotiatedCodec?
    /// Layer changes so far.
    private(set) var switches: UInt64 = 0
    var rewriter: EgressRewriter

    /// The number of the assignment of what is on the slot, unique on the worker.
    var assignment: UInt64 = 0
    /// What the receiver does with it.
    var wish = SlotWish()
    /// Until when the receiver may take to say what it does with what has come onto the slot; `nil` once it has, or has not.
    var wishDue: Timestamp?
    /// Whether nothing shall flow: what flows ends with its frame.
    private(set) var isPaused = false
    /// Whether what flows ends with its frame, though the layer that shall follow has not begun.
    private(set) var isLettingGo = false
    /// What has come in and waits for its turn, where the receiver's path is too narrow for all of a frame at once.
    var held: HeldPackets?
    /// Repairs that wait for their turn there, by the numbers that were asked for.
    var owed: [SequenceNumber] = []
    /// The edition of the publication's rates that the last decision rested on.
    var ratesEdition: UInt64 = 0
    /// Why the control plane was told that it is withheld.
    var withheld: WithholdingReason?

    /// Packets: what comes in while the first packet of a keyframe is asked for again, at a few Mbit/s.
    private static let longestCatchUp: Int64 = 256

    /// Keyframe requests of this receiver are bounded.
    var keyframeBudget = ReceiverKeyframeBudget()
    /// The packet that was asked for last without ever having been sent, and how often.
    var vainRequests = (number: SequenceNumber(0), count: 0)
    /// What was sent again lately.
    var repairs = RepairLog()
    /// The packet that a probe would send again next.
    var probeCursor: ExtendedSequenceNumber?
    /// When a keyframe was last asked for because a packet could not be sent again.
    var lossWishedAt: Timestamp?
    var meter = BitrateMeter()
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
        self.section = section
        self.peer = peer
        rewriter = EgressRewriter(section: section, using: &generator)
    }

    /// Whether video waits for a keyframe.
    var isWaitingForKeyframe: Bool { publication != nil && kind == .video && layer == nil && !isPaused }

    /// The layers within the stream that shall be sent at most.
    var selection: LayerTarget {
        get { rewriter.selection }
        set { rewriter.selection = newValue }
    }
    /// Whether the stream has to begin anew for another of its spatial layers.
    var isWaitingForSpatialLayer: Bool { layer != nil && rewriter.isWaitingForSpatialLayer }
    /// The same after the last burst, and whether it has just become so: a keyframe is to be asked for.
    private var wasWaitingForSpatialLayer = false
    var wantsKeyframe = false
    /// Keyframes in a row that were too old to go over to, and how much older than what is shown one may be.
    private var staleKeyframes = 0
    private static let longestStepBack = Interval.milliseconds(400)
    /// The same where nothing is shown: an old picture is better than none.
    private static let longestStepBackFromNothing = Interval.milliseconds(800)
    /// How late a frame may seem to be: nothing is waited for so long, and no path's delay falls by more.
    private static let lateness = Interval.seconds(-1)...Interval.seconds(10)

    /// Whether the receiver can be sent more than one frame of a picture. Deviation: without the dependency descriptor
    /// browsers take no more than one for each timestamp in AV1, although the units say where a frame ends.
    var takesSpatialLayers: Bool {
        codec?.codec != .av1 || section.extensions.id(for: .dependencyDescriptor) != nil
    }

    // MARK: What is on the slot

    /// Puts a publication on the slot, in the format `codec`; `nil` empties it.
    func assign(_ publication: Publication?, codec: NegotiatedCodec?) {
        if publication !== self.publication {
            wish = SlotWish()
            withheld = nil
        }
        self.publication = publication
        self.codec = codec
        isPaused = false
        isLettingGo = false
        layer = nil
        held = nil
        owed = []
        lastArrival = arrival(ofFrameAt: rewriter.frameTimestamp)
        lastLayer = nil
        target = nil
        lastReport = nil
        rewriter.clear()
        if let codec { rewriter.writer.use(codec, in: section) }
        if let publication { keepPictures(publication.playoutDelay) }
        selection = .all
    }

    /// Tells the receiver how long to keep pictures from now on, so that what their publisher repairs comes in time.
    func keepPictures(_ delay: Interval) {
        if kind == .video { rewriter.writer.playout.set(delay, after: rewriter.highest) }
    }

    /// Takes the highest number that the receiver has reported.
    func noteReported(_ number: SequenceNumber) {
        rewriter.writer.playout.noteReported(number, newest: rewriter.highest)
    }

    /// Begins anew under other keys; numbers and pictures run on.
    func rekey() { rewriter.rekey() }

    /// Follows a renegotiation. What flows goes on under the payload types that hold now.
    /// - Returns: whether the receiver can still take what is on the slot.
    func renegotiate(_ section: DownlinkSection) -> Bool {
        self.section = section
        guard let publication, codec != nil else { return true }
        guard let sent = layer?.codec ?? publication.layers.first?.codec ?? publication.section.codecs.first,
            let codec = section.codec(decoding: sent)
        else { return false }
        self.codec = codec
        rewriter.writer.use(codec, in: section)
        return true
    }

    /// Aims at a layer. What flows goes on until the layer's next keyframe. Returns whether a keyframe has to be asked for.
    func aim(at wanted: MediaLayer?) -> Bool {
        isPaused = false
        guard wanted !== target else { return false }
        target = wanted
        isLettingGo = false
        publication?.demandChanged = true
        return wanted != nil && wanted !== layer && kind == .video
    }

    /// Lets nothing flow any more; a frame that has begun goes out whole.
    func pause() {
        guard !isPaused else { return }
        isPaused = true
        target = nil
        publication?.demandChanged = true
        if kind == .audio || rewriter.isAtFrameEnd { stop() }
    }

    /// Lets go of the layer that flows as soon as a frame has ended, without waiting for the keyframe of the smaller one that
    /// shall follow: where the path carries much less than is sent, most of it is lost, and the keyframe would have to wait
    /// behind the rest or be lost with it.
    func letGo() {
        guard layer != nil, target !== layer else { return }
        isLettingGo = true
        if rewriter.isAtFrameEnd { stop() }
    }

    // MARK: The walk's last station

    /// Sends the receiver what came in of its publication: the packets of one batch, in their order.
    func forwardPending(of publication: Publication, into batch: EgressBatch, at now: Timestamp) {
        if isPaused { return endFrame(of: publication, into: batch, at: now) }
        if isLettingGo, rewriter.isAtFrameEnd { stop() }
        // Before anything is numbered: a keyframe that nobody could be sent must not count as the beginning.
        guard var outlet = peer.makeOutlet() else {
            // A stream that could not be sent for a while begins anew: its numbers must not run on unsent, or the
            // receiver's rollover counter would be left behind (RFC 3711 §3.3.1).
            stop()
            return peer.drops.count(.transportNotReady, by: UInt64(publication.pending.count))
        }
        if peer.isPaced, kind == .video {
            forwardPaced(publication, through: &outlet, into: batch, at: now)
        } else {
            unsafe publication.pending.withUnsafeBufferPointer { pending in
                unsafe forward(pending, of: publication, by: &rewriter, through: &outlet, into: batch, at: now)
            }
        }
        finish(outlet, into: batch, at: now)
    }

    /// Gives the outlet back after a burst.
    @inline(__always)
    func finish(_ outlet: Outlet, into batch: EgressBatch, at now: Timestamp) {
        let isWaiting = isWaitingForSpatialLayer
        if isWaiting, !wasWaitingForSpatialLayer { wantsKeyframe = true }
        wasWaitingForSpatialLayer = isWaiting
        if outlet.datagrams > 0 { meter.record(byteCount: outlet.bytes, packets: outlet.datagrams, at: now) }
        peer.takeBack(outlet, from: batch, at: now)
    }

    /// Sends what is left of the frame that had begun when the stream was paused; then it stops.
    private func endFrame(of publication: Publication, into batch: EgressBatch, at now: Timestamp) {
        var left = 0
        guard layer != nil else { return peer.drops.count(.paused, by: UInt64(publication.pending.count)) }
        if var outlet = peer.makeOutlet() {
            let frame = rewriter.frameTimestamp
            for place in publication.pending.indices {
                let pending = publication.pending[place]
                if holds(pending) { continue }
                guard layer != nil, !pending.isPadding, Int32(pending.packet.layer) == rewriter.flowing else {
                    left += 1
                    continue
                }
                guard pending.packet.header.timestamp.distance(from: frame) <= 0 else {
                    // The frame's end is lost.
                    stop()
                    left += 1
                    continue
                }
                let reason = unsafe rewriter.pass(
                    pending.packet, bytes: pending.bytes, through: &outlet, into: batch, at: now)
                if let reason { peer.drops.count(reason) }
                if rewriter.isAtFrameEnd { stop() }
            }
            peer.takeBack(outlet, from: batch, at: now)
        } else {
            stop()
            left = publication.pending.count
        }
        peer.drops.count(.paused, by: UInt64(left))
        publication.demandChanged = true
    }

    /// The burst. The rewriter is lent once for all of its packets: nothing in here may reach it through `self`.
    func forward(
        _ pending: UnsafeBufferPointer<PendingPacket>, of publication: Publication, by rewriter: inout EgressRewriter,
        through outlet: inout Outlet,
        into batch: EgressBatch, at now: Timestamp
    ) {
        for place in pending.indices {
            let reason: DropReason?
            if unsafe Int32(pending[place].packet.layer) != rewriter.flowing {
                reason = unsafe switchLayer(
                    at: pending[place], by: &rewriter, through: &outlet, into: batch, at: now)
            } else if unsafe pending[place].isPadding {
                unsafe rewriter.leaveOut(pending[place].packet.number)
                reason = nil
            } else if unsafe pending[place].packet.isKeyframeStart, kind == .video,
                unsafe rewriter.isRestart(at: pending[place].packet),
                let stream = publication.layer(serial: unsafe pending[place].packet.layer)
            {
                reason = unsafe restart(
                    at: pending[place], of: stream, by: &rewriter, through: &outlet, into: batch, at: now)
            } else {
                if unsafe pending[place].packet.endsSilence { rewriter.resume(at: unsafe pending[place].packet) }
                if unsafe pending[place].packet.dependency?.bringsStructure == true {
                    rewriter.adopt(publication.layer(serial: unsafe pending[place].packet.layer)?.structure)
                }
                reason = unsafe rewriter.pass(
                    pending[place].packet, bytes: pending[place].bytes, through: &outlet, into: batch, at: now)
            }
            if let reason { peer.drops.count(reason) }
        }
    }

    /// A packet of a layer that does not flow: the beginning of the one that shall, or nothing for this receiver.
    // Rare, and kept out of the loop over a burst, which is shorter without it.
    @inline(never)
    private func switchLayer(
        at pending: PendingPacket, by rewriter: inout EgressRewriter, through outlet: inout Outlet,
        into batch: EgressBatch, at now: Timestamp
    ) -> DropReason? {
        let packet = pending.packet
        // Who sees nothing yet takes the first keyframe of any layer that is not above the one aimed at; that one follows
        // when its keyframe comes.
        guard !pending.isPadding else { return nil }
        guard packet.layer == target?.serial || layer == nil else { return .notForwardedLayer }
        guard kind == .audio || packet.isKeyframeStart else {
            return layer == nil ? .waitingForKeyframe : .notForwardedLayer
        }
        guard let stream = publication?.layer(serial: packet.layer), stream.rank <= target?.rank ?? stream.rank else {
            return .notForwardedLayer
        }
        let step = step(
            to: packet, of: stream, from: rewriter.frameTimestamp, sent: rewriter.timestamps.latestTime, at: now)
        if kind == .video,
            isStale(rewriter.timestamps.lead(now: now, passed: step.passed, captureDistance: step.captured))
        {
            return .notForwardedLayer
        }
        layer = stream
        lastLayer = stream
        isLettingGo = false
        switches &+= 1
        lastReport = nil
        wantsReport = true
        publication?.demandChanged = true
        return begin(pending, of: stream, after: step, by: &rewriter, through: &outlet, into: batch, at: now)
    }

    /// Goes on with a keyframe of the layer that flows whose publisher has begun counting anew, as over a change of layer.
    // As `switchLayer`.
    @inline(never)
    func restart(
        at pending: PendingPacket, of stream: MediaLayer, by rewriter: inout EgressRewriter,
        through outlet: inout Outlet, into batch: EgressBatch, at now: Timestamp
    ) -> DropReason? {
        let step = step(
            to: pending.packet, of: stream, from: rewriter.frameTimestamp, sent: rewriter.timestamps.latestTime, at: now
        )
        return begin(pending, of: stream, after: step, by: &rewriter, through: &outlet, into: batch, at: now)
    }

    /// The time from the last frame that was sent to the one that a layer begins with.
    private struct Step {
        /// By when they came or would have come.
        var passed: Interval?
        /// By the publisher's clock.
        var captured: Interval?
    }

    /// The time from the last frame, with the publisher's timestamp `frame` and sent at `sent`, to `packet` of `stream`.
    private func step(
        to packet: MediaPacket, of stream: MediaLayer, from frame: RTPTimestamp, sent: Timestamp?, at now: Timestamp
    ) -> Step {
        Step(
            passed: timePassed(from: frame, sent: sent, to: packet, of: stream, at: now),
            captured: lastLayer.flatMap {
                stream.captureDistance(of: packet.header.timestamp, from: frame, of: $0, at: now)
            })
    }

    /// Sends the packet that a layer begins with, and what has overtaken it.
    private func begin(
        _ pending: PendingPacket, of stream: MediaLayer, after step: Step, by rewriter: inout EgressRewriter,
        through outlet: inout Outlet, into batch: EgressBatch, at now: Timestamp
    ) -> DropReason? {
        let packet = pending.packet
        rewriter.begin(
            packet, structure: stream.structure, passed: step.passed, captureDistance: step.captured, at: now)
        let reason = unsafe rewriter.pass(packet, bytes: pending.bytes, through: &outlet, into: batch, at: now)
        catchUp(with: stream, after: packet, by: &rewriter, through: &outlet, into: batch, at: now)
        return reason
    }

    /// When the last frame that was sent, with its publisher's `timestamp`, came or would have come, had it not been repaired.
    private func arrival(ofFrameAt timestamp: RTPTimestamp) -> Timestamp? {
        lastLayer.map { $0.arrival(of: timestamp) } ?? lastArrival
    }

    /// The time between the last frame, which was sent at `sent`, and one of `stream`, by when they came or would have come;
    /// `nil` where that is not known or makes no sense.
    private func timePassed(
        from frame: RTPTimestamp, sent: Timestamp?, to packet: MediaPacket, of stream: MediaLayer, at now: Timestamp
    ) -> Interval? {
        guard let sent, let last = arrival(ofFrameAt: frame),
            let next = stream.arrival(of: packet.header.timestamp), Self.lateness.contains(sent - last),
            Self.lateness.contains(now - next)
        else { return nil }
        return next - last
    }

    /// Whether a keyframe is too old to go over to: repaired long after its time, it would take the viewer back to what has
    /// been shown already. Another one is asked for, twice at most: the layer may always come so much later.
    private func isStale(_ lead: Interval) -> Bool {
        let longest = layer == nil ? Self.longestStepBackFromNothing : Self.longestStepBack
        guard lead > longest, staleKeyframes < 2 else {
            staleKeyframes = 0
            return false
        }
        staleKeyframes += 1
        wantsKeyframe = true
        return true
    }

    /// Nothing flows any more, until a keyframe or the next audio packet.
    func stop() {
        guard layer != nil else { return }
        layer = nil
        held = nil
        isLettingGo = false
        rewriter.stop()
    }

    /// Sends what overtook the first packet of a keyframe on its way here. It was refused when it came, and a receiver
    /// that asked for it would ask in vain.
    private func catchUp(
        with stream: MediaLayer, after first: MediaPacket, by rewriter: inout EgressRewriter,
        through outlet: inout Outlet, into batch: EgressBatch, at now: Timestamp
    ) {
        guard kind == .video, first.highestBefore > first.number else { return }
        let last = min(first.highestBefore, first.number.advanced(by: Self.longestCatchUp))
        var number = first.number.advanced(by: 1)
        while number <= last {
            if let stored = stream.history.find(number, at: now) {
                let reason = stream.history.withBytes(of: stored) { bytes -> DropReason? in
                    guard let packet = stream.reread(bytes, number: number) else { return .malformed }
                    return unsafe bytes.withUnsafeBufferPointer { bytes in
                        unsafe rewriter.pass(packet, bytes: bytes, through: &outlet, into: batch, at: now)
                    }
                }
                if let reason = reason ?? nil { peer.drops.count(reason) }
            }
            number = number.advanced(by: 1)
        }
        rewriter.noteCaughtUp(to: last)
    }
}
