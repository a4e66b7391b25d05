internal import Congestion
internal import Forwarding
internal import Negotiation
internal import RTP
internal import Wire

/// What a stream's RTP clock showed at a moment of the server's.
struct ClockReading {
    var time: Timestamp
    var timestamp: RTPTimestamp
}

/// One RTP stream of a publication as its receivers see it: a microphone, a camera, or one simulcast layer of it.
///
/// On the publisher's own worker an ``IngressStream`` feeds it; on another worker the queue from there does. Receivers
/// cannot tell the difference.
final class MediaLayer {
    let ssrc: SSRC
    let rid: String?
    /// Its place among the publication's layers, lowest first.
    let rank: Int
    /// Its number among the streams the publication has had. A layer that begins anew has its rank again, not its packets:
    /// what the egress index knows of the old stream must not be looked for in the new one.
    let serial: UInt8
    private(set) var codec: NegotiatedCodec
    unowned let publication: Publication
    /// What its publisher's packets go through first; `nil` on workers that only mirror it.
    private(set) weak var ingress: IngressStream?

    private(set) var history: PacketHistory
    private(set) var lastArrival: Timestamp?
    /// The highest number that came in.
    private(set) var highest: ExtendedSequenceNumber?
    /// The last sender report, which ties the stream's clock to its sender's; on the publisher's worker only.
    var reference: ReportReference?
    /// On a worker that mirrors it: what the stream's clock showed at a moment of the server's.
    var clockReading: ClockReading?
    /// On a worker that mirrors it: the bit rate, as its publisher's worker measures it in the ingress stream.
    private var mirrorMeter = BitrateMeter()
    /// The layers of the stream by its dependency descriptors.
    private(set) var structure: DependencyStructure?
    /// The packet that brought it last: what comes late may bring an older one.
    private var structureNumber: ExtendedSequenceNumber?
    /// The bit rates of the layers within the stream, if there are any.
    private var meters: LayerMeters?
    /// The shorter side of the picture in pixels, by the last keyframe; `nil` where those cannot be read.
    private(set) var height: Int?
    /// Whether the last packet came with redundancy (RFC 2198).
    private(set) var isRedundant = false
    /// Whether the last packet of sound was left out because others were louder, and the highest number that was not.
    private var isSilenced = false
    private var highestHeard: ExtendedSequenceNumber?
    /// Whether a receiver is sent the layer or waits for it, here or on a worker that mirrors it.
    var isWanted = false

    init(
        ssrc: SSRC, rid: String?, rank: Int, serial: UInt8, codec: NegotiatedCodec, publication: Publication
    ) {
        self.ssrc = ssrc
        self.rid = rid
        self.rank = rank
        self.serial = serial
        self.codec = codec
        self.publication = publication
        history = PacketHistory(codec.codec.kind == .audio ? .audio : .video)
    }

    func attach(_ stream: IngressStream) { ingress = stream }

    /// Follows a renegotiation in which the codec stayed and something about it changed, such as the payload type of its
    /// retransmissions. Another codec, or another number for it, shows in the packets.
    func renegotiate(_ section: UplinkSection) {
        guard let same = section.codecs.first(where: { $0.payloadType == codec.payloadType && $0.codec == codec.codec })
        else { return }
        codec = same
    }

    /// Takes whether a packet of sound is among the loudest of a large room. Returns whether it is forwarded, and marks it if
    /// it is the first one again.
    func passes(_ packet: inout MediaPacket, isAmongLoudest: Bool) -> Bool {
        // A silence ends with a packet that is in order: those that overtook one that is not have been left out.
        if isAmongLoudest, !isSilenced || packet.highestBefore <= packet.number {
            packet.endsSilence = isSilenced
            isSilenced = false
            highestHeard = max(highestHeard ?? packet.number, packet.number)
            return true
        }
        // What others overtook on its way here has its place among what was forwarded: without it there would be a hole.
        if let highestHeard, packet.number < highestHeard { return true }
        isSilenced = true
        return false
    }

    /// Whether packets came within `silence`.
    func isAlive(at now: Timestamp, silence: Interval) -> Bool {
        guard let lastArrival else { return false }
        return now - lastArrival <= silence
    }

    /// Keeps a packet for retransmission.
    @inline(__always)
    func keep(_ bytes: Span<UInt8>, number: ExtendedSequenceNumber, at now: Timestamp) {
        history.insert(bytes, number: number, at: now)
        if highest.map({ $0 < number }) ?? true { highest = number }
    }

