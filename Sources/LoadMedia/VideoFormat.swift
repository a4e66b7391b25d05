public import RTP

/// Synthetic video of one kind: what an encoder would be told.
public struct VideoFormat: Sendable, Equatable {
    /// Whose payload format it has.
    public enum Codec: Sendable, Equatable, CaseIterable {
        /// VP8 (RFC 7741), every frame with a 15-bit picture id and TL0PICIDX.
        case vp8
        /// H.264 (RFC 6184), packetization mode 1, constrained baseline.
        case h264

        /// The codec as the formats module knows it.
        public var mediaCodec: MediaCodec {
            switch self {
            case .vp8: .vp8
            case .h264: .h264
            }
        }
    }

    /// How many bytes there are, and when.
    public enum Rate: Sendable, Equatable {
        /// As an encoder makes frames, and a pacer sends them.
        case encoder(bitsPerSecond: Int, framesPerSecond: Double)
        /// Packets of one size in bursts without pacing: for benchmarks. Every burst is a frame.
        case constant(packetsPerSecond: Int, payloadLength: Int, burst: Int)
    }

    /// Whose payload format it has.
    public var codec: Codec
    /// How many bytes there are, and when.
    public var rate: Rate
    /// The time between keyframes that nobody asked for, in seconds; `nil` for never.
    public var keyframeInterval: Double?
    /// The picture's width.
    public var width: UInt16
    /// The picture's height.
    public var height: UInt16
    /// The longest RTP payload.
    public var payloadLimit: Int

    /// What Chrome leaves for payload of its 1,200 bytes: 12 header, 24 extensions, 4 spare.
    public static let chromePayloadLimit = 1_160

    /// The shortest limit of a payload: below it the headers and the mark of a packet may have no room.
    public static let shortestPayload = VideoPackets.shortestPayload

    /// Makes a format from its parts; out-of-range values are taken to the nearest that works.
    public init(
        codec: Codec = .vp8, rate: Rate = .encoder(bitsPerSecond: 1_500_000, framesPerSecond: 30),
        keyframeInterval: Double? = nil, width: UInt16 = 1_280, height: UInt16 = 720,
        payloadLimit: Int = VideoFormat.chromePayloadLimit
    ) {
        self.codec = codec
        self.rate = rate
        self.keyframeInterval = keyframeInterval
        self.width = width
        self.height = height
        self.payloadLimit = min(max(payloadLimit, VideoPackets.shortestPayload), 9_000)
    }

    /// The three layers of a simulcast camera, lowest first, each with its `rid`: a quarter, half and full picture.
    ///
    /// Chrome gives the lower layers a third and a tenth of the highest one's rate (libwebrtc, simulcast.cc).
    public func simulcastLayers() -> [(rid: String, format: VideoFormat)] {
        [("q", 4, 10), ("h", 2, 3), ("f", 1, 1)].map { (rid: String, size: UInt16, share: Int) in
            var layer = self
            layer.width = width / size
            layer.height = height / size
            if case .encoder(let bits, let frames) = rate {
                layer.rate = .encoder(bitsPerSecond: bits / share, framesPerSecond: frames)
            }
            return (rid, layer)
        }
    }
}
