/// The RTP header extensions this server knows by name.
public enum RTPExtension: UInt8, Sendable, CaseIterable {
    /// Client-to-mixer audio level, RFC 6464; one byte.
    case audioLevel
    /// Absolute send time; 24 bits, 6.18 fixed-point seconds.
    case absSendTime
    /// The transport-wide sequence number of draft-holmer-rmcat-transport-wide-cc-extensions-01; two bytes.
    case transportWideCC
    /// The media section's identification, RFC 9143 §15.
    case mid
    /// The stream identifier (RID), RFC 8852 §3.1.
    case rtpStreamID
    /// The RID of the stream that a retransmission repairs, RFC 8852 §3.2.
    case repairedRTPStreamID
    /// Coordination of video orientation, 3GPP TS 26.114 §7.4.5; one byte.
    case videoOrientation
    /// The dependency descriptor, AV1 RTP specification Appendix A.
    case dependencyDescriptor
    /// The limits of the playout delay; two numbers of 12 bits, in units of 10 ms.
    case playoutDelay
    /// Camera or screen; one byte.
    case videoContentType
    /// Where a frame spent its time before it was sent; 13 bytes.
    case videoTiming
    /// Colour space and HDR metadata; 4 or 28 bytes, so it may need the two-byte form.
    case colorSpace
    /// The transmission time's offset, RFC 5450; 24 bits, signed.
    case transmissionOffset
    /// The layers a video sender has active, and their bit rates.
    case videoLayersAllocation
    /// The absolute capture time; 8 or 16 bytes.
    case absCaptureTime

    /// The extension an `a=extmap` line names; `nil` if it is not known here.
    public init?(uri: some StringProtocol) {
        guard let known = Self.allCases.first(where: { uri == $0.uri }) else { return nil }
        self = known
    }

    /// The name that stands in `a=extmap`.
    public var uri: String {
        switch self {
        case .audioLevel: "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
        case .absSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
        case .transportWideCC: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
        case .mid: "urn:ietf:params:rtp-hdrext:sdes:mid"
        case .rtpStreamID: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
        case .repairedRTPStreamID: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
        case .videoOrientation: "urn:3gpp:video-orientation"
        case .dependencyDescriptor:
            "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
        case .playoutDelay: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
        case .videoContentType: "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type"
        case .videoTiming: "http://www.webrtc.org/experiments/rtp-hdrext/video-timing"
        case .colorSpace: "http://www.webrtc.org/experiments/rtp-hdrext/color-space"
        case .transmissionOffset: "urn:ietf:params:rtp-hdrext:toffset"
        case .videoLayersAllocation: "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00"
        case .absCaptureTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
        }
    }
}
