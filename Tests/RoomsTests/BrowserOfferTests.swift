import Foundation
import Testing

@testable import Rooms

/// Joins with what browsers really send.
struct BrowserOfferTests {
    @Test(arguments: ["chromium-156-offer", "firefox-153-offer"])
    func aBrowsersOfferIsAnswered(name: String) async throws {
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "sdp", subdirectory: "Fixtures"))
        let sdp = try String(contentsOf: url, encoding: .utf8)
        let conference = Conference()
        let watcher = try await conference.join("Watcher", pairs: 2)
        let client = try await conference.connect()
        let reply = await client.request(
            "join-room",
            [
                "room": .string("standup"), "name": .string("Browser"),
                "offer": .object(["offerId": .integer(1), "sdp": .string(sdp)]),
                "tracks": .array([
                    .object(["mid": .string("0"), "source": .string("microphone")]),
                    .object(["mid": .string("1"), "source": .string("camera")]),
                ]),
            ])
        #expect(reply.type == "room-joined", "\(reply.text)")
        let answer = try #require(reply["answer"]?["sdp"]?.string)
        #expect(answer.contains("a=ice-lite"))
        #expect(answer.contains("a=setup:passive"))
        // The offer's m-lines are sendrecv, as addTrack makes them: the browser sends on the pair that it
        // receives on.
        #expect(client.slots?["assigned"]?.array.count == 2)
        #expect(watcher.view.count == 2)
        conference.expectNoComplaints()
    }
}
