import Engine
import Logging
import Rooms
import Testing
import Wire

@testable import Rooms

/// A server without network and media, and clients at it.
final class Conference: Sendable {
    let clock = ManualClock()
    let plane = FakeMediaPlane()
    let recorder = RecorderSpy()
    let registry: RoomRegistry

    init(_ configure: (inout RoomsConfiguration) -> Void = { _ in }) {
        var configuration = RoomsConfiguration()
        configure(&configuration)
        registry = RoomRegistry(
            configuration: configuration, plane: plane, recorder: recorder, clock: clock,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    /// A connection.
    func connect(address: String = "198.51.100.7", sink: MemorySink = MemorySink()) async throws -> TestClient
    {
        let client = ClientInfo(address: IPAddress(address), userAgent: "test")
        return TestClient(session: try await registry.connect(sink: sink, client: client), sink: sink)
    }

    /// A connection that has joined a room, with microphone, camera and so many pairs.
    func join(
        _ name: String, room: String = "standup", pairs: Int = 4, identity: String? = nil
    ) async throws -> TestClient {
        let client = try await connect()
        client.offer = OfferBuilder(pairs: pairs)
        let reply = await client.join(name, room: room, identity: identity)
        try #require(reply.type == "room-joined", "\(reply.text)")
        return client
    }

    /// Moves the time in steps, as the ticker would see it.
    func pass(_ interval: Interval) async {
        let step = RoomRegistry.tickInterval
        var rest = interval
        while rest > .zero {
            clock.advance(by: min(step, rest))
            rest = rest - step
            await registry.tick()
        }
        await settle()
    }

    /// The same with clients that ping at least every five seconds, as all do.
    func pass(_ interval: Interval, pinging clients: TestClient...) async {
        var rest = interval
        while rest > .zero {
            for client in clients { await client.request("ping") }
            await pass(min(.seconds(5), rest))
            rest = rest - .seconds(5)
        }
    }

    /// Lets others run for a while; how far they come is theirs to say.
    func settle() async { for _ in 0..<50 { await Task.yield() } }

    /// Expects something that a task of its own is about to bring about: within ten seconds, or never.
    func eventually(
        _ location: SourceLocation = #_sourceLocation, _ condition: () async -> Bool
    ) async throws {
        for _ in 0..<1000 {
            if await condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(await condition(), sourceLocation: location)
    }

    /// Tells a room what the media plane would tell it.
    func media(_ kind: MediaEvent.Kind, of client: TestClient) async throws {
        await registry.handle(MediaEvent(peer: try await peer(of: client), kind: kind))
    }

    func connectMedia(of client: TestClient) async throws {
        try await media(.transport(ice: .connected, dtls: .connected, selected: nil), of: client)
    }

    /// The peer connection of a client.
    func peer(of client: TestClient) async throws -> PeerID {
        let name = try #require(client.room)
        let id = try #require(client.id)
        let peer = try await registry.room(forJoining: name, creating: false).peer(of: id)
        return try #require(peer)
    }

    /// Nothing was told to the media plane or recorded that makes no sense.
    func expectNoComplaints(_ location: SourceLocation = #_sourceLocation) {
        #expect(plane.snapshot.complaints == [], sourceLocation: location)
        #expect(recorder.snapshot.complaints == [], sourceLocation: location)
    }
}

extension Room {
    func peer(of participant: String) -> PeerID? { participants[participant]?.peer?.id }
}

/// A client as a test sees it: asks, and remembers what it was told.
final class TestClient: @unchecked Sendable {
    // One test drives a client, one call after the other.
    let session: SignalingSession
    let sink: MemorySink
    var offer = OfferBuilder(pairs: 4)
    var offerID = 0
    var nextID = 0
    private(set) var id: String?
    private(set) var room: String?
    private(set) var token: String?

    init(session: SignalingSession, sink: MemorySink) {
        self.session = session
        self.sink = sink
    }

    /// Sends a request and gives back its reply: the only message with its identifier.
    @discardableResult
    func request(_ type: String, _ fields: JSONObject = [:]) async -> JSONValue {
        nextID += 1
        var object: JSONObject = ["type": .string(type), "id": .integer(nextID)]
        for member in fields.members { object.append(member.name, member.value) }
        await session.receive(text: object.text)
        let replies = sink.messages.filter { $0["id"]?.integer == nextID }
        #expect(replies.count <= 1, "\(type) was answered \(replies.count) times")
        return replies.first ?? .null
    }

    func join(
        _ name: String, room: String = "standup", identity: String? = nil, create: Bool = true
    ) async -> JSONValue {
        var fields: JSONObject = ["room": .string(room), "name": .string(name), "create": .bool(create)]
        if let identity { fields.append("identity", .string(identity)) }
        if !offer.sections.isEmpty {
            offerID += 1
            fields.append("offer", .object(["offerId": .integer(offerID), "sdp": .string(offer.sdp)]))
            fields.append("tracks", tracks)
        }
        let reply = await request("join-room", fields)
        take(reply)
        return reply
    }

    func renegotiate() async -> JSONValue {
        offerID += 1
        offer.version += 1
        return await request(
            "offer", ["offerId": .integer(offerID), "sdp": .string(offer.sdp), "tracks": tracks])
    }

    func resume(_ token: String, unanswered offerID: Int? = nil) async -> JSONValue {
        var fields: JSONObject = ["token": .string(token)]
        if let offerID { fields.append("offerId", .integer(offerID)) }
        let reply = await request("resume", fields)
        take(reply)
        return reply
    }

    private func take(_ reply: JSONValue) {
        guard reply.type == "room-joined" || reply.type == "resumed" else { return }
        id = reply["self"]?["id"]?.string
        room = reply["room"]?.string
        token = reply["resume"]?["token"]?.string
    }

    /// Everything that the offer sends on: the first audio is the microphone, the second the screen's, and so
    /// on.
    private var tracks: JSONValue {
        var list: [JSONValue] = []
        var audio = ["microphone", "screen-audio"][...]
        var video = ["camera", "screen"][...]
        for (mid, section) in offer.sections.enumerated() {
            let source: String?
            switch section {
            case .sendAudio: source = audio.popFirst() ?? "microphone"
            case .sendVideo, .unknownCodec: source = video.popFirst() ?? "camera"
            default: source = nil
            }
            guard let source, !offer.stopped.contains(mid) else { continue }
            list.append(
                .object(["mid": .string(String(mid)), "source": .string(source), "muted": .bool(false)]))
        }
        return .array(list)
    }

    /// The events of a type, in order.
    func events(_ type: String) -> [JSONValue] { sink.messages.filter { $0.type == type } }

    /// The last mapping that the client was told, by event or by reply.
    var slots: JSONValue? {
        let candidates = sink.messages.compactMap { $0.type == "slots" ? $0 : $0["slots"] }
        return candidates.last
    }

    /// Which participant is on each m-line, as `participant/source`.
    var view: [String: String] {
        var view: [String: String] = [:]
        for entry in slots?["assigned"]?.array ?? [] {
            guard let mid = entry["mid"]?.string, let participant = entry["participant"]?.string,
                let source = entry["source"]?.string
            else { continue }
            view[mid] = "\(participant)/\(source)"
        }
        return view
    }

    var unassigned: [JSONValue] { slots?["unassigned"]?.array ?? [] }
}
