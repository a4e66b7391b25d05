internal import RTP
public import Wire

/// A camera and its encoder that nobody needs: valid RTP payloads of one video stream, or one simulcast layer, at the
/// times a browser would send them.
///
/// Sans-IO: ``begin(at:)`` once; then, whenever ``nextDue`` has come, ``nextPacket(at:into:)`` until it says `nil`.
/// A ``MediaMark`` in every packet lets ``StreamVerifier`` check what a relay made of it. The caller numbers the packets.
public struct SyntheticVideo: Sendable {
    /// What it makes.
    public let format: VideoFormat
    /// Which stream the marks say it is.
    public let stream: MediaMark.StreamID
    /// The simulcast layer the marks say it is.
    public let layer: UInt8
    /// Frames made so far.
    public private(set) var frames: UInt64 = 0
    /// Keyframes among them.
    public private(set) var keyframes: UInt64 = 0
    /// Frames that were left out because the caller came too late for them.
    public private(set) var skippedFrames: UInt64 = 0

    private let firstTimestamp: RTPTimestamp
    private let parameterSets: H264ParameterSets
    private var sizes: FrameSizes
    private var pacer: BurstPacer
    private var queue: [VideoPackets] = []
    private var began: Timestamp?
    private var ticks: Int64 = 0
    private var pictureID: UInt16
    private var tl0PictureIndex: UInt8
    private var isKeyframeWanted = true
    private var lastKeyframe: Timestamp?
    private var isPaused = false

    /// libwebrtc answers keyframe requests no faster.
    private static let shortestKeyframeInterval = Interval.milliseconds(300)
    /// A frame later than this is left out.
    private static let longestDelay = Interval.milliseconds(500)
    /// A pacer with more frames than this in its queue has an encoder that drops frames.
    private static let longestQueue = 30

    /// Makes a source; what it does follows from the arguments alone.
    public init(_ format: VideoFormat, stream: MediaMark.StreamID, layer: UInt8 = 0, seed: UInt64) {
        self.format = format
        self.stream = stream
        self.layer = layer
        var generator = SeededGenerator(seed: seed)
        firstTimestamp = RTPTimestamp(UInt32(truncatingIfNeeded: generator.next()))
        pictureID = UInt16(truncatingIfNeeded: generator.next()) & 0x7FFF
        tl0PictureIndex = UInt8(truncatingIfNeeded: generator.next())
        parameterSets = H264ParameterSets(width: format.width, height: format.height)
        var bitrate: Int?
        if case .encoder(let bits, _) = format.rate { bitrate = max(bits, 1) }
        sizes = FrameSizes(bitrate: bitrate ?? 0, frameRate: Self.frameRate(of: format), generator: generator)
        pacer = BurstPacer(bitrate: bitrate)
    }

    /// Starts the camera: the first frame is due at once, and is a keyframe.
    public mutating func begin(at now: Timestamp) {
        began = now
        ticks = 0
        isKeyframeWanted = true
    }

    /// When ``nextPacket(at:into:)`` has something to say next; the distant future before it began.
    public var nextDue: Timestamp {
        guard began != nil, !isPaused else { return .distantFuture }
        guard let waiting = queue.first else { return nextFrame }
        return min(nextFrame, pacer.nextTick ?? waiting.captured)
    }

    /// Makes the next frame a keyframe, though not within 300 ms of the last one.
    public mutating func requestKeyframe() { isKeyframeWanted = true }

    /// Takes another rate from the next frame on; of no effect on packets of constant size.
    public mutating func setBitrate(_ bitsPerSecond: Int) {
        guard case .encoder = format.rate else { return }
        sizes.bitrate = max(bitsPerSecond, 1)
        pacer.bitrate = max(bitsPerSecond, 1)
    }

    /// Stops making frames and drops those that wait.
    public mutating func pause() {
        isPaused = true
        queue.removeAll()
    }

    /// Goes on with a keyframe; RTP time went on meanwhile.
    public mutating func resume(at now: Timestamp) {
        guard isPaused, began != nil else { return }
        isPaused = false
        isKeyframeWanted = true
        while nextFrame < now { ticks += 1 }
    }

