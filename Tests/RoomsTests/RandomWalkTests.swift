import Engine
import Testing
import Wire

@testable import Rooms

/// Many clients doing anything at any time, from a seed: whatever they do, the invariants of a room hold.
struct RandomWalkTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func invariantsHold(seed: UInt64) async throws {
        var walk = Walk(seed: seed)
        for _ in 0..<150 { try await walk.step() }
        try await walk.finish()
    }
}

private struct Walk {
    let seed: UInt64
    var generator: SeededGenerator
    let conference = Conference {
        $0.maxParticipantsPerRoom = 6
        $0.maxAudioSlots = 3
        $0.maxVideoSlots = 4
        $0.messagesPerSecond = 1_000_000
        $0.emptyRoomLifetime = .seconds(3)
        $0.maxSessionsPerAddress = 4
        $0.maxPendingPerAddress = 3
    }
    /// Clients in a room, and clients that lost their connection with the tokens they have.
    var members: [TestClient] = []
    var lost: [TestClient] = []

    init(seed: UInt64) {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
    }

    mutating func step() async throws {
        switch Int.random(in: 0..<14, using: &generator) {
        case 0...3: try await join()
        case 4: try await leave()
        case 5: try await lose()
        case 6, 7: try await resume()
        case 8, 9: try await renegotiate()
        case 10: try await mute()
        case 11: try await media()
        case 12: try await kick()
        default: await wait()
        }
        await conference.settle()
        try await check()
    }

    /// Few addresses, so that their limits are met; two of them are one network.
    private mutating func address() -> String {
        ["198.51.100.1", "198.51.100.2", "2001:db8::1", "2001:db8::2"].randomElement(using: &generator)
            ?? "198.51.100.1"
    }

    private mutating func member() -> TestClient? { members.randomElement(using: &generator) }

    private mutating func join() async throws {
        let client = try await conference.connect(address: address())
        client.offer = OfferBuilder(
            pairs: Int.random(in: 0...4, using: &generator), microphone: Bool.random(using: &generator),
            camera: Bool.random(using: &generator))
        let room = ["one", "two"].randomElement(using: &generator) ?? "one"
        let identity = Bool.random(using: &generator) ? "i\(Int.random(in: 0..<4, using: &generator))" : nil
        let reply = await client.join("N", room: room, identity: identity)
        if reply.type == "room-joined" {
            members.append(client)
        } else {
            let codes: Set<String?> = ["room-full", "too-many-sessions"]
            #expect(codes.contains(reply["code"]?.string), "seed \(seed): \(reply.text)")
            await client.session.connectionLost()
        }
        members.removeAll { $0.sink.closing != nil }
    }

    private mutating func leave() async throws {
        guard let client = member() else { return }
        #expect(await client.request("leave-room").type == "ok", "seed \(seed)")
        await client.session.connectionLost()
        members.removeAll { $0 === client }
    }

    private mutating func lose() async throws {
        guard let client = member() else { return }
        if Bool.random(using: &generator) {
            client.sink.stall()
        } else {
            await client.session.connectionLost()
        }
        members.removeAll { $0 === client }
        lost.append(client)
    }

    private mutating func resume() async throws {
        guard let client = lost.randomElement(using: &generator), let token = client.token else { return }
        lost.removeAll { $0 === client }
        let back = try await conference.connect(address: address())
        back.offer = client.offer
        back.offerID = client.offerID
        let reply = await back.resume(token)
        if reply.type == "resumed" {
            members.append(back)
        } else {
            #expect(reply["code"]?.string == "resume-failed")
            await back.session.connectionLost()
        }
        await client.session.connectionLost()
    }

