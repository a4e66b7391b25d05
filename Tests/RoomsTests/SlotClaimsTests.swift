import Engine
import Negotiation
import RTP
import Testing
import Wire

@testable import Rooms

/// Who has a slot where there are too few.
struct SlotClaimsTests {
    private func table(audio: Int, video: Int, maxAudio: Int = 16, maxVideo: Int = 25) -> SlotTable {
        var table = SlotTable(maxAudioSlots: maxAudio, maxVideoSlots: maxVideo)
        func section(_ mid: String, _ kind: MediaKind, _ slot: Int) -> DownlinkSection {
            DownlinkSection(mid: mid, kind: kind, slot: slot, ssrc: SSRC(1), cname: "c", codecs: [])
        }
        table.setSections(
            (0..<audio).map { section("a\($0)", .audio, $0) } + (0..<video).map { section("v\($0)", .video, $0) })
        return table
    }

    private func track(_ participant: String, _ source: TrackSource, _ number: UInt64) -> SlotTable.Wanted {
        SlotTable.Wanted(
            track: "t\(number)", publication: PublicationID(number), participant: participant, source: source, ordinal: 0)
    }

    private func person(_ name: String, _ number: UInt64) -> [SlotTable.Wanted] {
        [track(name, .microphone, number), track(name, .camera, number + 1)]
    }

    private func view(_ table: SlotTable) -> [String: String] {
        var view: [String: String] = [:]
        for entry in table.mapping(version: 0).assigned { view[entry.mid] = "\(entry.participant)/\(entry.source)" }
        return view
    }

    /// `silent` is who spoke how many seconds after the start.
    private func claims(_ speaking: String..., stage: [String] = [], silent: [String: Int64] = [:]) -> SlotClaims {
        SlotClaims(
            stage: stage,
            floor: .init(speaking: Set(speaking), lastSpoken: silent.mapValues { .zero + .seconds($0) }))
    }

    @Test func whoSpeaksTakesThePairOfTheOneSilentForLongest() {
        var table = table(audio: 3, video: 3)
        _ = table.update(wanted: person("p", 1) + person("q", 3) + person("r", 5) + person("s", 7))
        let changes = table.follow(claims("s", silent: ["p": 30, "q": 10, "r": 20]))
        let expected: [SlotTable.Change] = [
            .init(mid: "a1", wanted: track("s", .microphone, 7)), .init(mid: "v1", wanted: track("s", .camera, 8)),
        ]
        #expect(changes == expected)
        #expect(table.waiting.map(\.participant) == ["q", "q"])
        // Who has never spoken gives way before who has; of several the one who came last.
        _ = table.follow(claims("q", silent: ["s": 5]))
        let after = [
            "a0": "p/microphone", "v0": "p/camera", "a1": "s/microphone", "v1": "s/camera", "a2": "q/microphone",
            "v2": "q/camera",
        ]
        #expect(view(table) == after)
        let rest = table.follow(claims("q", silent: ["s": 5]))
        #expect(rest == [])
    }

    @Test func whoSpeaksIsOnStageOrSharesAScreenGivesWayToNobody() {
        var table = table(audio: 4, video: 4)
        let screen = [track("r", .screen, 5), track("r", .screenAudio, 6)]
        _ = table.update(wanted: person("p", 1) + person("q", 3) + screen + person("s", 7) + person("t", 9))
        _ = table.follow(claims("t", "p", stage: ["q"]))
        let expected = [
            "a0": "p/microphone", "v0": "p/camera", "a1": "q/microphone", "v1": "q/camera", "a2": "r/screenAudio",
            "v2": "r/screen", "a3": "t/microphone", "v3": "t/camera",
        ]
        #expect(view(table) == expected)
        // Now nobody is left who would.
        let rest = table.follow(claims("t", "p", "s", stage: ["q"]))
        #expect(rest == [])
    }