    /// Notes a sign of life.
    func noteArrival(at now: Timestamp) { lastArrival = now }

    /// Counts a packet that another worker relayed.
    func recordRelayed(byteCount: Int, at now: Timestamp) { mirrorMeter.record(byteCount: byteCount, at: now) }

    /// Counts a packet for the layers within the stream that it is part of.
    func count(_ packet: MediaPacket, byteCount: Int, at now: Timestamp) {
        guard packet.isLayered else { return }
        if let frame = packet.dependency {
            meters?.record(frame, byteCount: byteCount, at: now)
        } else if packet.dependencyDescriptor.isEmpty {
            meters?.record(
                spatialID: packet.vp9?.frame.spatialID ?? 0, temporalID: packet.temporalID,
                isUpperReference: packet.vp9?.frame.isUpperReference ?? false, byteCount: byteCount, at: now)
        }
    }

    /// The bit rate of the last second, in bits a second.
    func bitsPerSecond(at now: Timestamp) -> UInt64 {
        ingress?.meter.bitsPerSecond(at: now) ?? mirrorMeter.bitsPerSecond(at: now)
    }

    /// Reads the size of the picture from the first packet of a keyframe, unless its dependency descriptor says it.
    func noteKeyframe(_ payload: Span<UInt8>) {
        if let size = structure?.resolutions.last {
            height = min(size.width, size.height)
        } else if codec.codec == .vp9, let descriptor = try? VP9Descriptor(parsing: payload) {
            let heights = descriptor.sizes(in: payload).map { min($0.width, $0.height) }
            guard let highest = heights.last, !heights.contains(0) else { return }
            height = highest
            meters?.note(heights: heights)
        } else if let size = FrameSize(keyframe: payload, codec: codec.codec) {
            height = min(size.width, size.height)
        }
    }

    /// What the stream's RTP clock shows at `time` by the server's clock; `nil` before the first sender report.
    ///
    /// Audio and video of one publisher are mapped by the same estimate of that publisher's clock, which is what keeps
    /// lips in step with words.
    func rtpTimestamp(at time: Timestamp) -> RTPTimestamp? {
        if let clock = publication.peer?.clock {
            return reference.flatMap { clock.rtpTimestamp(at: time, by: $0, clockRate: codec.clockRate) }
        }
        return clockReading.map { reading in
            let passed = (time - reading.time).ticks(at: codec.clockRate)
            return reading.timestamp.advanced(by: UInt32(truncatingIfNeeded: passed))
        }
    }

    /// The time between a frame of another layer of the same publication and one of this, by their publisher's clock
    /// (RFC 3550 §6.4.1), which needs no sender reports where both are of this layer; `nil` before they have come.
    func captureDistance(
        of timestamp: RTPTimestamp, from other: RTPTimestamp, of layer: MediaLayer, at now: Timestamp
    ) -> Interval? {
        if layer === self { return Interval(ticks: Int64(timestamp.distance(from: other)), at: codec.clockRate) }
        guard layer.publication === publication, let here = rtpTimestamp(at: now),
            let there = layer.rtpTimestamp(at: now)
        else { return nil }
        let ticks = Int64(there.distance(from: other)) - Int64(here.distance(from: timestamp))
        return Interval(ticks: ticks, at: codec.clockRate)
    }

    /// Reads what receivers need to know of a packet; `nil` if its payload is not what its type says.
    @inline(__always)
    func describe(
        _ bytes: Span<UInt8>, header: RTPHeader, number: ExtendedSequenceNumber, isReread: Bool = false
    ) -> MediaPacket? {
        var packet = MediaPacket(header: header, number: number, layer: serial)
        packet.readExtensions(in: bytes, map: publication.section.extensions)
        // Behind a dependency descriptor the payload may be anything.
        guard
            readPayload(bytes.extracting(header.payloadRange), of: &packet, isReread: isReread)
                || !packet.dependencyDescriptor.isEmpty
        else { return nil }
        if !packet.dependencyDescriptor.isEmpty { readDependencies(of: &packet, in: bytes, isReread: isReread) }
        if !isReread, meters == nil, packet.isLayered, packet.dependencyDescriptor.isEmpty {
            meters = LayerMeters(spatialLayers: codec.codec == .vp9 ? 4 : 1, temporalLayers: 4)
        }
        return packet
    }

