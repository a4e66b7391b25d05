internal import Forwarding
internal import RTP
internal import Wire

/// What a received media packet says, read once for all its receivers. The bytes themselves stay where they are.
///
/// The values are the publisher's: its payload type, its extension identifiers. Each receiver's are written when the
/// packet is copied for it.
struct MediaPacket {
    /// The header fields.
    var header: RTPHeader
    /// The packet's number in its stream, counted on beyond 16 bits.
    var number: ExtendedSequenceNumber
    /// The serial number of its layer.
    var layer: UInt8
    /// The highest number of its layer before it came in: above its own if others overtook it on the way.
    var highestBefore: ExtendedSequenceNumber
    /// Whether a decoder can begin with this packet.
    var isKeyframeStart = false
    /// The temporal layer of its frame; 0 where there are none.
    var temporalID: UInt8 = 0
    /// Whether it is the first packet of its frame. Only known where there are temporal layers.
    var startsFrame = false
    /// Whether its frame depends on lower temporal layers only.
    var isSwitchingPoint = false
    /// Whether no frame of a higher temporal layer behind it depends on one before it.
    var opensHigherLayers = false
    /// Whether it says that there are layers within its stream.
    var isLayered = false
    /// The VP8 descriptor's running fields, for VP8.
    var vp8: VP8Descriptor?
    /// The same for VP9.
    var vp9: VP9Layer?
    /// What the dependency descriptor says, where layers are chosen by it.
    var dependency: DependencySelector.Frame?
    /// Bytes of the payload in front of its newest block of sound (RFC 2198 §3): their headers and the older blocks. 0
    /// for everything without redundancy.
    var redundancy: UInt16 = 0
    /// Whether sound before it was left out on purpose: the numbers close up over that.
    var endsSilence = false
    /// The RFC 6464 byte, if there was one.
    var audioLevel: UInt8?
    /// The video orientation byte (3GPP TS 26.114 §7.4.5), if there was one.
    var orientation: UInt8?
    /// Bytes of padding that make it as long as those behind it: see ``Publication/evenOutPending()``.
    var padding: UInt8 = 0
    /// Where the dependency descriptor lies in the packet; empty if there is none.
    var dependencyDescriptor = 0..<0

    init(header: RTPHeader, number: ExtendedSequenceNumber, layer: UInt8) {
        self.header = header
        self.number = number
        self.layer = layer
        highestBefore = number
    }

    /// Reads the parts that receivers need from the extension block, by the publisher's identifiers.
    @inline(__always)
    mutating func readExtensions(in bytes: Span<UInt8>, map: ExtensionMap) {
        var cursor = header.extensions
        while let element = cursor.next(in: bytes) {
            switch map.kind(for: element.id) {
            case .audioLevel where element.range.count == 1: audioLevel = bytes[element.range.lowerBound]
            case .videoOrientation where element.range.count == 1: orientation = bytes[element.range.lowerBound]
            case .dependencyDescriptor: dependencyDescriptor = element.range
            default: break
            }
        }
    }
}

/// What receivers need to know of a VP9 payload descriptor.
struct VP9Layer {
    var frame: SpatialSelector.Frame
    var fields: VP9Munger.Fields
}

extension MediaPacket {
    /// Takes what receivers need out of a VP8 descriptor.
    @inline(__always)
    mutating func read(_ descriptor: VP8Descriptor) {
        vp8 = descriptor
        isKeyframeStart = descriptor.isKeyframeStart
        guard let temporalID = descriptor.temporalID else { return }
        self.temporalID = temporalID
        startsFrame = descriptor.startsFrame
        isSwitchingPoint = descriptor.isLayerSync
        isLayered = true
    }

    /// Takes what receivers need out of a VP9 descriptor.
    @inline(__always)
    mutating func read(_ descriptor: VP9Descriptor) {
        vp9 = VP9Layer(
            frame: SpatialSelector.Frame(
                spatialID: descriptor.spatialID ?? 0, isInterPicturePredicted: descriptor.isInterPicturePredicted,
                isInterLayerPredicted: descriptor.isInterLayerPredicted,
                isUpperReference: !descriptor.isNotUpperReference, endsFrame: descriptor.endsFrame),
            fields: VP9Munger.Fields(
                pictureID: descriptor.pictureID, tl0PictureIndex: descriptor.tl0PictureIndex))
        isKeyframeStart = descriptor.isKeyframeStart
        guard let temporalID = descriptor.temporalID else { return }
        self.temporalID = temporalID
        startsFrame = descriptor.startsFrame
        opensHigherLayers = descriptor.isSwitchingUpPoint
        isLayered = true
    }
}

/// A packet that waits for the end of its batch, when its publication's receivers are sent all of them, one receiver after
/// the other: a receiver's state and keys are touched once a burst, and its datagrams lie next to each other.
///
/// Plain values only: copying one counts no references. The bytes lie in the receive batch or in the queue between workers,
/// which both stay as they are until ``Engine/forwardPending(at:)`` has dealt with them.
@safe
struct PendingPacket {
    var packet: MediaPacket
    /// Whether it carries no media and is only left out of the numbering.
    var isPadding = false
    private let start: UnsafePointer<UInt8>
    private let count: Int

    init(_ packet: MediaPacket, bytes: Span<UInt8>, isPadding: Bool = false) {
        self.packet = packet
        self.isPadding = isPadding
        // A span of an array without elements has no address; padding has no use for its bytes either.
        unsafe start = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe buffer.baseAddress ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped
        }
        count = bytes.count
    }

    /// The packet's bytes, decrypted.
    @inline(__always)
    var bytes: UnsafeBufferPointer<UInt8> { unsafe UnsafeBufferPointer(start: start, count: count) }
}