    /// Replaces `payload` by the next packet's that is due; `nil` when nothing is.
    ///
    /// The packet counts as sent at `now`.
    public mutating func nextPacket(at now: Timestamp, into payload: inout [UInt8]) -> SyntheticPacket? {
        makeFrames(until: now)
        guard !isPaused, !queue.isEmpty, pacer.mayBegin(at: now) else { return nil }
        payload.removeAll(keepingCapacity: true)
        let place = queue[0].append(to: &payload, stream: stream, layer: layer, at: now)
        let packets = queue[0]
        if packets.isDone { queue.removeFirst() }
        pacer.spend(payload.count)
        return SyntheticPacket(
            timestamp: timestamp(at: packets.captured), marker: place.last, startsFrame: place.first,
            isKeyframe: packets.isKeyframe, frame: packets.frame, audioLevel: nil)
    }

    /// The rate of frames that a format stands for.
    static func frameRate(of format: VideoFormat) -> Double {
        switch format.rate {
        case .encoder(_, let frames): min(max(frames, 0.1), 1_000)
        case .constant(let packets, _, let burst): min(max(Double(packets) / Double(max(burst, 1)), 0.1), 100_000)
        }
    }

    private var nextFrame: Timestamp {
        guard let began else { return .distantFuture }
        return began + Interval(nanoseconds: Int64(Double(ticks) / Self.frameRate(of: format) * 1e9))
    }

    private func timestamp(at time: Timestamp) -> RTPTimestamp {
        guard let began else { return firstTimestamp }
        return firstTimestamp.advanced(
            by: UInt32(truncatingIfNeeded: MediaClock.ticks((time - began), rate: MediaClock.video)))
    }

    private mutating func makeFrames(until now: Timestamp) {
        guard !isPaused else { return }
        while nextFrame <= now {
            let captured = nextFrame
            ticks += 1
            if now - captured > Self.longestDelay || queue.count >= Self.longestQueue {
                skippedFrames += 1
            } else {
                makeFrame(captured: captured)
            }
        }
    }

    private mutating func makeFrame(captured: Timestamp) {
        let isKeyframe = takeKeyframeWanted(at: captured)
        var limit = format.payloadLimit
        let size: Int
        if case .constant(_, let length, let burst) = format.rate {
            limit = min(max(length, VideoPackets.shortestPayload), 9_000)
            size = (limit - descriptorLength) * max(burst, 1)
        } else {
            size = sizes.next(isKeyframe: isKeyframe, floor: VideoPackets.shortestPayload)
        }
        if frames > 0 {
            pictureID = (pictureID &+ 1) & 0x7FFF
            tl0PictureIndex &+= 1
        }
        let headers: any CodecHeaders
        switch format.codec {
        case .vp8:
            headers = VP8Headers(
                pictureID: pictureID, tl0PictureIndex: tl0PictureIndex, isKeyframe: isKeyframe,
                width: format.width, height: format.height, frameSize: size)
        case .h264:
            headers = H264Headers(
                isKeyframe: isKeyframe, isFragmented: size > limit - descriptorLength, parameterSets: parameterSets)
        }
        queue.append(
            VideoPackets(
                frame: UInt32(truncatingIfNeeded: frames), isKeyframe: isKeyframe, captured: captured, size: size,
                payloadLimit: limit, headers: headers))
        frames += 1
        if isKeyframe { keyframes += 1 }
    }

    private var descriptorLength: Int { format.codec == .vp8 ? 6 : 2 }

    private mutating func takeKeyframeWanted(at captured: Timestamp) -> Bool {
        if let last = lastKeyframe {
            let isDue = format.keyframeInterval.map { (captured - last).seconds >= $0 } ?? false
            guard isDue || isKeyframeWanted && captured - last >= Self.shortestKeyframeInterval else { return false }
        }
        isKeyframeWanted = false
        lastKeyframe = captured
        return true
    }
}
