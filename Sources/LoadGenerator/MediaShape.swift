internal import LoadMedia
internal import RTP
internal import Wire

/// What publishers send: the part of the settings that media threads need.
struct MediaShape: Sendable {
    private let format: VideoFormat

    init(_ settings: LoadSettings) {
        let seconds = settings.number("keyframe-interval") ?? 0
        let packets = settings.whole("packet-rate") ?? 0
        let size = settings.whole("packet-size") ?? 1_100
        let frames = VideoFormat.Rate.encoder(
            bitsPerSecond: (settings.whole("video-bitrate") ?? 1_500) * 1_000,
            framesPerSecond: Double(settings.whole("frame-rate") ?? 30))
        let constant = VideoFormat.Rate.constant(
            packetsPerSecond: packets, payloadLength: size, burst: settings.whole("packet-burst") ?? 1)
        format = VideoFormat(
            codec: settings.text("codec") == "h264" ? .h264 : .vp8, rate: packets > 0 ? constant : frames,
            keyframeInterval: seconds > 0 ? seconds : nil,
            payloadLimit: packets > 0 ? size : VideoFormat.chromePayloadLimit)
    }

    /// What an encoding sends, and its number among the layers, the lowest 0.
    func layer(rid: String?) -> (number: UInt8, format: VideoFormat) {
        for (number, layer) in format.simulcastLayers().enumerated() where layer.rid == rid {
            return (UInt8(number), layer.format)
        }
        return (0, format)
    }
}
