public import Ciphers
public import ICE
public import RTP
internal import SDP
public import Wire

/// The offer of one client, as a browser would write it: what it sends first, then pairs of receive slots.
///
/// Everything that is decided once, before the answer, is in here: credentials, sources and names.
public struct ClientOffer: Sendable {
    /// One stream of an m-line: the only one, or a layer of simulcast.
    public struct Encoding: Sendable, Equatable {
        /// The layer's name; `nil` for a single stream.
        public var rid: String?
        /// The source it is sent under.
        public var ssrc: SSRC
        /// The source of its retransmissions; `nil` for sound.
        public var rtxSSRC: SSRC?
    }

    /// An m-line the client sends on.
    public struct Track: Sendable, Equatable {
        /// The m-line's name.
        public var mid: String
        /// Sound or pictures.
        public var kind: MediaKind
        /// What is sent on it.
        public var codec: MediaCodec
        /// The word for it in signalling.
        public var source: String
        /// Its streams, the largest picture first.
        public var encodings: [Encoding]
    }

    /// The offer's text.
    public let sdp: String
    /// The credentials in it.
    public let credentials: ICECredentials
    /// What the client sends, in the order of the m-lines.
    public let tracks: [Track]
    /// The m-lines the client receives on.
    public let slotMIDs: [String]
    /// The m-line for data channels; `nil` when none are offered.
    public let dataMID: String?

    /// What an offer shall contain.
    public struct Options: Sendable {
        /// Whether sound is sent.
        public var sendsAudio = true
        /// What pictures are sent in; `nil` for none.
        public var video: MediaCodec? = .vp8
        /// The names of simulcast layers, the largest first; empty for a single stream.
        public var rids: [String] = []
        /// Recvonly m-lines for sound.
        public var audioSlots = 0
        /// Recvonly m-lines for pictures.
        public var videoSlots = 0
        /// Whether data channels are offered (RFC 8841).
        public var hasDataChannels = false
        /// The largest number of either kind the server is asked for in one offer.
        public static let maximumSlots = 64

        /// The default: sound and VP8 are sent, nothing is received.
        public init() {}
    }

    /// Writes an offer.
    public init(
        _ options: Options, fingerprint: CertificateFingerprint, using generator: inout some RandomNumberGenerator
    ) {
        credentials = ICECredentials.random(workerIndex: 0, using: &generator)
        var sources = Set<SSRC>()
        var tracks: [Track] = []
        if options.sendsAudio {
            let encoding = Encoding(ssrc: Self.makeSource(&sources, &generator))
            tracks.append(
                Track(mid: "0", kind: .audio, codec: .opus, source: "microphone", encodings: [encoding]))
        }
        if let codec = options.video {
            let names: [String?] = options.rids.isEmpty ? [nil] : options.rids
            let encodings = names.map { rid in
                Encoding(
                    rid: rid, ssrc: Self.makeSource(&sources, &generator),
                    rtxSSRC: Self.makeSource(&sources, &generator))
            }
            let mid = String(tracks.count)
            tracks.append(Track(mid: mid, kind: .video, codec: codec, source: "camera", encodings: encodings))
        }
        self.tracks = tracks
        let audioSlots = min(max(options.audioSlots, 0), Options.maximumSlots)
        let videoSlots = min(max(options.videoSlots, 0), Options.maximumSlots)
        var slots: [(mid: String, kind: MediaKind)] = []
        for pair in 0..<max(audioSlots, videoSlots) {
            if pair < audioSlots { slots.append((String(tracks.count + slots.count), .audio)) }
            if pair < videoSlots { slots.append((String(tracks.count + slots.count), .video)) }
        }
        slotMIDs = slots.map(\.mid)
        dataMID = options.hasDataChannels ? String(tracks.count + slots.count) : nil
        let writer = OfferWriter(
            credentials: credentials, fingerprint: fingerprint, cname: "load-\(credentials.usernameFragment)")
        sdp = writer.write(tracks: tracks, slots: slots, dataMID: dataMID, sessionID: generator.next() >> 2)
    }

    private static func makeSource(
        _ taken: inout Set<SSRC>, _ generator: inout some RandomNumberGenerator
    ) -> SSRC {
        while true {
            let source = SSRC(UInt32.random(in: 1...UInt32.max, using: &generator))
            if taken.insert(source).inserted { return source }
        }
    }
}
