import Congestion
import Foundation
import Testing

@testable import Rooms

/// The protocol's page says what the server does.
struct DocumentationTests {
    private let page: String

    init() throws {
        let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        let url = folder.appending(path: "../../docs/signaling-protocol.md")
        page = try String(contentsOf: url, encoding: .utf8)
    }

    @Test(arguments: SignalingErrorCode.allCases)
    func everyErrorIsThere(code: SignalingErrorCode) {
        #expect(page.contains("\n| `\(code.rawValue)` | "))
    }

    @Test(arguments: GoodbyeReason.allCases)
    func everyGoodbyeIsThere(reason: GoodbyeReason) {
        #expect(
            page.contains("\n| `\(reason.rawValue)` | \(reason.closeCode) | \(reason.invitesReconnect) | "))
    }

    @Test(arguments: UnassignedReason.allCases)
    func everyReasonOfASlotIsThere(reason: UnassignedReason) {
        #expect(page.contains("\n| `\(reason.rawValue)` | "))
    }

    @Test(arguments: QualityReason.allCases)
    func everyReasonOfAQualityIsThere(reason: QualityReason) {
        #expect(page.contains("\n| `\(reason.rawValue)` | "))
    }

    @Test(arguments: SessionEndReason.allCases)
    func everyReasonOfLeavingIsThere(reason: SessionEndReason) {
        #expect(page.contains("`\(reason.rawValue)`"))
    }

    @Test(arguments: TrackSource.allCases)
    func everySourceIsThere(source: TrackSource) {
        #expect(page.contains("`\(source.rawValue)`"))
    }

    @Test(arguments: ClientMessage.types)
    func everyRequestHasAnExample(type: String) {
        #expect(page.contains("\n    {\"type\":\"\(type)\","))
    }

    /// Examples of one line that leave no field out are complete: they have to be JSON, and requests have to be understood.
    @Test func theExamplesAreRight() throws {
        var requests = 0
        var messages = 0
        for line in page.split(separator: "\n")
        where line.hasPrefix("    {\"type\":\"") && line.hasSuffix("}") {
            let example = String(line.dropFirst(4)).replacing("TRACKS", with: "[]").replacing(
                "SLOTS", with: "{}"
            )
            .replacing("PARTICIPANT", with: "{}").replacing("[…]", with: "[]")
            if example.contains(",…") { continue }
            let message = try JSONParser.parse(example)
            messages += 1
            guard message["id"] != nil, let type = message.type, ClientMessage.types.contains(type) else {
                continue
            }
            // An answer shares its name with a message that members send each other.
            if type == "answer" { continue }
            #expect(throws: Never.self) { try ClientRequest.parse(example) }
            requests += 1
        }
        #expect(requests >= 9)
        #expect(messages >= 20)
    }
}
