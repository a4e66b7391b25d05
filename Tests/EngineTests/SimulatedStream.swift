import Negotiation
import RTP
import SRTP
import Wire

/// One RTP stream that a simulated client sends: a microphone, a camera, or one layer of a camera.
final class SimulatedStream {
    /// A packet as it has to be sent, before header extensions and encryption.
    struct Packet {
        var marker: Bool
        var timestamp: RTPTimestamp
        var payload: [UInt8]
        /// The dependency descriptor, of layered streams.
        var dependencies: [UInt8] = []
        /// Where it is not the codec's own.
        var payloadType: PayloadType?
        /// How loud it is, in dB below overload.
        var level: UInt8?
    }

    let source: UInt32
    let mid: String
    let rank: UInt8
    let rid: String?
    let ssrc: SSRC
    let rtxSSRC: SSRC?
    var codec: NegotiatedCodec
    /// How loud it is at a moment, in dB below overload; `nil` for a packet that does not say.
    var level: (Timestamp) -> UInt8? = { _ in 30 }
    /// Whether a frame is sent at a moment: discontinuous transmission leaves most of a silence out.
    var isTransmitting: (Timestamp) -> Bool = { _ in true }
    /// Whether frames are made at all: layers come and go with a sender's bandwidth.
    var isActive = true
    /// Whether its sender was told that nobody would show it, and stopped for that.
    private(set) var rests = false
    var wantsKeyframe = true
    /// MID and RID are sent until a receiver report shows that the SSRC is known (RFC 9143 §9.2).
    var isReported = false
    /// The same for its retransmissions.
    var isRepairReported = false
    var number: ExtendedSequenceNumber
    var rtxNumber: ExtendedSequenceNumber
    var srtp: SRTPSendStream
    var rtx: SRTPSendStream?
    private(set) var frames: UInt32
    private(set) var keyframes = 0
    private(set) var packets: UInt32 = 0
    private(set) var octets: UInt32 = 0
    var retransmitted = 0
    /// When a keyframe was asked for.
    var keyframeRequests: [Timestamp] = []
    /// Sequence numbers that were asked for again.
    var nacked = 0
    var history: [UInt16: Packet] = [:]
    /// What was sent under a number, for a sender without RTX.
    var ciphertexts: [UInt16: [UInt8]] = [:]
    private var pictureID: UInt16
    private var tl0: UInt8
    private var keyIndex: UInt8
    /// The frame's place in the pattern of temporal layers, 0 for a keyframe.
    private var place = 0
    private let firstTimestamp: UInt32
    /// What is added to the numbers of frames in dependency descriptors.
    private var frameNumberShift: UInt16 = 0
    var shape: Shape

    /// The last blocks of sound, oldest first.
    private var blocks: [(timestamp: RTPTimestamp, bytes: [UInt8])] = []

    /// How large frames are.
    struct Shape {
        var keyframePackets = 12
        var framePackets = 1...4
        var payload = 64
        /// Whether the packets of a frame's second half are a byte longer, as where a browser splits one.
        var hasLongerEnd = false
        /// The picture's height, as VP8's keyframes say it.
        var height = 180
        var temporalLayers = 1
        /// What makes layers within the stream, in any codec but VP8.
        var encoder: LayeredEncoder?
        /// Bytes of media in each packet of the layers within the stream, lowest first, where they are not all the same.
        var spatialPayloads: [Int] = []
        /// Older blocks of sound in front of each (RFC 2198).
        var redundantBlocks = 0
    }

    init(
        source: UInt32,
        mid: String,
        rank: UInt8 = 0,
        rid: String? = nil,
        ssrc: SSRC,
        rtxSSRC: SSRC?,
        codec: NegotiatedCodec,
        shape: Shape = Shape(),
        firstFrame: UInt32 = 0,
        using generator: inout SeededGenerator
    ) {
        self.source = source
        self.mid = mid
        self.rank = rank
        self.rid = rid
        self.ssrc = ssrc
        self.rtxSSRC = rtxSSRC
        self.codec = codec
        self.shape = shape
        frames = firstFrame
        // Near a wrap-around as often as not. SRTP wants the first number in the lower half (RFC 3711
        // §3.3.1).
        number = ExtendedSequenceNumber(
            Bool.random(using: &generator)
                ? UInt64.random(in: 32_600...32_767, using: &generator)
                : UInt64.random(in: 1...32_767, using: &generator)
        )
        rtxNumber = ExtendedSequenceNumber(UInt64.random(in: 1...32_767, using: &generator))
        srtp = SRTPSendStream(ssrc: ssrc)
        rtx = rtxSSRC.map { SRTPSendStream(ssrc: $0) }
        pictureID = UInt16.random(
            in: Bool.random(using: &generator) ? 0x7FE0...0x7FFF : 0...0x7FFF,
            using: &generator
        )
        tl0 = UInt8.random(in: 0...255, using: &generator)
        keyIndex = UInt8.random(in: 0...31, using: &generator)
        firstTimestamp =
            Bool.random(using: &generator)
            ? UInt32.max - UInt32.random(in: 0...90_000, using: &generator)
            : UInt32.random(in: 0...UInt32.max, using: &generator)
    }

