internal import RTP
internal import Wire

/// What publishers send: the part of the settings that media threads need.
struct MediaShape: Sendable {
    /// Bits a second of the (largest) picture stream.
    var videoBitrate: Int
    var frameRate: Int
    /// Between two keyframes that nobody asked for; `nil` for never.
    var keyframeInterval: Interval?

    init(_ settings: LoadSettings) {
        videoBitrate = (settings.whole("video-bitrate") ?? 1_500) * 1_000
        frameRate = settings.whole("frame-rate") ?? 30
        let seconds = settings.number("keyframe-interval") ?? 0
        keyframeInterval = seconds > 0 ? Interval(nanoseconds: Int64(seconds * 1e9)) : nil
    }

    /// The bit rate of a simulcast layer: half the size takes a third of it, as Chrome divides (simulcast.cc).
    func bitrate(rid: String?) -> Int {
        switch rid {
        case "h": videoBitrate / 3
        case "q": videoBitrate / 10
        default: videoBitrate
        }
    }
}