    @Test func aScreenAndTheStageFindASlotInAFullRoom() {
        var table = table(audio: 2, video: 2)
        _ = table.update(wanted: person("p", 1) + person("q", 3) + person("r", 5) + [track("q", .screen, 7)])
        _ = table.follow(claims(silent: ["q": 9]))
        let first = ["a0": "p/microphone", "v0": "q/screen", "a1": "q/microphone", "v1": "q/camera"]
        #expect(view(table) == first)
        _ = table.follow(claims(stage: ["r"], silent: ["q": 9]))
        let second = ["a0": "p/microphone", "v0": "q/screen", "a1": "r/microphone", "v1": "r/camera"]
        #expect(view(table) == second)
    }

    /// Fewer voices than pictures: the voice brings its picture along, so that they stay in sync.
    @Test func aVoiceThatIsHeardBringsItsPictureAlong() {
        var table = table(audio: 2, video: 4, maxAudio: 2, maxVideo: 4)
        _ = table.update(wanted: person("p", 1) + person("q", 3) + person("r", 5) + person("s", 7))
        #expect(view(table)["v3"] == "s/camera" && view(table)["a0"] == "p/microphone")
        _ = table.follow(claims("s", silent: ["p": 9]))
        let expected = [
            "a0": "p/microphone", "v0": "p/camera", "a1": "s/microphone", "v1": "s/camera", "v2": "r/camera",
            "v3": "q/camera",
        ]
        #expect(view(table) == expected)
    }

    @Test func lastNFollowsTheSpeakers() {
        var table = table(audio: 4, video: 4)
        _ = table.update(wanted: person("p", 1) + person("q", 3) + person("r", 5))
        let less = table.limitCameras(to: 2, claims(silent: ["p": 1, "r": 2]))
        #expect(less == [.init(mid: "v1", wanted: nil)])
        #expect(table.mapping(version: 0).unassigned.map(\.reason) == [.lastN])
        // Their voices are heard all the same, whoever comes.
        _ = table.update(wanted: person("p", 1) + person("q", 3) + person("r", 5) + person("s", 7))
        #expect(view(table)["a3"] == "s/microphone" && table.cameraCount == 2)
        let spoken = table.follow(claims("q", silent: ["p": 1, "r": 2]))
        let expected: [SlotTable.Change] = [
            .init(mid: "v0", wanted: nil), .init(mid: "v1", wanted: track("q", .camera, 4)),
        ]
        #expect(spoken == expected)
        _ = table.limitCameras(to: 0, claims("q"))
        #expect(table.cameraCount == 0)
        let more = table.limitCameras(to: nil, claims("q"))
        #expect(more.count == 4)
        #expect(table.mapping(version: 0).unassigned.isEmpty)
    }

    @Test func theStageIsTheLastThatLastNTakesAwayAndScreensDoNotCount() {
        var table = table(audio: 4, video: 4)
        _ = table.update(wanted: person("p", 1) + person("q", 3) + person("r", 5) + [track("p", .screen, 7)])
        _ = table.limitCameras(to: 1, claims("r", stage: ["q"]))
        #expect(view(table).values.filter { !$0.hasSuffix("microphone") }.sorted() == ["p/screen", "q/camera"])
        let rest = table.follow(claims("r", stage: ["q"]))
        #expect(rest == [])
    }

    private func all(_ people: [String: [SlotTable.Wanted]]) -> [SlotTable.Wanted] {
        people.values.joined().sorted { $0.publication.rawValue < $1.publication.rawValue }
    }

