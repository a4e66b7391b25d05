public import Ciphers
public import ICE
public import Negotiation
public import Wire

/// The media plane as the rooms see it: place a peer, tell it what was negotiated, connect publications to slots.
///
/// Rooms talk to it in commands and hear from it in events; nothing here is on the packet path. The server's
/// implementation runs media workers on threads of their own; tests put a stand-in here.
public protocol MediaPlane: Sendable {
    /// Events of every peer, in the order in which they happened on its worker. Read by one task.
    var events: AsyncStream<MediaEvent> { get }

    /// Places a new peer on a worker and opens its transport there: ICE checks are answered from now on.
    func addPeer(_ peer: PeerID, in room: RoomKey) async throws(MediaPlaneError) -> PeerPlacement

    /// Puts a negotiation into force: remote credentials, sections, codecs, publications.
    ///
    /// Sections and publications that are not named any more end. Unknown peers are ignored.
    func apply(_ configuration: PeerConfiguration, to peer: PeerID) async

    /// Puts a publication on a receive slot, or clears the slot with `nil`.
    func assign(_ publication: PublicationID?, toSlot mid: String, of receiver: PeerID) async -> SlotAssignmentResult

    /// The same for several slots of any receivers, in this order for each receiver; the results are in the order of the
    /// assignments.
    func assign(_ assignments: [SlotAssignment]) async -> [SlotAssignmentResult]

    /// Takes what a receiver does with what is on its slots, by their m-lines. Slots that are not named keep their wish.
    /// Unknown peers and slots are ignored.
    func setWishes(_ wishes: [String: SlotWish], of receiver: PeerID) async

    /// The same for several receivers.
    func setWishes(_ wishes: [PeerID: [String: SlotWish]]) async

    /// Closes a peer: DTLS is told, SRTP stops, its publications end, its slots fall silent.
    func removePeer(_ peer: PeerID) async

    /// The same for several peers.
    func removePeers(_ peers: [PeerID]) async

    /// A peer's live figures; `nil` when there is no such peer.
    func statistics(of peer: PeerID) async -> PeerStatistics?

    /// The figures of several peers as far as their connections' quality is judged by them: the same, but possibly without
    /// those of the data channels. Peers that do not exist are left out.
    func linkStatistics(of peers: [PeerID]) async -> [PeerID: PeerStatistics]

    /// The figures of every worker.
    func workerStatistics() async -> [WorkerStatistics]
}

extension MediaPlane {
    public func assign(_ assignments: [SlotAssignment]) async -> [SlotAssignmentResult] {
        var results: [SlotAssignmentResult] = []
        for each in assignments {
            results.append(await assign(each.publication, toSlot: each.mid, of: each.receiver))
        }
        return results
    }

    public func setWishes(_ wishes: [PeerID: [String: SlotWish]]) async {
        for (receiver, wishes) in wishes { await setWishes(wishes, of: receiver) }
    }

    public func removePeers(_ peers: [PeerID]) async { for peer in peers { await removePeer(peer) } }

    public func linkStatistics(of peers: [PeerID]) async -> [PeerID: PeerStatistics] {
        var result: [PeerID: PeerStatistics] = [:]
        for peer in peers { result[peer] = await statistics(of: peer) }
        return result
    }
}

/// One participant's peer connection, for as long as it lives. Never used again.
public struct PeerID: Hashable, Sendable, CustomStringConvertible {
    /// The number.
    public let rawValue: UInt64
    /// Makes an identifier from its number.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
    public var description: String { "peer-\(rawValue)" }
}

/// One track that a peer sends: a microphone, a camera, a screen. Never used again.
public struct PublicationID: Hashable, Sendable, CustomStringConvertible {
    /// The number.
    public let rawValue: UInt64
    /// Makes an identifier from its number.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
    public var description: String { "publication-\(rawValue)" }
}

