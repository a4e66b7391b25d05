import Engine
import Testing

@testable import Rooms

/// Payload types that a renegotiation changes while media flow.
struct FormatChangeTests {
    @Test func whatIsOnASlotIsPutThereAnew() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let receiver = try await conference.peer(of: bob)
        let view = bob.view
        let before = conference.plane.snapshot
        bob.offer.vp8 = 100
        bob.offer.vp8RTX = 101
        let reply = await bob.renegotiate()
        #expect(reply["sdp"]?.string?.contains("a=rtpmap:100 VP8/90000") == true)
        let after = conference.plane.snapshot
        // Ada's picture, on the one video slot in use; her sound has the numbers it had.
        let slots = try #require(before.peers[receiver]?.slots)
        let video = try #require(slots.first { Int($0.key).map { $0 % 2 == 1 } ?? false })
        #expect(
            after.assignments.dropFirst(before.assignments.count) == [
                .init(receiver: receiver, mid: video.key, publication: nil),
                .init(receiver: receiver, mid: video.key, publication: video.value),
            ])
        #expect(after.peers[receiver]?.slots == slots)
        // Nobody has to be told anything: the mapping is the same.
        #expect(bob.view == view)
        #expect(ada.events("user-updated").isEmpty)
        conference.expectNoComplaints()
    }

    /// The media plane says nothing of what is sent at once, and the page would have shown it as paused for good.
    @Test func whatWasWithheldIsNotOnceItIsPutThereAnew() async throws {
        let conference = Conference()
        _ = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let receiver = try await conference.peer(of: bob)
        let slots = try #require(conference.plane.snapshot.peers[receiver]?.slots)
        let video = try #require(slots.first { Int($0.key).map { $0 % 2 == 1 } ?? false })
        try await conference.media(.withholding(mid: video.key, publication: video.value, reason: .bandwidth), of: bob)
        let paused = try #require(bob.events("track-paused").last)
        bob.offer.vp8 = 100
        bob.offer.vp8RTX = 101
        _ = await bob.renegotiate()
        #expect(bob.events("track-resumed").map { $0["track"]?.string } == [paused["track"]?.string])
        conference.expectNoComplaints()
    }

    @Test func whatCannotBeDecodedAnyMoreIsSaid() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let receiver = try await conference.peer(of: bob)
        let camera = try #require(
            conference.plane.snapshot.peers[receiver]?.slots.first {
                Int($0.key).map { $0 % 2 == 1 } ?? false
            })
        conference.plane.change { $0.undecodable = [camera.value] }
        bob.offer.vp8 = 100
        _ = await bob.renegotiate()
        #expect(bob.unassigned.map { $0["reason"]?.string } == ["codec-not-supported"])
        #expect(bob.view.values.contains("\(try #require(ada.id))/microphone"))
        // The next negotiation tries again.
        conference.plane.change { $0.undecodable = [] }
        bob.offer.vp8 = 96
        _ = await bob.renegotiate()
        #expect(bob.unassigned.isEmpty)
        conference.expectNoComplaints()
    }

    @Test func aPublishersOtherFormatThatSomebodyCannotDecodeIsToldToBoth() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let receiver = try await conference.peer(of: bob)
        let slots = try #require(conference.plane.snapshot.peers[receiver]?.slots)
        let (mid, camera) = try #require(slots.first { Int($0.key).map { $0 % 2 == 1 } ?? false })

        // The media plane has emptied the slot.
        conference.plane.change { state in
            state.undecodable = [camera]
            state.peers[receiver]?.slots[mid] = nil
        }
        try await conference.media(.codecChanged(camera), of: ada)
        try await conference.media(.undecodable(mid: mid, publication: camera), of: bob)
        await conference.pass(.milliseconds(200))
        #expect(bob.unassigned.map { $0["reason"]?.string } == ["codec-not-supported"])
        #expect(bob.view.values.contains("\(try #require(ada.id))/microphone"))
        var told = try #require(ada.events("track-undecodable").last)
        #expect(told["participants"]?.array.map(\.string) == [bob.id])
        #expect(bob.events("track-undecodable").isEmpty)
        // Who comes back is told again.
        let again = try await conference.connect()
        _ = await again.resume(try #require(ada.token))
        #expect(again.events("track-undecodable").last?["participants"]?.array.map(\.string) == [bob.id])

        // Another format is tried at once, without a word of the receiver's.
        conference.plane.change { $0.undecodable = [] }
        try await conference.media(.codecChanged(camera), of: ada)
        await conference.pass(.milliseconds(200))
        #expect(bob.unassigned.isEmpty)
        #expect(conference.plane.snapshot.peers[receiver]?.slots[mid] == camera)
        told = try #require(again.events("track-undecodable").last)
        #expect(told["participants"]?.array.isEmpty == true)
        let thirdTime = try await conference.connect()
        _ = await thirdTime.resume(try #require(again.token))
        #expect(thirdTime.events("track-undecodable").last?["participants"]?.array.isEmpty == true)
        conference.expectNoComplaints()
    }

    @Test func anOldWordOnASlotThatHoldsSomethingElseIsNoNews() async throws {
        let conference = Conference()
        _ = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let receiver = try await conference.peer(of: bob)
        let slots = try #require(conference.plane.snapshot.peers[receiver]?.slots)
        let (mid, camera) = try #require(slots.first { Int($0.key).map { $0 % 2 == 1 } ?? false })
        let before = conference.plane.snapshot.assignments
        try await conference.media(.undecodable(mid: mid + "0", publication: camera), of: bob)
        try await conference.media(.undecodable(mid: mid, publication: PublicationID(1)), of: bob)
        await conference.pass(.milliseconds(200))
        #expect(bob.unassigned.isEmpty && conference.plane.snapshot.assignments == before)
    }

    @Test func aRenegotiationThatChangesNothingOfASlotLeavesItAlone() async throws {
        let conference = Conference()
        _ = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let before = conference.plane.snapshot.assignments
        bob.offer.addPairs(1)
        _ = await bob.renegotiate()
        #expect(conference.plane.snapshot.assignments == before)
    }
}
