import Rooms
import Testing

@testable import Signaling

@Suite struct SessionFilterTests {
    @Test func everyFilterIsRead() throws {
        let query = try StatusRoutes.query([
            "room": "standup", "identity": "ada@example", "since": "2026-01-01T00:00:00Z",
            "until": "2026-01-02T00:00:00.500Z", "state": "ended", "reason": "server-crash",
            "cursor": "5.p-1", "limit": "500",
        ])
        #expect(query.room == "standup")
        #expect(query.identity == "ada@example")
        #expect(query.since == WallTime("2026-01-01T00:00:00Z"))
        #expect(query.until == WallTime("2026-01-02T00:00:00.500Z"))
        #expect(query.state == .ended)
        #expect(query.reason == "server-crash")
        #expect(query.cursor?.description == "5.p-1")
        #expect(query.limit == 500)
    }

    @Test(arguments: [
        ("since", "yesterday"), ("until", ""), ("state", "Open"), ("reason", "bored"), ("cursor", "x"),
        ("limit", "0"),
        ("limit", "501"), ("limit", "ten"), ("limit", "-1"), ("limit", "99999999999999999999"),
        ("rooms", "standup"),
    ])
    func whatCannotBeUnderstoodIsRefusedByName(name: String, value: String) {
        let error = #expect(throws: APIError.self) { try StatusRoutes.query([name: value]) }
        #expect(error?.status == .badRequest)
        #expect(error?.message.hasPrefix("\(name): ") == true)
    }

    @Test func pagesAreFollowedOverHTTP() async throws {
        try await TestServer.with { server in
            for number in 0..<7 {
                server.store.sessionStarted(
                    SessionRecord(
                        id: "p-\(number)", roomID: "r-1", roomName: "a b&c", name: "Ada", identity: nil,
                        address: nil,
                        userAgent: nil, startedAt: WallTime(millisecondsSinceEpoch: Int64(number))))
            }
            await server.store.flush()
            var names: [String] = []
            var path: String? = "/api/v1/sessions?room=a+b%26c&limit=3"
            while let current = path {
                let text = try await server.request(current).text
                names += text.matches(of: #/"id":"(p-\d)"/#).map { String($0.output.1) }
                path = text.firstMatch(of: #/"nextCursor":"([^"]+)"/#).map {
                    "/api/v1/sessions?room=a+b%26c&limit=3&cursor=\($0.output.1)"
                }
            }
            #expect(names == ["p-6", "p-5", "p-4", "p-3", "p-2", "p-1", "p-0"])
        }
    }
}