    var kind: MediaKind { codec.codec.kind }

    /// What the stream's RTP clock shows at `time`.
    func timestamp(at time: Timestamp) -> RTPTimestamp {
        let ticks = Int64((Double(time.nanoseconds) * Double(codec.clockRate) / 1e9).rounded())
        return RTPTimestamp(firstTimestamp &+ UInt32(truncatingIfNeeded: ticks))
    }

    /// Whether a frame is sent that was captured at a moment.
    func isSending(at capture: Timestamp) -> Bool { isActive && !rests && isTransmitting(capture) }

    /// Stops, or goes on with a keyframe.
    func rest(_ rests: Bool) {
        if self.rests, !rests { wantsKeyframe = true }
        self.rests = rests
    }

    /// Begins to count pictures and frames anew, with a keyframe, as an encoder that was taken for another does.
    func restartNumbers(using generator: inout SeededGenerator) {
        wantsKeyframe = true
        // Far away in either direction.
        pictureID = (pictureID &+ UInt16.random(in: 2_000...30_000, using: &generator)) & 0x7FFF
        tl0 = UInt8.random(in: 0...255, using: &generator)
        keyIndex = UInt8.random(in: 0...31, using: &generator)
        frameNumberShift &+= UInt16.random(in: 2_000...63_000, using: &generator)
    }

    /// The packets of the next frame, captured at `capture`.
    func makeFrame(capture: Timestamp, using generator: inout SeededGenerator) -> [Packet] {
        let isKeyframe = kind == .audio || wantsKeyframe
        let count: Int
        if kind == .audio {
            count = 1
        } else if isKeyframe {
            count = shape.keyframePackets
            wantsKeyframe = false
            keyframes += 1
            keyIndex = (keyIndex &+ 1) & 31
        } else {
            count = Int.random(in: shape.framePackets, using: &generator)
        }
        pictureID = (pictureID &+ 1) & 0x7FFF
        if let encoder = shape.encoder, kind == .video, codec.codec != .vp8 {
            return makePicture(by: encoder, capture: capture, isKeyframe: isKeyframe, packets: count)
        }
        place = isKeyframe ? 0 : (place + 1) % 4
        // T0 refers to the T0 before it, the first T2 and T1 to T0, the last T2 to T1.
        let temporalID: UInt8 = shape.temporalLayers == 3 ? [0, 2, 1, 2][place] : 0
        let distance: UInt32 = shape.temporalLayers == 3 ? [4, 1, 2, 1][place] : 1
        if temporalID == 0 { tl0 &+= 1 }
        let layers = temporalID << 6 | (temporalID > 0 && place != 3 ? 0x20 : 0)
        defer { frames += 1 }
        return (0..<count).map { place in
            let content = FramePayload(
                source: source,
                layer: rank,
                frame: frames,
                packet: UInt16(place),
                packets: UInt16(count),
                isKeyframe: isKeyframe,
                capture: capture.nanoseconds,
                reference: frames &- distance
            )
            let head = descriptor(place: place, of: count, isKeyframe: isKeyframe, layers: layers)
            return Packet(
                marker: kind == .video && place == count - 1,
                timestamp: timestamp(at: capture),
                payload: head + content.bytes(count: shape.payload + (shape.hasLongerEnd && 2 * place >= count ? 1 : 0))
            )
        }.map { finish($0, capture: capture) }
    }

