import Engine
import Negotiation
import RTP
import Testing
import Wire

@testable import Rooms

/// Which track comes onto which slot.
struct SlotTableTests {
    /// A table with so many pairs; `mid` is `a0`, `v0`, `a1`, `v1` and so on.
    private func table(audio: Int, video: Int, maxAudio: Int = 16, maxVideo: Int = 25) -> SlotTable {
        var table = SlotTable(maxAudioSlots: maxAudio, maxVideoSlots: maxVideo)
        table.setSections(sections(audio: audio, video: video))
        return table
    }

    private func sections(audio: Int, video: Int) -> [DownlinkSection] {
        func section(_ mid: String, _ kind: MediaKind, _ slot: Int) -> DownlinkSection {
            DownlinkSection(mid: mid, kind: kind, slot: slot, ssrc: SSRC(1), cname: "c", codecs: [])
        }
        return (0..<audio).map { section("a\($0)", .audio, $0) }
            + (0..<video).map { section("v\($0)", .video, $0) }
    }

    private func track(
        _ participant: String, _ source: TrackSource, _ number: UInt64, ordinal: Int = 0
    ) -> SlotTable.Wanted {
        SlotTable.Wanted(
            track: "t\(number)", publication: PublicationID(number), participant: participant, source: source,
            ordinal: ordinal)
    }

    /// Microphone and camera of a participant.
    private func person(_ name: String, _ number: UInt64) -> [SlotTable.Wanted] {
        [track(name, .microphone, number), track(name, .camera, number + 1)]
    }

    private func view(_ table: SlotTable) -> [String: String] {
        var view: [String: String] = [:]
        for entry in table.mapping(version: 0).assigned {
            view[entry.mid] = "\(entry.participant)/\(entry.source)"
        }
        return view
    }