/// A room, as far as placement cares: peers of one room are kept together where load allows.
public struct RoomKey: Hashable, Sendable {
    /// The number.
    public let rawValue: UInt64
    /// Makes a key from its number.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// What an answer needs to know of the server's end of a transport.
public struct PeerPlacement: Sendable {
    /// The worker's index; it is also in the user fragment.
    public var workerIndex: Int
    /// The server's ICE credentials for the first negotiation.
    public var credentials: ICECredentials
    /// The server's candidates on this worker, all there will ever be (ICE-lite).
    public var candidates: [ICECandidate]
    /// The fingerprint of the server's DTLS certificate.
    public var fingerprint: CertificateFingerprint
    /// Makes a placement from its parts.
    public init(
        workerIndex: Int, credentials: ICECredentials, candidates: [ICECandidate], fingerprint: CertificateFingerprint
    ) {
        self.workerIndex = workerIndex
        self.credentials = credentials
        self.candidates = candidates
        self.fingerprint = fingerprint
    }
}

/// One negotiation's result, as the media plane takes it.
public struct PeerConfiguration: Sendable {
    /// What offer and answer agreed on.
    public var session: NegotiatedSession
    /// The server's credentials that the answer carried; new ones after an ICE restart.
    public var localCredentials: ICECredentials
    /// The publication that each uplink m-line carries, by mid. Uplinks that are not named are received and dropped.
    public var publications: [String: PublicationID]
    /// Publications of sound that are forwarded whatever their level, however large the room is: the sound of a screen.
    public var alwaysHeard: Set<PublicationID>
    /// The name under which the peer's data channels are known to others: the participant's identifier.
    public var name: String
    /// Makes a configuration from its parts.
    public init(
        session: NegotiatedSession, localCredentials: ICECredentials, publications: [String: PublicationID],
        alwaysHeard: Set<PublicationID> = [], name: String = ""
    ) {
        self.alwaysHeard = alwaysHeard
        self.name = name
        self.session = session
        self.localCredentials = localCredentials
        self.publications = publications
    }
}

/// A publication that is to be put on a receive slot.
public struct SlotAssignment: Sendable, Equatable {
    /// What comes onto the slot; `nil` clears it.
    public var publication: PublicationID?
    /// The slot's m-line.
    public var mid: String
    /// Whose slot it is.
    public var receiver: PeerID
    /// Makes an assignment from its parts.
    public init(publication: PublicationID?, mid: String, receiver: PeerID) {
        self.publication = publication
        self.mid = mid
        self.receiver = receiver
    }
}

/// What became of a slot assignment.
public enum SlotAssignmentResult: Sendable, Equatable {
    /// Media flows from now on (after a keyframe for video).
    case assigned
    /// The receiver has not negotiated the publication's codec, or not with a compatible format.
    case codecNotSupported
    /// No such receiver, slot or publication: somebody left meanwhile.
    case gone
}

/// Why a peer could not be added.
public enum MediaPlaneError: Error, Equatable, Sendable {
    /// Every worker has reached its limit of peers.
    case overloaded
    /// The server is shutting down.
    case stopped
}

/// What the media plane reports about a peer.
public struct MediaEvent: Sendable {
    /// The peer.
    public var peer: PeerID
    /// What happened.
    public var kind: Kind
    /// Makes an event.
    public init(peer: PeerID, kind: Kind) {
        self.peer = peer
        self.kind = kind
    }

    /// The kinds of event.
    public enum Kind: Sendable, Equatable {
        /// ICE or DTLS changed state.
        case transport(ice: ICEState, dtls: DTLSConnectionState, selected: SocketAddress?)
        /// The transport is beyond repair: consent ran out, or DTLS failed. The sentence says why.
        case failed(String)
        /// Media of a publication arrived for the first time.
        case publicationStarted(PublicationID)
        /// Smoothed levels of who is heard in the peer's room, at most every 100 ms, and
        /// at once when somebody begins to speak (RFC 6464: -127 to 0 dBov).
        case audioLevel(level: Int8, speaking: Bool)
        /// The server withholds from the peer what is on one of its slots, for a reason; `nil` when it is sent again.
        case withholding(mid: String, publication: PublicationID, reason: WithholdingReason?)
        /// The layers of a publication that somebody would show; the others need not be sent. Before the first of these
        /// events all of them are needed.
        case layersNeeded(PublicationID, NeededLayers)
        /// The publication on one of the peer's slots is sent in a format that the peer has not negotiated, or not with
        /// compatible parameters. Nothing of it is sent to the peer any more.
        case undecodable(mid: String, publication: PublicationID)
        /// A publication of the peer's is sent in another codec than before.
        case codecChanged(PublicationID)
    }
}

/// Those layers of a publication that somebody would show.
public enum NeededLayers: Sendable, Equatable {
    /// Streams of simulcast by their RIDs, lowest first (RFC 8853); none while nobody would show any.
    case encodings(rids: [String])
    /// So many spatial layers within one stream, from the lowest; 0 while nobody would show any.
    case spatial(count: Int)
}

/// How far a peer's DTLS association has come.
public enum DTLSConnectionState: String, Sendable, Equatable {
    case new, connecting, connected, closed, failed
}
