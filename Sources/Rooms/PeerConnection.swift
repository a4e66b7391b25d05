import Engine
import ICE
import Negotiation
import Wire

/// A participant's peer connection as the control plane sees it: what was negotiated, and how its transport
/// fares.
struct PeerConnection: Sendable {
    /// The connection as the media plane knows it.
    let id: PeerID
    private let placement: PeerPlacement
    private var negotiator: SessionNegotiator
    /// What the latest answer agreed on.
    private(set) var session: NegotiatedSession?
    /// The latest answer, with the offer's number; later ones have higher numbers. It is kept because it may be lost
    /// with the connection that it was sent on.
    private(set) var lastAnswer: ServerMessage.Answer?

    private(set) var ice = ICEState.new
    private(set) var dtls = DTLSConnectionState.new
    /// Whether the transport was ever up.
    private(set) var wasConnected = false

    init(id: PeerID, placement: PeerPlacement, configuration: RoomsConfiguration) {
        self.id = id
        self.placement = placement
        var limits = NegotiationConfiguration()
        limits.maximumAudioSlots = configuration.maxAudioSlots
        limits.maximumVideoSlots = configuration.maxVideoSlots
        limits.maximumMessageSize = configuration.maxDataMessageBytes
        limits.maximumAudioUplinks = configuration.maxTracksPerParticipant
        limits.maximumVideoUplinks = configuration.maxTracksPerParticipant
        negotiator = SessionNegotiator(configuration: limits, cname: "roost-\(id.rawValue)")
    }

    /// Answers an offer. After an error everything is as it was.
    mutating func answer(_ offer: ClientMessage.Offer) throws(SignalingError) -> (
        answer: ServerMessage.Answer, session: NegotiatedSession
    ) {
        if let last = lastAnswer?.offerID, offer.offerID <= last {
            throw SignalingError(
                .staleOffer,
                "The offer has offerId \(offer.offerID), and \(last) was answered already; each "
                    + "offer needs a higher one."
            )
        }
        do throws(NegotiationError) {
            var generator = SystemRandomNumberGenerator()
            // The credentials of the placement serve the first offer; an ICE restart needs fresh ones each
            // time.
            let credentials =
                session == nil
                ? placement.credentials
                : ICECredentials.random(workerIndex: placement.workerIndex, using: &generator)
            let transport = LocalTransportDescription(
                ice: credentials, fingerprint: placement.fingerprint, candidates: placement.candidates)
            let result = try negotiator.answer(offer.sdp, transport: transport, using: &generator)
            session = result.session
            let answer = ServerMessage.Answer(offerID: offer.offerID, sdp: result.answer)
            lastAnswer = answer
            return (answer, result.session)
        } catch {
            if case .malformed = error { throw SignalingError(.badSDP, "\(error)") }
            throw SignalingError(.badOffer, "\(error)")
        }
    }

    /// The media plane told how the transport fares. Returns whether that is news.
    mutating func update(ice: ICEState, dtls: DTLSConnectionState) -> Bool {
        guard ice != self.ice || dtls != self.dtls else { return false }
        self.ice = ice
        self.dtls = dtls
        if isConnected { wasConnected = true }
        return true
    }

    /// Whether media can flow.
    var isConnected: Bool { ice == .connected && dtls == .connected }
}

extension ICEState {
    /// The state's name on the wire and in the status.
    var name: String {
        switch self {
        case .new: "new"
        case .checking: "checking"
        case .connected: "connected"
        case .disconnected: "disconnected"
        case .failed: "failed"
        }
    }
}
