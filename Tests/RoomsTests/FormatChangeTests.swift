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
