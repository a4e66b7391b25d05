public import RTP
public import Wire

/// What a synthetic source says of a packet beside its payload.
public struct SyntheticPacket: Sendable, Equatable {
    /// The sampling instant, the same for all packets of a frame.
    public var timestamp: RTPTimestamp
    /// Whether the RTP header has the marker bit: the last packet of a frame, the first of a talk spurt.
    public var marker: Bool
    /// Whether the packet begins a frame.
    public var startsFrame: Bool
    /// Whether it belongs to a keyframe; always true for sound.
    public var isKeyframe: Bool
    /// The frame's number, as in the mark.
    public var frame: UInt32
    /// How loud the sound is; `nil` for pictures.
    public var audioLevel: AudioLevel?
}
