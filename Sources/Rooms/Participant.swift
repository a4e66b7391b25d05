import Congestion
import Engine
import Wire

/// A member of a room, from joining to leaving, over any number of connections. Owned and only touched by its
/// room.
final class Participant {
    let id: String
    let name: String
    let identity: String?
    let joinedAt: WallTime
    /// Where the latest connection comes from.
    var client: ClientInfo

    /// The connection; `nil` while it is lost.
    var outlet: SignalingOutlet? { didSet { knownView = nil } }
    /// How many of the room's announcements it has heard.
    var heard: UInt64 = 0
    /// What the participant can resume with.
    var secrets: ResumeSecrets
    /// When a participant without a connection is taken for gone.
    var resumeDeadline: Timestamp?

    /// The peer connection; `nil` before the first offer.
    var peer: PeerConnection? { didSet { knownView = nil } }
    /// Its place among those of its address; `nil` only before it is in, and after it has gone.
    var sessionClaim: AddressClaim?
    /// Its place among those of its address whose transport has never been up; `nil` once it has been.
    var handshakeClaim: AddressClaim?
    /// When the transport, the first one or one that has replaced it, should have been up.
    var connectDeadline: Timestamp?
    /// When a participant whose transport failed is taken for gone.
    var mediaDeadline: Timestamp? { didSet { knownView = nil } }
    /// What the media plane said about the failure.
    var mediaFailure: String?

    /// What it sends.
    var tracks: [PublishedTrack] = [] { didSet { knownView = nil } }
    /// What it receives, and where.
    var slots: SlotTable
    /// What it does with what it receives.
    var settings = SubscriptionSettings()
    /// What the media plane was told of that, by the slots' m-lines.
    var toldWishes: [String: ToldWish] = [:]
    /// What the server withholds from it, by the slots' m-lines.
    var withheld: [String: WithheldTrack] = [:]
    /// The layers of what it publishes that somebody would show, where that was told.
    var neededLayers: [PublicationID: NeededLayers] = [:]
    /// Who cannot decode what it publishes, as it was told.
    var toldUndecodable: [PublicationID: [String]] = [:]
    /// How good its connection is; `nil` until its transport has been up.
    var quality: ConnectionQuality? { didSet { knownView = nil } }
    /// What that is judged by.
    var qualityMeter = QualityMeter()
    /// The score that others were told last; a connection of which nothing was told is flawless.
    var toldScore: (score: Double, at: Timestamp) = (ConnectionQuality().score, .zero)
    /// What `writtenView` was last; `nil` once it may be another.
    private var knownView: String?
    /// The mapping that the client was told last.
    var mapping = SlotMapping(version: 0, assigned: [], unassigned: [], unassignedCount: 0)

    init(
        id: String, request: JoinRequest, joinedAt: WallTime, secret: String,
        configuration: RoomsConfiguration
    ) {
        self.id = id
        name = request.name
        identity = request.identity
        self.joinedAt = joinedAt
        client = request.client
        outlet = request.outlet
        secrets = ResumeSecrets(secret)
        slots = SlotTable(
            maxAudioSlots: configuration.maxAudioSlots, maxVideoSlots: configuration.maxVideoSlots)
    }

    /// How the others see the participant's connection.
    ///
    /// One without a peer connection has nothing to connect: it is there once it has joined.
    var state: ParticipantState {
        guard outlet != nil, mediaDeadline == nil else { return .reconnecting }
        guard let peer, !peer.isConnected else { return .connected }
        return peer.wasConnected ? .reconnecting : .connecting
    }

    /// Whether there is a peer connection whose transport has never been up.
    var isPending: Bool { peer.map { !$0.wasConnected } ?? false }

    /// Whether it publishes sound that is not muted.
    var isAudible: Bool { tracks.contains { $0.source.kind == .audio && !$0.muted } }

    func view(isOwn: Bool = false) -> ParticipantView {
        ParticipantView(
            id: id, name: name, identity: identity, state: state, joinedAt: joinedAt, tracks: tracks,
            quality: quality, isOwn: isOwn)
    }

    /// The participant as the others see it, written: kept until it changes, because everybody who comes is told of everybody.
    var writtenView: String {
        if let knownView { return knownView }
        let view = view().json.text
        knownView = view
        return view
    }

    /// Takes over the mapping as the slots have it now; the version rises if it is another one. Returns
    /// whether it is.
    ///
    /// A number of tracks that are not listed is no news by itself.
    func refreshMapping() -> Bool {
        mapping.unassignedCount = slots.unassignedCount
        guard slots.takeNews() else { return false }
        var next = slots.mapping(version: mapping.version)
        guard next != mapping else { return false }
        next.version += 1
        mapping = next
        return true
    }
}

/// A wish that the media plane knows of.
struct ToldWish: Equatable {
    var publication: PublicationID
    var wish: SlotWish
}

/// A track that the server withholds from a participant.
struct WithheldTrack: Equatable {
    var publication: PublicationID
    var reason: WithholdingReason
}

/// What a room needs to take somebody in.
struct JoinRequest: Sendable {
    var id: RequestID
    var name: String
    var identity: String?
    var offer: ClientMessage.Offer?
    var outlet: SignalingOutlet
    var client: ClientInfo
}

/// What a room needs to take somebody back.
struct ResumeRequest: Sendable {
    var id: RequestID
    var token: ResumeToken
    /// The offer that the client has no answer to.
    var unansweredOfferID: Int?
    var outlet: SignalingOutlet
    var client: ClientInfo
}

/// What became of a join.
enum JoinOutcome: Sendable {
    /// The participant is in, and the reply is sent.
    case joined(participant: String)
    /// The room ended in the meantime; there may be a new one of the name.
    case roomIsGone
    case refused(SignalingError)
}
