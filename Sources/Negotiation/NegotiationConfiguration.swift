public import RTP

/// What a server agrees to in a negotiation.
public struct NegotiationConfiguration: Sendable, Equatable {
    /// The most receive slots for sound.
    ///
    /// A room's loudest speakers are forwarded, so this need not be its size.
    public var maximumAudioSlots = 16
    /// The most receive slots for pictures: a grid of five by five.
    public var maximumVideoSlots = 25
    /// The most sections of each kind on which a participant may publish; zero for one who may not.
    public var maximumAudioUplinks = 8
    /// The most video sections on which a participant may publish.
    public var maximumVideoUplinks = 8
    /// The most simulcast streams of one section; browsers send up to three, some encoders four.
    public var maximumRIDs = 4
    /// The most sources that one uplink may announce, retransmission sources not counted.
    public var maximumSources = 8
    /// The most sections of an offer, stopped ones included.
    public var maximumSections = 96
    /// The largest message on a data channel, bytes, as the answer announces it; `nil` to refuse data channels.
    public var maximumMessageSize: Int? = 65_536
    /// The codecs in the order in which an answer prefers them; one that is missing here is not accepted.
    public var codecPreference: [MediaCodec] = [.opus, .vp8, .vp9, .h264, .av1]
    /// Whether pictures may arrive unrotated, with their orientation in a header extension (3GPP TS 26.114
    /// §7.4.5).
    ///
    /// Off, because one receiver without the extension (Firefox) would show them turned: without it the
    /// sender turns them before it encodes, and every receiver is right.
    public var acceptsVideoOrientation = false

    /// Makes the default configuration.
    public init() {}

    /// The most receive slots of a kind.
    func maximumSlots(_ kind: MediaKind) -> Int {
        kind == .audio ? maximumAudioSlots : maximumVideoSlots
    }

    /// The most publishing sections of a kind.
    func maximumUplinks(_ kind: MediaKind) -> Int {
        kind == .audio ? maximumAudioUplinks : maximumVideoUplinks
    }
}