    /// Whatever people do, everybody who speaks is received where there is room for it, slots hold what they are for, and
    /// nothing is lost or doubled.
    @Test(arguments: UInt64(0)..<60)
    func randomWalk(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pairs = Int.random(in: 2...6, using: &generator)
        var table = table(
            audio: pairs, video: pairs + Int.random(in: 0...3, using: &generator),
            maxAudio: Bool.random(using: &generator) ? pairs : 16)
        var people: [String: [SlotTable.Wanted]] = [:]
        var floor = SlotClaims.Floor()
        var shown: [String: PublicationID] = [:]
        for step in 0..<300 as Range<Int64> {
            var changes: [SlotTable.Change] = []
            switch Int.random(in: 0..<10, using: &generator) {
            case 0...1 where people.count < 14:
                let number = UInt64(step) * 2 + 1
                people["p\(number)"] = person("p\(number)", number)
                changes = table.update(wanted: all(people))
            case 2:
                guard let gone = people.keys.sorted().randomElement(using: &generator) else { continue }
                people[gone] = nil
                floor.speaking.remove(gone)
                changes = table.update(wanted: all(people))
            case 3:
                let limit = Bool.random(using: &generator) ? nil : Int.random(in: 0...pairs, using: &generator)
                changes = table.limitCameras(to: limit, SlotClaims(floor: floor))
            case 4...6:
                guard floor.speaking.count < pairs, let who = people.keys.sorted().randomElement(using: &generator)
                else { continue }
                floor.speaking.insert(who)
            default:
                guard let who = floor.speaking.sorted().randomElement(using: &generator) else { continue }
                floor.speaking.remove(who)
                floor.lastSpoken[who] = .zero + .seconds(step)
            }
            changes += table.follow(SlotClaims(floor: floor))
            let rest = table.follow(SlotClaims(floor: floor))
            #expect(rest == [], "seed \(seed): it does not come to rest")
            for change in changes { shown[change.mid] = change.wanted?.publication }
            check(table, people, floor, shown, "seed \(seed), step \(step)")
        }
    }

