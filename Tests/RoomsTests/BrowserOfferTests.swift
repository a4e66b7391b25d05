import Foundation
import Testing

@testable import Rooms

/// Joins with what browsers really send.
struct BrowserOfferTests {
    @Test(arguments: ["chromium-156", "firefox-153"])
    func aBrowsersOfferIsAnswered(browser: String) async throws {
        let tests = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        let url = tests.appending(path: "../NegotiationTests/Fixtures/\(browser)/reference-1-offer.sdp")
        // As it goes over the wire: the recordings have LF alone.
        let sdp = try String(contentsOf: url, encoding: .utf8).replacing("\n", with: "\r\n")
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
