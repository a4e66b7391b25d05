internal import RTP
public import Wire

/// A microphone and its encoder: Opus packets of 20 ms with valid TOC bytes (RFC 6716 §3.1), marks inside.
///
/// Used like ``SyntheticVideo``. Whoever it is talks in spurts, so levels go up and down; with discontinuous
/// transmission a pause is one packet of comfort noise every 400 ms, as libwebrtc sends it.
public struct SyntheticAudio: Sendable {
    /// What an encoder would be told.
    public struct Format: Sendable, Equatable {
        /// Bits a second while somebody talks.
        public var bitrate: Int
        /// Whether pauses are left out.
        public var hasDTX: Bool
        /// Makes a format from its parts.
        public init(bitrate: Int = 32_000, hasDTX: Bool = false) {
            self.bitrate = bitrate
            self.hasDTX = hasDTX
        }
    }

    /// What it makes.
    public let format: Format
    /// Which stream the marks say it is.
    public let stream: MediaMark.StreamID
    /// Packets made so far.
    public private(set) var packets: UInt64 = 0
    /// Packets that were left out because the caller came too late for them.
    public private(set) var skippedPackets: UInt64 = 0

    private let firstTimestamp: RTPTimestamp
    private var began: Timestamp?
    private var slots: Int64 = 0
    private var frame: UInt32 = 0
    private var generator: SeededGenerator
    private var isTalking = true
    private var slotsLeft = 0
    private var silentSlots = 0
    private var isFirstOfSpurt = true

    private static let packetTime = Interval.milliseconds(20)
    private static let longestDelay = Interval.milliseconds(500)
    /// CELT-only, fullband, 20 ms, mono, one frame (RFC 6716 §3.1: configuration 31, s 0, c 0).
    private static let toc: UInt8 = 31 << 3
    /// One comfort noise packet for 20 slots.
    private static let comfortSlots = 20

    /// Makes a source; what it does follows from the arguments alone.
    public init(_ format: Format = Format(), stream: MediaMark.StreamID, seed: UInt64) {
        self.format = format
        self.stream = stream
        generator = SeededGenerator(seed: seed)
        firstTimestamp = RTPTimestamp(UInt32(truncatingIfNeeded: generator.next()))
    }

    /// Starts the microphone: the first packet is due at once.
    public mutating func begin(at now: Timestamp) {
        began = now
        slots = 0
    }

    /// When ``nextPacket(at:into:)`` has something to say next; the distant future before it began.
    public var nextDue: Timestamp {
        guard let began else { return .distantFuture }
        return began + Self.packetTime * slots
    }

    /// Replaces `payload` by the next packet's that is due; `nil` when nothing is.
    public mutating func nextPacket(at now: Timestamp, into payload: inout [UInt8]) -> SyntheticPacket? {
        while nextDue <= now {
            let due = nextDue
            let slot = slots
            slots += 1
            if now - due > Self.longestDelay {
                skippedPackets += 1
                continue
            }
            advanceSpeech()
            guard let level = nextLevel() else { continue }
            let timestamp = firstTimestamp.advanced(by: UInt32(truncatingIfNeeded: slot &* 960))
            return makePacket(timestamp, level, at: now, into: &payload)
        }
        return nil
    }

    /// Spurts of 1 to 5 seconds, pauses of 0.4 to 3.
    private mutating func advanceSpeech() {
        if slotsLeft > 0 {
            slotsLeft -= 1
            return
        }
        if packets > 0 { isTalking.toggle() }
        slotsLeft =
            isTalking ? Int.random(in: 50...250, using: &generator) : Int.random(in: 20...150, using: &generator)
        silentSlots = 0
        if isTalking { isFirstOfSpurt = true }
    }

    /// The level of the packet of this slot; `nil` when it has none.
    private mutating func nextLevel() -> AudioLevel? {
        if isTalking {
            return AudioLevel(isVoice: true, decibelsBelowOverload: UInt8(25 + 10 * generator.unit()))
        }
        silentSlots += 1
        if format.hasDTX, silentSlots % Self.comfortSlots != 1 { return nil }
        return AudioLevel(isVoice: false, decibelsBelowOverload: UInt8(70 + 20 * generator.unit()))
    }

    private mutating func makePacket(
        _ timestamp: RTPTimestamp, _ level: AudioLevel, at now: Timestamp, into payload: inout [UInt8]
    ) -> SyntheticPacket {
        payload.removeAll(keepingCapacity: true)
        payload.append(Self.toc)
        let isComfort = format.hasDTX && !isTalking
        if !isComfort {
            // Opus varies by about a fifth around its mean.
            let mean = Double(max(format.bitrate, 6_000)) / 8 * Self.packetTime.seconds
            let size = min(max(Int(mean * (1 + 0.2 * generator.normal())), MediaMark.length + 1), 1_100)
            MediaMark(
                stream: stream, layer: 0, frame: frame, reference: frame, packet: 0, packets: 1, isKeyframe: true,
                sent: now
            ).append(to: &payload, count: size - 1)
        }
        let number = frame
        if !isComfort { frame &+= 1 }
        packets += 1
        let marker = isTalking && isFirstOfSpurt
        if isTalking { isFirstOfSpurt = false }
        return SyntheticPacket(
            timestamp: timestamp, marker: marker, startsFrame: true, isKeyframe: true, frame: number, audioLevel: level)
    }
}