    private mutating func renegotiate() async throws {
        guard let client = member(), !client.offer.sections.isEmpty else { return }
        if client.offer.sections.count < 10 {
            client.offer.sections.append(
                [.receiveAudio, .receiveVideo, .sendVideo, .sendAudio].randomElement(using: &generator)
                    ?? .sendAudio)
        } else {
            // A browser that takes a track back offers the m-line without sending on it.
            let index = Int.random(in: client.offer.sections.indices, using: &generator)
            if case .sendVideo = client.offer.sections[index] { client.offer.sections[index] = .receiveVideo }
            if case .sendAudio = client.offer.sections[index] { client.offer.sections[index] = .receiveAudio }
        }
        let reply = await client.renegotiate()
        #expect(
            reply.type == "answer" || reply["code"]?.string == "too-many-sessions",
            "seed \(seed): \(reply.text)")
    }

    private mutating func mute() async throws {
        guard let client = member() else { return }
        let muted = Bool.random(using: &generator)
        let reply = await client.request("set-muted", ["mid": .string("0"), "muted": .bool(muted)])
        #expect(reply.type == "ok" || reply["code"]?.string == "no-such-track", "seed \(seed)")
    }

    private mutating func media() async throws {
        guard
            let peer = conference.plane.snapshot.peers.keys.sorted(by: { $0.rawValue < $1.rawValue })
                .randomElement(using: &generator)
        else { return }
        let kinds: [MediaEvent.Kind] = [
            .transport(ice: .connected, dtls: .connected, selected: nil),
            .transport(ice: .disconnected, dtls: .connected, selected: nil), .failed("test"),
            .audioLevel(level: -30, speaking: true), .audioLevel(level: -90, speaking: false),
        ]
        if let kind = kinds.randomElement(using: &generator) {
            await conference.registry.handle(MediaEvent(peer: peer, kind: kind))
        }
    }

    private mutating func kick() async throws {
        guard let client = member(), let id = client.id, let room = client.room else { return }
        #expect(
            await conference.registry.remove(participant: id, fromRoom: room, message: nil), "seed \(seed)")
        await client.session.connectionLost()
        members.removeAll { $0 === client }
    }

    private mutating func wait() async {
        for client in members { client.session.noteActivity() }
        await conference.pass(.milliseconds(Int64.random(in: 100...6000, using: &generator)))
        for client in members where client.sink.closing != nil { await client.session.connectionLost() }
        members.removeAll { $0.sink.closing != nil }
    }

    /// What every member was told is what is there, in its own eyes and in the media plane's.
    private func check() async throws {
        conference.expectNoComplaints()
        for room in ["one", "two"] {
            guard let snapshot = await conference.registry.room(named: room) else { continue }
            let participants = snapshot.participants ?? []
            for participant in participants {
                let others = participants.filter { $0.id != participant.id }
                let shown =
                    participant.slots.assigned.map(\.track) + participant.slots.unassigned.map(\.track)
                #expect(Set(shown).count == shown.count, "seed \(seed): a track is told twice")
                if participant.media != nil {
                    // Cameras that are off are nobody's picture.
                    let tracks = others.flatMap(\.tracks).filter { !($0.source == .camera && $0.muted) }
                    #expect(
                        Set(shown) == Set(tracks.map(\.id)),
                        "seed \(seed): not everything of everybody")
                    let plane = participant.media?.downlinks.compactMap(\.track) ?? []
                    #expect(
                        Set(plane) == Set(participant.slots.assigned.map(\.track)),
                        "seed \(seed): the media plane has another mapping")
                }
                guard let client = members.first(where: { $0.id == participant.id }) else { continue }
                let told = client.slots?["assigned"]?.array.compactMap { $0["track"]?.string } ?? []
                #expect(told == participant.slots.assigned.map(\.track), "seed \(seed): told something else")
                #expect(knownTo(client) == Set(others.map(\.id)), "seed \(seed): knows somebody else")
            }
        }
        let count = await conference.registry.server().participants
        #expect(conference.plane.snapshot.peers.count <= count, "seed \(seed): leaked peers")
        var pending = 0
        for name in await conference.registry.rooms().map(\.name) {
            let room = try await conference.registry.room(forJoining: name, creating: false)
            pending += await room.pendingCount()
        }
        #expect(conference.counts == .init(sessions: count, pending: pending), "seed \(seed): claims")
    }

    /// Who is there, as far as a client was told.
    private func knownTo(_ client: TestClient) -> Set<String> {
        var known: Set<String> = []
        for message in client.sink.messages {
            switch message.type {
            case "room-joined", "resumed":
                known = Set(message["participants"]?.array.compactMap { $0["id"]?.string } ?? [])
            case "user-joined": if let id = message["participant"]?["id"]?.string { known.insert(id) }
            case "user-left": if let id = message["participant"]?.string { known.remove(id) }
            default: break
            }
        }
        return known
    }

    /// When everybody has gone, nothing is left.
    mutating func finish() async throws {
        for client in members + lost { await client.session.connectionLost() }
        // Connections that the server closed and nobody reported are given up for their silence.
        await conference.pass(.seconds(25))
        let conference = conference
        try await conference.eventually { await conference.registry.server().connections == 0 }
        await conference.pass(.seconds(5))
        let server = await conference.registry.server()
        #expect(server.participants == 0, "seed \(seed)")
        #expect(server.rooms == 0, "seed \(seed)")
        #expect(conference.counts == .init(sessions: 0, pending: 0), "seed \(seed)")
        let plane = conference.plane.snapshot
        #expect(plane.peers.isEmpty, "seed \(seed)")
        let record = conference.recorder.snapshot
        #expect(record.endings.count == record.sessions.count, "seed \(seed)")
        #expect(record.endedTracks.count == record.tracks.count, "seed \(seed)")
        #expect(record.endedRooms.count == record.rooms.count, "seed \(seed)")
        conference.expectNoComplaints()
    }
}

extension Room {
    fileprivate func pendingCount() -> Int { members.count { $0.isPending } }
}