    /// Says how loud a packet of sound is, and puts the blocks before in front of it (RFC 2198 §3).
    private func finish(_ packet: Packet, capture: Timestamp) -> Packet {
        guard kind == .audio else { return packet }
        var packet = packet
        packet.level = level(capture)
        defer { blocks = Array((blocks + [(packet.timestamp, packet.payload)]).suffix(4)) }
        guard shape.redundantBlocks > 0, let redundancy = codec.redundancy else { return packet }
        // The distance has 14 bits.
        let older = blocks.suffix(shape.redundantBlocks).filter {
            packet.timestamp.distance(from: $0.timestamp) < 1 << 14
        }
        let type = codec.payloadType.rawValue
        var result = packet
        result.payloadType = redundancy.payloadType
        result.payload = []
        for block in older {
            let distance = UInt32(bitPattern: packet.timestamp.distance(from: block.timestamp))
            let word = distance << 10 | UInt32(block.bytes.count)
            result.payload += [0x80 | type, UInt8(word >> 16), UInt8(word >> 8 & 0xFF), UInt8(word & 0xFF)]
        }
        result.payload.append(type)
        for block in older { result.payload += block.bytes }
        result.payload += packet.payload
        return result
    }

    /// The packets of a picture of several layers.
    private func makePicture(
        by encoder: LayeredEncoder, capture: Timestamp, isKeyframe: Bool, packets count: Int
    ) -> [Packet] {
        place = isKeyframe ? 0 : place + 1
        let layers = encoder.picture(place, isKeyframe: isKeyframe)
        if layers.first?.temporalID == 0 { tl0 &+= 1 }
        var result: [Packet] = []
        for frame in layers {
            for index in 0..<count {
                let (isFirst, isLast) = (index == 0, index == count - 1)
                let content = FramePayload(
                    source: source, layer: rank, frame: frames, packet: UInt16(index), packets: UInt16(count),
                    isKeyframe: isKeyframe && frame.spatialID == 0, capture: capture.nanoseconds,
                    reference: frames &- UInt32(frame.difference ?? 1), lower: frame.refersToLower ? frames &- 1 : nil)
                let head =
                    codec.codec == .vp9
                    ? encoder.payloadDescriptor(of: frame, pictureID: pictureID, tl0: tl0, isFirst: isFirst, isLast: isLast)
                    : []
                result.append(
                    Packet(
                        marker: frame.spatialID == encoder.spatialLayers - 1 && isLast, timestamp: timestamp(at: capture),
                        payload: head
                            + content.bytes(
                                count: shape.spatialPayloads.isEmpty
                                    ? shape.payload : shape.spatialPayloads[frame.spatialID]),
                        dependencies: encoder.descriptor(
                            of: frame, number: UInt16(truncatingIfNeeded: frames) &+ frameNumberShift,
                            isFirst: isFirst, isLast: isLast)))
            }
            frames += 1
        }
        return result
    }

    private func descriptor(place: Int, of count: Int, isKeyframe: Bool, layers: UInt8) -> [UInt8] {
        switch codec.codec {
        case .vp8:
            // X and S; I, L, T and K; then the fields and the first byte of VP8's own header, whose lowest
            // bit is "no key".
            let first: UInt8 = place == 0 ? 0x90 : 0x80
            let descriptor = [
                first, 0xF0, UInt8(pictureID >> 8) | 0x80, UInt8(truncatingIfNeeded: pictureID), tl0,
                layers | keyIndex,
            ]
            guard isKeyframe, place == 0 else { return descriptor + [isKeyframe ? 0x10 : 0x11] }
            let width = shape.height * 16 / 9
            return descriptor + [
                0x10, 0, 0, 0x9D, 0x01, 0x2A, UInt8(width & 0xFF), UInt8(width >> 8), UInt8(shape.height & 0xFF),
                UInt8(shape.height >> 8),
            ]
        case .vp9:
            // P, B and E.
            return [(isKeyframe ? 0 : 0x40) | (place == 0 ? 0x08 : 0) | (place == count - 1 ? 0x04 : 0)]
        case .h264:
            // One NAL unit a packet: a sequence parameter set begins a keyframe, the rest are slices, the first of which says
            // so by the bit behind its header.
            return isKeyframe ? (place == 0 ? [0x67, 0x42] : [0x65, place == 1 ? 0x88 : 0x08]) : [0x41, 0x9A]
        default:
            return []
        }
    }

    func noteSent(_ packet: Packet) {
        packets &+= 1
        octets &+= UInt32(packet.payload.count)
    }

    /// What is sent for a NACK is forgotten after so many packets.
    static let historyLength: UInt16 = 600

    func keep(_ packet: Packet, ciphertext: [UInt8], number: SequenceNumber) {
        history[number.rawValue] = packet
        ciphertexts[number.rawValue] = ciphertext
        history[number.rawValue &- Self.historyLength] = nil
        ciphertexts[number.rawValue &- Self.historyLength] = nil
    }
}
