/// What a media stream carries.
public enum MediaKind: UInt8, Sendable, CaseIterable {
    /// Sound.
    case audio
    /// Camera or screen.
    case video
}

/// A codec whose RTP payload format this server understands well enough to forward.
public enum MediaCodec: UInt8, Sendable, CaseIterable {
    /// Opus (RFC 7587).
    case opus
    /// Redundant audio around Opus (RFC 2198).
    case red
    /// VP8 (RFC 7741).
    case vp8
    /// VP9 (RFC 9628).
    case vp9
    /// H.264 (RFC 6184).
    case h264
    /// AV1 (AOM "RTP Payload Format For AV1").
    case av1

    /// The codec of an `a=rtpmap` encoding name, compared without regard to case; `nil` if it is not
    /// understood.
    public init?(encodingName: some StringProtocol) {
        let name = encodingName.lowercased()
        guard let codec = Self.allCases.first(where: { $0.encodingName.lowercased() == name }) else {
            return nil
        }
        self = codec
    }

    /// Whether it carries sound or pictures.
    @inlinable
    public var kind: MediaKind {
        switch self {
        case .opus, .red: .audio
        case .vp8, .vp9, .h264, .av1: .video
        }
    }

    /// The encoding name of `a=rtpmap`, as it is registered.
    public var encodingName: String {
        switch self {
        case .opus: "opus"
        case .red: "red"
        case .vp8: "VP8"
        case .vp9: "VP9"
        case .h264: "H264"
        case .av1: "AV1"
        }
    }

    /// The ticks a second of its RTP clock.
    @inlinable
    public var clockRate: UInt32 {
        switch kind {
        case .audio: 48_000
        case .video: 90_000
        }
    }
}
