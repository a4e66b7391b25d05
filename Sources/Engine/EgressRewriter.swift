internal import Forwarding
internal import Negotiation
internal import RTP
internal import Wire

/// Everything that counts on from one packet of a receive slot to the next: numbers, time, pictures, layers. What the packets
/// look like is its ``PacketWriter``'s.
///
/// A plain value with all that the walk reads and writes for each packet and receiver, in one piece of memory; the
/// objects around it are looked at once a burst.
struct EgressRewriter {
    private let isVideo: Bool
    var writer: PacketWriter
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
    private(set) var index: EgressIndex
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

    init(section: DownlinkSection, using generator: inout some RandomNumberGenerator) {
        isVideo = section.kind == .video
        sequence = SequenceMunger(using: &generator)
        timestamps = TimestampMunger(
            clockRate: section.kind == .audio ? 48_000 : 90_000,
            first: RTPTimestamp(UInt32.random(in: 0...UInt32.max, using: &generator)),
            minimumStep: section.kind == .audio ? 960 : nil)
        writer = PacketWriter(section: section, using: &generator)
        index = EgressIndex(capacity: section.kind == .audio ? 256 : 1_024)
    }

    // MARK: What is on the slot

    /// Stops what flows, and forgets how its packets were made.
    mutating func clear() {
        stop()
        index.removeAll()
        writer.forget()
    }

    /// Other keys hold from now on. Sequence numbers run on.
    mutating func rekey() { writer.rekey(after: highest) }

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
        writer.structure = nil
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
        writer.structure = structure
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
        var layering = PacketWriter.Layering(marker: packet.header.marker || marksNext)
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
        return unsafe writer.write(
            packet, bytes: bytes, number: number, timestamp: timestamp, patch: patch, layering: layering, original: nil,
            through: &outlet, into: batch, at: now)
    }

    /// Whether a packet is part of the layers that this receiver is sent, and what their choice changes in it.
    @inline(__always)
    private mutating func admits(_ packet: MediaPacket, layering: inout PacketWriter.Layering) -> Bool {
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
        if packet.vp9 != nil, packet.number > packet.highestBefore.advanced(by: 1) { spatial.noteGap() }
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
        guard case .forward(let number) = sequence.forward(packet.number),
            writer.fill(
                number, timestamp: timestamps.map(packet.header.timestamp), through: &outlet, into: batch)
        else { return }
        index.record(
            number,
            EgressIndex.Entry(
                ingress: packet.number, timestampOffset: timestamps.offset, source: packet.layer,
                flags: EgressIndex.Entry.filler))
    }

    // MARK: Retransmission

    /// Decides on one sequence number of a NACK (RFC 4585 §6.2.1).
    mutating func request(_ wanted: SequenceNumber, at now: Timestamp, roundTrip: Interval?) -> EgressIndex.Verdict {
        index.request(wanted, at: now, roundTripTime: roundTrip)
    }

    /// Whether a keyframe has been sent since the packet `number`, so that a receiver can do without it.
    func isBeforeKeyframe(_ number: SequenceNumber) -> Bool {
        guard let keyframe, let extended = index.extend(number) else { return false }
        return extended < keyframe
    }

    /// How a packet was made that was sent, if that is still known.
    func entry(for wanted: SequenceNumber) -> EgressIndex.Entry? {
        index.extend(wanted).flatMap { index.entry(for: $0) }
    }

    /// Sends a stored packet again over RTX.
    mutating func resend(
        _ packet: MediaPacket, bytes: UnsafeBufferPointer<UInt8>, made entry: EgressIndex.Entry,
        as wanted: SequenceNumber, for purpose: PacketWriter.Purpose, through outlet: inout Outlet,
        into batch: EgressBatch,
        at now: Timestamp
    ) -> DropReason? {
        guard let number = index.extend(wanted) else { return .notInHistory }
        var layering = PacketWriter.Layering(marker: entry.flags & EgressIndex.Entry.marked != 0)
        if !packet.dependencyDescriptor.isEmpty {
            layering.frameOffset = frameNumbers.offset(of: entry.source, packet: entry.ingress) ?? frameNumbers.offset
            layering.templateOffset =
                frameNumbers.templateOffset(of: entry.source, packet: entry.ingress) ?? frameNumbers.templateOffset
        }
        if let frame = packet.dependency, Int32(entry.source) == flowing {
            layering.activeTargets = dependencies.announcement(with: frame)
        }
        return unsafe writer.rewrite(
            packet, bytes: bytes, number: number,
            timestamp: packet.header.timestamp.advanced(by: entry.timestampOffset), patch: entry.picture,
            layering: layering, for: purpose, through: &outlet, into: batch, at: now)
    }

    /// Sends a packet without content again over RTX.
    mutating func refill(
        _ wanted: SequenceNumber, for purpose: PacketWriter.Purpose, through outlet: inout Outlet,
        into batch: EgressBatch
    ) -> DropReason? {
        // Whatever moment it says it is of: it is never shown.
        writer.refill(wanted, timestamp: timestamps.latest, for: purpose, through: &outlet, into: batch)
    }

    /// Sends padding on the retransmission stream.
    /// - Parameter count: Bytes of padding, 1 to 255.
    mutating func pad(_ count: UInt8, through outlet: inout Outlet, into batch: EgressBatch, at now: Timestamp) -> Bool
    {
        writer.pad(count, timestamp: timestamps.latest, through: &outlet, into: batch, at: now)
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