    private func check(
        _ table: SlotTable, _ people: [String: [SlotTable.Wanted]], _ floor: SlotClaims.Floor,
        _ shown: [String: PublicationID], _ comment: Comment
    ) {
        let occupants = table.slots.compactMap { slot in slot.occupant.map { (slot: slot, track: $0) } }
        #expect(occupants.allSatisfy { $0.slot.kind == $0.track.source.kind }, comment)
        for (slot, track) in occupants { #expect(shown[slot.mid] == track.publication, comment) }
        #expect(shown.count == occupants.count, comment)
        let known = occupants.map(\.track.publication) + table.waiting.map(\.publication)
        #expect(Set(known).count == known.count, comment)
        #expect(Set(known) == Set(all(people).map(\.publication)), comment)
        #expect(table.cameraCount <= table.cameraLimit ?? .max, comment)
        func receives(_ who: String, _ source: TrackSource) -> Bool {
            occupants.contains { $0.track.participant == who && $0.track.source == source }
        }
        for who in floor.speaking {
            #expect(receives(who, .microphone), comment)
            if table.cameraLimit ?? .max >= floor.speaking.count { #expect(receives(who, .camera), comment) }
        }
    }

    // MARK: In a room

    @Test func whoSpeaksInAFullRoomIsReceivedAtOnceWithoutAnOffer() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada", pairs: 2)
        var others: [TestClient] = []
        for name in ["Bob", "Cyd", "Dan"] { others.append(try await conference.join(name)) }
        let ids = try others.map { try #require($0.id) }
        func pairs(_ first: Int, _ second: Int) -> [String: String] {
            [
                "2": "\(ids[first])/microphone", "3": "\(ids[first])/camera", "4": "\(ids[second])/microphone",
                "5": "\(ids[second])/camera",
            ]
        }
        #expect(ada.view == pairs(0, 1))
        try await conference.media(.audioLevel(level: -20, speaking: true), of: others[0])
        try await conference.media(.audioLevel(level: -20, speaking: true), of: others[2])
        await conference.pass(.milliseconds(100))
        #expect(ada.view == pairs(0, 2))
        #expect(ada.unassigned.allSatisfy { $0["participant"]?.string == ids[1] })
        // And stays when silence falls.
        try await conference.media(.audioLevel(level: -90, speaking: false), of: others[2])
        let version = ada.slots?["version"]
        await conference.pass(.seconds(3))
        #expect(ada.slots?["version"] == version)
        #expect(ada.events("answer").isEmpty)
        conference.expectNoComplaints()
    }

    @Test func aClientSaysHowManyCamerasItWants() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        var others: [TestClient] = []
        for name in ["Bob", "Cyd", "Dan"] { others.append(try await conference.join(name)) }
        let ids = try others.map { try #require($0.id) }
        func cameras() -> Set<String> {
            Set(ada.view.values.filter { $0.hasSuffix("/camera") }.map { String($0.prefix { $0 != "/" }) })
        }
        #expect(cameras() == Set(ids))
        #expect(await ada.request("subscription-settings", ["lastN": .integer(1)]).type == "ok")
        #expect(cameras() == [ids[0]])
        #expect(ada.view.values.count { $0.hasSuffix("/microphone") } == 3)
        #expect(ada.unassigned.map { $0["reason"]?.string } == ["last-n", "last-n"])
        try await conference.media(.audioLevel(level: -20, speaking: true), of: others[2])
        await conference.pass(.milliseconds(200))
        #expect(cameras() == [ids[2]])
        // Who is in the large picture is shown at once.
        try await conference.media(.audioLevel(level: -90, speaking: false), of: others[2])
        let stage = JSONValue.array([.string(ids[1])])
        #expect(await ada.request("subscription-settings", ["onStage": stage]).type == "ok")
        #expect(cameras() == [ids[1]])
        #expect(await ada.request("subscription-settings", ["lastN": .null]).type == "ok")
        #expect(cameras() == Set(ids) && ada.unassigned.isEmpty)
        conference.expectNoComplaints()
    }

    /// Cameras that were off filled the places, and one that was on was not seen before its owner spoke.
    @Test func aCameraThatIsOffLeavesItsPlaceToOneThatIsOn() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let cyd = try await conference.join("Cyd")
        #expect(await ada.request("subscription-settings", ["lastN": .integer(1)]).type == "ok")
        func cameras() -> [String] {
            ada.view.values.filter { $0.hasSuffix("/camera") }.map { String($0.prefix { $0 != "/" }) }
        }
        #expect(cameras() == [bob.id])
        #expect(await bob.request("set-muted", ["mid": .string("1"), "muted": .bool(true)]).type == "ok")
        #expect(cameras() == [cyd.id])
        #expect(ada.unassigned.isEmpty)
        #expect(await bob.request("set-muted", ["mid": .string("1"), "muted": .bool(false)]).type == "ok")
        #expect(cameras() == [cyd.id])
        #expect(ada.unassigned.map { $0["reason"]?.string } == ["last-n"])
        #expect(await cyd.request("set-muted", ["mid": .string("1"), "muted": .bool(true)]).type == "ok")
        #expect(cameras() == [bob.id])
        // A microphone keeps its place: the first word is heard.
        #expect(await bob.request("set-muted", ["mid": .string("0"), "muted": .bool(true)]).type == "ok")
        #expect(ada.view.values.count { $0.hasSuffix("/microphone") } == 2)
        conference.expectNoComplaints()
    }

    /// The wish may come before there is anything to receive.
    @Test func aLimitFromBeforeTheFirstOfferHolds() async throws {
        let conference = Conference()
        for name in ["Bob", "Cyd"] { _ = try await conference.join(name) }
        let ada = try await conference.connect()
        ada.offer.sections = []
        #expect(await ada.join("Ada").type == "room-joined")
        #expect(await ada.request("subscription-settings", ["lastN": .integer(1)]).type == "ok")
        ada.offer = OfferBuilder(pairs: 4)
        #expect(await ada.renegotiate().type == "answer")
        #expect(ada.view.values.count { $0.hasSuffix("/camera") } == 1)
        #expect(ada.view.values.count { $0.hasSuffix("/microphone") } == 2)
        conference.expectNoComplaints()
    }
}
