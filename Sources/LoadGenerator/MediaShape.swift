internal import LoadMedia
internal import RTP
internal import Wire

/// What publishers send: the part of the settings that media threads need.
struct MediaShape: Sendable {
    private let format: VideoFormat

    init(_ settings: LoadSettings) {
        let seconds = settings.number("keyframe-interval") ?? 0
        format = VideoFormat(
            codec: settings.text("codec") == "h264" ? .h264 : .vp8,
            rate: .encoder(
                bitsPerSecond: (settings.whole("video-bitrate") ?? 1_500) * 1_000,
                framesPerSecond: Double(settings.whole("frame-rate") ?? 30)),
            keyframeInterval: seconds > 0 ? seconds : nil)
    }

    /// What an encoding sends, and its number among the layers, the lowest 0.
    func layer(rid: String?) -> (number: UInt8, format: VideoFormat) {
        for (number, layer) in format.simulcastLayers().enumerated() where layer.rid == rid {
            return (UInt8(number), layer.format)
        }
        return (0, format)
    }
}
