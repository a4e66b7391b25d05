import Ciphers
import Negotiation
import RTP
import Wire

/// What a simulated client can do and wants.
struct ClientOptions {
    /// What its camera sends.
    enum Camera { case none, plain, simulcast }

    /// Whether it knows redundant audio, and sends its own with so many older blocks.
    enum Redundancy: Equatable {
        case none, received
        case sent(blocks: Int)
    }

    var microphone = true
    var camera = Camera.plain
    var audioSlots = 1
    var videoSlots = 1
    /// Bytes of each packet of a simulcast camera's layers, lowest first.
    var layerPayloads = [64, 64, 64]
    /// Whether it leaves out what it is told nobody would show.
    var restsUnneededLayers = false
    /// From one picture of its camera to the next.
    var pictureInterval = Interval.milliseconds(50)
    /// Packets of each frame of a simulcast camera's highest layer.
    var topFramePackets = 1...4
    /// Packets of each frame, and of each keyframe, of all of a simulcast camera's layers, lowest first, where they are not
    /// the usual ones.
    var frameSizes: [(frame: Int, keyframe: Int)]?
    /// Temporal layers of its camera: 1, or 3 with the pattern 0 2 1 2.
    var temporalLayers = 1
    /// The layers within each of its camera's streams, in any codec but VP8.
    var scalabilityMode: LayeredEncoder.Mode?
    /// Whether it knows the dependency descriptor.
    var hasDependencyDescriptor = true
    var hasRTX = true
    var hasTransportFeedback = true
    /// Whether it tells when packets with transport-wide numbers arrived.
    var reportsArrivals = false
    /// What its path is thought to carry at first, in bits a second, where it paces its pictures by that.
    var targetBitrate: Double?
    /// Bytes of media in each packet that its camera sends.
    var payloadSize = 64
    /// Whether the offer names SSRCs, as for plain streams; otherwise MID and RID say what a packet is.
    var signalsSSRCs = true
    /// What it does with redundant audio (RFC 2198).
    var redundancy = Redundancy.none
    /// The video codecs, the preferred one first.
    var videoCodecs: [MediaCodec] = [.vp8]
    var profile = SRTPProtectionProfile.aeadAES128GCM
    var uplink = NetworkConditions.clean
    var downlink = NetworkConditions.clean

    static func listener(videoSlots: Int = 1) -> ClientOptions {
        ClientOptions(microphone: false, camera: .none, videoSlots: videoSlots)
    }

    /// Its codecs under payload types that other clients do not use.
    func codecs(shift: UInt8) -> [NegotiatedCodec] {
        var feedback: NegotiatedCodec.Feedback = [.nack, .pli, .fir]
        feedback.insert(hasTransportFeedback ? .transportCC : .remb)
        let video = videoCodecs.enumerated().map { place, codec in
            let first = 96 + shift * 2 + UInt8(place) * 8
            return NegotiatedCodec(
                codec: codec,
                payloadType: PayloadType(first),
                rtxPayloadType: hasRTX ? PayloadType(first + 1) : nil,
                clockRate: 90_000,
                feedback: feedback
            )
        }
        let opus = NegotiatedCodec(
            codec: .opus,
            payloadType: PayloadType(120 + shift),
            redundancy: redundancy == .none ? nil : .init(payloadType: PayloadType(124 + shift)),
            clockRate: 48_000,
            channels: 2,
            feedback: hasTransportFeedback ? [.transportCC] : []
        )
        return [opus] + video
    }
}