    @Test func voiceAndFaceShareAPair() {
        var table = table(audio: 2, video: 2)
        let changes = table.update(wanted: person("p", 1) + person("q", 3))
        #expect(changes.map(\.mid).sorted() == ["a0", "a1", "v0", "v1"])
        #expect(
            view(table) == ["a0": "p/microphone", "v0": "p/camera", "a1": "q/microphone", "v1": "q/camera"])
    }

    @Test func aScreenTakesAPairOfItsOwn() {
        var table = table(audio: 3, video: 3)
        _ = table.update(
            wanted: person("p", 1) + [track("p", .screen, 3), track("p", .screenAudio, 4)] + person("q", 5))
        #expect(
            view(table) == [
                "a0": "p/microphone", "v0": "p/camera", "a1": "p/screenAudio", "v1": "p/screen",
                "a2": "q/microphone", "v2": "q/camera",
            ])
    }

    @Test func whatIsAddedLaterJoinsTheRest() {
        var table = table(audio: 3, video: 3)
        _ = table.update(wanted: [track("p", .microphone, 1), track("q", .microphone, 2)])
        let changes = table.update(
            wanted: [track("p", .microphone, 1), track("q", .microphone, 2), track("q", .camera, 3)])
        #expect(changes == [.init(mid: "v1", wanted: track("q", .camera, 3))])
    }

    @Test func nothingMovesWhileItLasts() {
        var table = table(audio: 3, video: 3)
        let p = person("p", 1)
        let q = person("q", 3)
        let r = person("r", 5)
        _ = table.update(wanted: p + q + r)
        let before = view(table)
        #expect(table.update(wanted: p + q + r) == [])
        let changes = table.update(wanted: q + r)
        #expect(changes == [.init(mid: "a0", wanted: nil), .init(mid: "v0", wanted: nil)])
        #expect(view(table) == before.filter { !$0.value.hasPrefix("p/") })
    }

    @Test func whatIsFreedGoesToTheOneWhoWaitedLongest() {
        var table = table(audio: 1, video: 1)
        let p = person("p", 1)
        let q = person("q", 3)
        let r = person("r", 5)
        _ = table.update(wanted: p + q + r)
        #expect(table.mapping(version: 0).unassigned.map(\.participant) == ["q", "q", "r", "r"])
        #expect(table.mapping(version: 0).unassigned.allSatisfy { $0.reason == .noFreeSlot })
        // Straight from one to the next: the slot is not cleared in between.
        let changes = table.update(wanted: q + r)
        #expect(changes.map(\.mid).sorted() == ["a0", "v0"])
        #expect(changes.allSatisfy { $0.wanted?.participant == "q" })
    }

    @Test func atTheLimitTheReasonIsTheLimit() {
        var table = table(audio: 1, video: 2, maxAudio: 1, maxVideo: 3)
        _ = table.update(wanted: person("p", 1) + person("q", 3) + person("r", 5))
        let reasons = table.mapping(version: 0).unassigned.map {
            "\($0.participant)/\($0.source)/\($0.reason.rawValue)"
        }
        #expect(
            reasons == ["q/microphone/slot-limit", "r/microphone/slot-limit", "r/camera/no-free-slot"])
        #expect(view(table)["v1"] == "q/camera")
    }

    @Test func belowTheLimitNoPairIsSplit() {
        var table = table(audio: 1, video: 1)
        _ = table.update(wanted: [track("p", .microphone, 1)] + person("q", 2))
        #expect(view(table) == ["a0": "p/microphone"])
        // The free half is still there for the owner of the pair.
        _ = table.update(wanted: [track("p", .microphone, 1)] + person("q", 2) + [track("p", .camera, 4)])
        #expect(view(table) == ["a0": "p/microphone", "v0": "p/camera"])
    }

    @Test func atTheLimitAVoiceIsHeardOnAnotherPair() {
        var table = table(audio: 1, video: 2, maxAudio: 1, maxVideo: 2)
        let p = person("p", 1)
        let q = person("q", 3)
        _ = table.update(wanted: p + q)
        #expect(view(table) == ["a0": "p/microphone", "v0": "p/camera", "v1": "q/camera"])
        // Only p's microphone goes; q's voice comes onto p's pair, and both pictures stay where they are.
        let changes = table.update(wanted: [p[1]] + q)
        #expect(changes == [.init(mid: "a0", wanted: q[0])])
        // p's own voice has to wait now, and gets the slot back when q has gone.
        _ = table.update(wanted: [p[1]] + q + [track("p", .microphone, 9)])
        #expect(view(table)["a0"] == "q/microphone")
        _ = table.update(wanted: [p[1], track("p", .microphone, 9)])
        #expect(view(table) == ["a0": "p/microphone", "v0": "p/camera"])
    }

    @Test func picturesAloneLeaveWholePairsToOthers() {
        var table = table(audio: 1, video: 2)
        _ = table.update(wanted: [track("p", .screen, 1)] + person("q", 2))
        #expect(view(table) == ["v1": "p/screen", "a0": "q/microphone", "v0": "q/camera"])
    }

    @Test func aSecondCameraIsAUnitOfItsOwn() {
        var table = table(audio: 2, video: 2)
        _ = table.update(wanted: person("p", 1) + [track("p", .camera, 3, ordinal: 1)])
        #expect(view(table) == ["a0": "p/microphone", "v0": "p/camera", "v1": "p/camera"])
    }

    @Test func whatCannotBeDecodedLeavesItsSlotToOthers() {
        var table = table(audio: 1, video: 1)
        let p = person("p", 1)
        let q = person("q", 3)
        _ = table.update(wanted: p)
        _ = table.update(wanted: p + q)
        #expect(table.refuse(PublicationID(2), isUndecodable: true) == [.init(mid: "v0", wanted: nil)])
        let mapping = table.mapping(version: 0)
        #expect(mapping.unassigned.map(\.reason) == [.noFreeSlot, .noFreeSlot, .codecNotSupported])
        // For the life of the track; a renegotiation is a new chance.
        #expect(table.update(wanted: p + q).isEmpty)
        table.setSections(sections(audio: 1, video: 1))
        #expect(table.update(wanted: p + q) == [.init(mid: "v0", wanted: p[1])])
    }

    @Test func whatIsGoneIsTriedAgainAtTheNextChange() {
        var table = table(audio: 0, video: 1)
        _ = table.update(wanted: [track("p", .camera, 1), track("q", .camera, 2)])
        #expect(
            table.refuse(PublicationID(1), isUndecodable: false) == [
                .init(mid: "v0", wanted: track("q", .camera, 2))
            ])
        #expect(table.mapping(version: 0).unassigned.map(\.reason) == [.noFreeSlot])
        #expect(
            table.update(wanted: [track("p", .camera, 1)]) == [
                .init(mid: "v0", wanted: track("p", .camera, 1))
            ])
    }

    @Test func newPairsGoToThoseWhoWait() {
        var table = table(audio: 1, video: 1)
        let wanted = person("p", 1) + person("q", 3)
        _ = table.update(wanted: wanted)
        table.setSections(sections(audio: 2, video: 2))
        #expect(Set(table.update(wanted: wanted).map(\.mid)) == ["a1", "v1"])
        // A pair that goes takes what is on it along; the rest stays.
        table.setSections(sections(audio: 1, video: 1))
        #expect(table.update(wanted: wanted) == [])
        #expect(view(table) == ["a0": "p/microphone", "v0": "p/camera"])
    }

    /// Random comings and goings: no track twice, nothing lost, no kind mixed up, nothing moved, nothing
    /// idle.
    @Test(arguments: 0..<16 as Range<UInt64>)
    func invariantsHold(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let audio = Int.random(in: 0...6, using: &generator)
        let video = Int.random(in: 0...8, using: &generator)
        var table = SlotTable(maxAudioSlots: 6, maxVideoSlots: 8)
        table.setSections(sections(audio: audio, video: video))
        var wanted: [SlotTable.Wanted] = []
        var number: UInt64 = 0
        var plane: [String: UInt64] = [:]
        for _ in 0..<120 {
            if wanted.isEmpty || Bool.random(using: &generator) {
                number += 1
                let participant = "p\(Int.random(in: 0..<12, using: &generator))"
                let source = TrackSource.allCases.randomElement(using: &generator) ?? .camera
                let taken = wanted.count { $0.participant == participant && $0.source == source }
                if taken == 0 { wanted.append(track(participant, source, number)) }
            } else {
                wanted.remove(at: Int.random(in: wanted.indices, using: &generator))
            }
            let before = view(table)
            let stillWanted = Set(wanted.map { "\($0.participant)/\($0.source)" })
            for change in table.update(wanted: wanted) {
                plane[change.mid] = change.wanted?.publication.rawValue
            }
            let mapping = table.mapping(version: 0)
            let after = view(table)
            #expect(Set(after.values).count == after.count, "a track is on two slots, seed \(seed)")
            #expect(mapping.assigned.count + mapping.unassigned.count == wanted.count, "seed \(seed)")
            #expect(mapping.assigned.allSatisfy { $0.mid.hasPrefix($0.source.kind == .audio ? "a" : "v") })
            for (mid, who) in before where stillWanted.contains(who) {
                #expect(after[mid] == who, "moved, seed \(seed)")
            }
            let tracks = Dictionary(uniqueKeysWithValues: mapping.assigned.map { ($0.mid, $0.track) })
            #expect(
                plane.mapValues { "t\($0)" } == tracks, "the media plane knows another mapping, seed \(seed)")
            // A pair that is wholly free while somebody waits for one of its kinds would be a waste.
            for pair in 0..<max(audio, video) where after["a\(pair)"] == nil && after["v\(pair)"] == nil {
                let kinds: [TrackKind] = (pair < audio ? [.audio] : []) + (pair < video ? [.video] : [])
                let homeless = mapping.unassigned.filter { waiting in
                    kinds.contains(waiting.source.kind)
                        && !mapping.assigned.contains {
                            $0.participant == waiting.participant && $0.source.unit == waiting.source.unit
                        }
                }
                #expect(homeless.isEmpty, "seed \(seed)")
            }
        }
        for change in table.update(wanted: []) { plane[change.mid] = change.wanted?.publication.rawValue }
        #expect(plane.isEmpty)
    }

    /// Looking only at what changed comes to the same as looking at everything.
    @Test(arguments: 0..<24 as Range<UInt64>)
    func changesAloneSuffice(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let audio = Int.random(in: 0...6, using: &generator)
        let video = Int.random(in: 0...8, using: &generator)
        var whole = SlotTable(maxAudioSlots: 6, maxVideoSlots: 8)
        whole.setSections(sections(audio: audio, video: video))
        var partial = whole
        var wanted: [SlotTable.Wanted] = []
        var number: UInt64 = 0
        var told = partial.mapping(version: 0)
        for _ in 0..<150 {
            let before = wanted
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                if wanted.count < 2 || Int.random(in: 0..<5, using: &generator) < 3 {
                    number += 1
                    let participant = "p\(Int.random(in: 0..<60, using: &generator))"
                    let source = TrackSource.allCases.randomElement(using: &generator) ?? .camera
                    let ordinal = wanted.count { $0.participant == participant && $0.source == source }
                    wanted.append(track(participant, source, number, ordinal: ordinal))
                } else {
                    wanted.remove(at: Int.random(in: wanted.indices, using: &generator))
                }
            }
            let expected = whole.update(wanted: wanted)
            #expect(partial.apply(PublishedChanges(from: before, to: wanted)) == expected, "seed \(seed)")
            if Int.random(in: 0..<4, using: &generator) == 0, let refused = expected.last?.wanted {
                let isUndecodable = Bool.random(using: &generator)
                let expected = whole.refuse(refused.publication, isUndecodable: isUndecodable)
                let found = partial.refuse(refused.publication, isUndecodable: isUndecodable)
                #expect(found == expected, "seed \(seed)")
            }
            #expect(
                partial.mapping(version: 0, listing: .max) == whole.mapping(version: 0, listing: .max),
                "seed \(seed)")
            // What is not announced as news looks as before, but for the number.
            var now = partial.mapping(version: 0)
            if !partial.takeNews() {
                now.unassignedCount = told.unassignedCount
                #expect(now == told, "seed \(seed)")
            }
            told = partial.mapping(version: 0)
        }
    }

    @Test func theQueueIsToldInParts() {
        var table = table(audio: 1, video: 1)
        let people = (0..<60).map { track("p\($0)", .microphone, UInt64($0)) }
        _ = table.update(wanted: people)
        let mapping = table.mapping(version: 0)
        #expect(mapping.unassigned.map(\.participant) == (1...50).map { "p\($0)" })
        #expect(mapping.unassignedCount == 59)
        #expect(table.mapping(version: 0, listing: .max).unassigned.count == 59)
        // What happens behind the list is no news; what moves it is.
        _ = table.takeNews()
        _ = table.apply(PublishedChanges(from: people, to: people.dropLast() + [track("q", .microphone, 99)]))
        let behind = table.takeNews()
        #expect(!behind)
        let now = Array(people.dropLast()) + [track("q", .microphone, 99)]
        _ = table.apply(PublishedChanges(from: now, to: now.filter { $0.participant != "p7" }))
        let within = table.takeNews()
        #expect(within)
        #expect(table.mapping(version: 0).unassigned.last?.participant == "p51")
    }
}