    /// Reads the payload's descriptor. Returns false if it is malformed.
    @inline(__always)
    private func readPayload(_ payload: Span<UInt8>, of packet: inout MediaPacket, isReread: Bool) -> Bool {
        switch codec.codec {
        case .vp8:
            guard let descriptor = try? VP8Descriptor(parsing: payload) else { return false }
            packet.read(descriptor)
        case .vp9:
            guard let descriptor = try? VP9Descriptor(parsing: payload) else { return false }
            packet.read(descriptor)
        case .h264:
            guard let read = try? H264Payload(parsing: payload) else { break }
            packet.isKeyframeStart =
                read.hasSequenceParameterSet || read.startsIDRPicture && isFirstOfFrame(packet)
        default:
            packet.isKeyframeStart = isKeyframeStart(codec: codec.codec, payload: payload)
            return codec.codec != .opus || readRedundancy(of: &packet, payload, isReread: isReread)
        }
        return true
    }

    /// Whether the packet before this one is known to be of another frame. Behind parameter sets that are lost, or still on
    /// their way, an IDR picture is of no use to a decoder; once they come, everything behind them is caught up with.
    private func isFirstOfFrame(_ packet: MediaPacket) -> Bool {
        let before = packet.number.advanced(by: -1)
        guard let stored = history.find(before, at: lastArrival ?? .zero) else { return false }
        let timestamp = history.withBytes(of: stored) { RTPTimestamp($0.uint32(at: 4)) }
        return timestamp.map { $0 != packet.header.timestamp } ?? false
    }

    /// Finds the newest block of sound in a packet with redundancy. False if the blocks are not what was agreed on, or there
    /// is no newest one.
    private func readRedundancy(of packet: inout MediaPacket, _ payload: Span<UInt8>, isReread: Bool) -> Bool {
        let isRedundant = packet.header.payloadType != codec.payloadType
        if !isReread { self.isRedundant = isRedundant }
        guard isRedundant else { return true }
        guard let red = try? REDPayload(parsing: payload), red.isAll(codec.payloadType, in: payload),
            !red.primary.range.isEmpty
        else { return false }
        packet.redundancy = UInt16(truncatingIfNeeded: red.primary.range.lowerBound)
        return true
    }

    /// Reads the dependency descriptor. It says what is a keyframe even where the payload is encrypted from end to end, and
    /// layers are chosen by it.
    private func readDependencies(of packet: inout MediaPacket, in bytes: Span<UInt8>, isReread: Bool) {
        let element = bytes.extracting(packet.dependencyDescriptor)
        // Layers of VP8 are closed up over, which the numbers of descriptors cannot follow: its own are enough.
        let isNeeded = packet.vp8 == nil
        if !isNeeded { packet.dependencyDescriptor = 0..<0 }
        guard let descriptor = try? DependencyDescriptor(parsing: element, structure: structure) else { return }
        if !isReread, let brought = descriptor.structure, packet.number >= structureNumber ?? packet.number {
            structureNumber = packet.number
            if brought != structure, isNeeded { meters = LayerMeters(brought) }
            structure = brought
        }
        guard descriptor.structure ?? structure != nil else { return }
        packet.isKeyframeStart = descriptor.isKeyframeStart
        guard isNeeded else { return }
        packet.isLayered = true
        packet.dependency = DependencySelector.Frame(descriptor)
        packet.temporalID = 0
    }

    /// What each choice of layers within the stream costs; one where there are none.
    func rates(at now: Timestamp) -> [(target: LayerTarget, bitsPerSecond: UInt64, height: Int?)] {
        if let rates = meters?.rates(at: now), !rates.isEmpty { return rates }
        return [(.base, bitsPerSecond(at: now), nil)]
    }

    /// The shorter sides of the pictures of the spatial layers within the stream, lowest first, where it says them.
    var spatialHeights: [Int] { meters?.heights ?? [] }

    /// Whether there may be layers within the stream.
    var isLayered: Bool { meters != nil }

    /// Reads a stored packet again for a retransmission.
    func reread(_ bytes: Span<UInt8>, number: ExtendedSequenceNumber) -> MediaPacket? {
        guard let header = try? RTPHeader(parsing: bytes) else { return nil }
        return describe(bytes, header: header, number: number, isReread: true)
    }
}
