import Engine
import Foundation
import Testing

@testable import Rooms
@testable import Signaling

/// What is served is what the document says, in both directions.
@Suite struct OpenAPITests: @unchecked Sendable {  // read only
    private let document: [String: Any]
    private let schema: JSONSchema

    init() throws {
        let text = OpenAPIDocument.text(version: "1.2.3")
        document = try #require(
            try JSONSerialization.jsonObject(with: Data(text.readableBytesView)) as? [String: Any])
        schema = JSONSchema(document: document)
    }

    private func operation(_ method: String, _ path: String) -> [String: Any]? {
        ((document["paths"] as? [String: Any])?[path] as? [String: Any])?[method.lowercased()]
            as? [String: Any]
    }

    /// Holds an answer against the document's response for its status.
    private func check(_ answer: HTTPAnswer, _ method: String, _ path: String) throws {
        let responses = try #require(
            operation(method, path)?["responses"] as? [String: Any], "\(method) \(path)")
        var response = try #require(
            responses[String(answer.status)] as? [String: Any], "\(method) \(path) answered \(answer.status)")
        if let reference = response["$ref"] { response = try #require(schema.resolve(reference)) }
        guard let content = response["content"] as? [String: Any] else {
            #expect(answer.body.isEmpty, "\(method) \(path)")
            return
        }
        let media = try #require(content["application/json"] as? [String: Any])
        #expect(answer.headers["content-type"] == "application/json; charset=utf-8", "\(method) \(path)")
        let value = try JSONSerialization.jsonObject(with: Data(answer.body))
        let problems = schema.problems(of: value, against: try #require(media["schema"] as? [String: Any]))
        #expect(problems.isEmpty, "\(method) \(path) \(answer.status): \(problems)")
    }

    @Test func everyAddressIsDescribedAndEveryDescriptionHasAnAddress() async throws {
        try await TestServer.with { server in
            let routes = StatusRoutes(
                registry: server.registry, store: server.store, configuration: .init(),
                connections: .init(limits: .init(), proxies: .init(trustedProxies: []))
            ).routes
            let served = Set(
                routes.flatMap { route in route.handlers.keys.map { "\($0.rawValue) \(route.path)" } })
            let paths = try #require(document["paths"] as? [String: [String: Any]])
            let methods = ["get", "put", "post", "delete", "patch"]
            let described = Set(
                paths.flatMap { path, item in
                    item.keys.filter(methods.contains).map { "\($0.uppercased()) \(path)" }
                })
            #expect(served == described)
            for route in routes {
                for method in route.handlers.keys {
                    let isOpen =
                        (operation(method.rawValue, route.path)?["security"] as? [Any])?.isEmpty == true
                    #expect(isOpen == (route.access == .everybody), "\(method) \(route.path)")
                }
            }
        }
    }

    @Test func everyAnswerOfALiveServerFitsItsSchema() async throws {
        try await TestServer.with { server in
            try await server.webSocket { socket in
                try await socket.send(
                    #"{"type":"create-room","id":1,"room":"standup","name":"Daily standup"}"#)
                _ = try await socket.receive()
                try await socket.send(
                    #"{"type":"join-room","id":2,"room":"standup","name":"Ada","identity":"ada@example"}"#)
                _ = try await socket.receive()
                let participants = await server.registry.room(named: "standup")?.participants
                let ada = try #require(participants?.first?.id)
                await server.store.flush()
                let gets: [(String, String)] = [
                    ("/livez", "/livez"), ("/readyz", "/readyz"), ("/api/openapi.json", "/api/openapi.json"),
                    ("/api/v1/status", "/api/v1/status"), ("/api/v1/rooms", "/api/v1/rooms"),
                    ("/api/v1/rooms/{room}", "/api/v1/rooms/standup"),
                    ("/api/v1/rooms/{room}", "/api/v1/rooms/nowhere"),
                    ("/api/v1/rooms/{room}/participants", "/api/v1/rooms/standup/participants"),
                    (
                        "/api/v1/rooms/{room}/participants/{participant}",
                        "/api/v1/rooms/standup/participants/\(ada)"
                    ),
                    (
                        "/api/v1/rooms/{room}/participants/{participant}",
                        "/api/v1/rooms/standup/participants/p-nobody"
                    ),
                    ("/api/v1/sessions", "/api/v1/sessions?limit=1"),
                    ("/api/v1/sessions", "/api/v1/sessions?limit=0"),
                ]
                for (template, path) in gets { try check(try await server.request(path), "GET", template) }

                let participant = "/api/v1/rooms/{room}/participants/{participant}"
                let removal = "/api/v1/rooms/standup/participants/\(ada)?message=Lunch"
                try check(try await server.request("DELETE", removal), "DELETE", participant)
                let frames = try await socket.receiveUntilClose()
                #expect(frames.contains { $0.text.contains("Lunch") })
                #expect(frames.last?.closeCode == 4004)
                try check(try await server.request("DELETE", removal), "DELETE", participant)
                try check(
                    try await server.request("DELETE", "/api/v1/rooms/standup"), "DELETE",
                    "/api/v1/rooms/{room}")
                try check(
                    try await server.request("DELETE", "/api/v1/rooms/standup"), "DELETE",
                    "/api/v1/rooms/{room}")
            }
            await server.store.flush()
            let sessions = try await server.request("/api/v1/sessions?reason=removed")
            try check(sessions, "GET", "/api/v1/sessions")
            #expect(sessions.text.contains("ada@example"))
            for (method, draining) in [("GET", false), ("DELETE", false), ("PUT", true), ("GET", true)] {
                let answer = try await server.request(method, "/api/v1/drain")
                #expect(answer.text == #"{"draining":\#(draining)}"#)
                try check(answer, method, "/api/v1/drain")
            }
            let unready = try await server.request("/readyz")
            #expect(unready.status == 503)
            try check(unready, "GET", "/readyz")
        }
    }

    /// A load balancer must not send people where each join is refused.
    @Test(arguments: [(LoadLevel.lowestLayer, false), (.normal, true)])
    func whereNobodyCanJoinTheServerIsNotReady(level: LoadLevel, full: Bool) async throws {
        var plane = NoMedia()
        plane.worker.loadLevel = level
        plane.worker.isFull = full
        try await TestServer.with(plane: plane) { server in
            let unready = try await server.request("/readyz")
            #expect(unready.status == 503)
            #expect(unready.text.contains("Every media thread"))
        }
        try await TestServer.with { server in
            let ready = try await server.request("/readyz")
            #expect(ready.status == 200)
        }
    }

    @Test func refusalsFitTheirSchema() async throws {
        try await TestServer.with(configure: { $0.apiKey = "secret" }) { server in
            let answer = try await server.request("/api/v1/rooms")
            #expect(answer.status == 401)
            try check(answer, "GET", "/api/v1/rooms")
        }
        try await TestServer.with { server in
            let answer = try await server.request(
                "/api/v1/rooms", headers: [("X-Forwarded-For", "127.0.0.1")])
            #expect(answer.status == 403)
            try check(answer, "GET", "/api/v1/rooms")
        }
    }

    /// Live figures need media; here they come from filled-in statistics.
    @Test func liveFiguresFitTheirSchema() throws {
        var layer = LayerStatistics()
        layer.rid = "f"
        layer.lost = -1
        var uplink = UplinkStatistics()
        uplink.publication = PublicationID(1)
        uplink.audioLevel = -127
        uplink.keyframeRequests = ["new-subscriber": 2]
        uplink.layers = [layer, LayerStatistics()]
        var downlink = DownlinkStatistics()
        downlink.publication = PublicationID(1)
        downlink.reportedLoss = 0.5
        var peer = PeerStatistics()
        var data = DataStatistics()
        data.isConnected = true
        data.drops = ["rateLimited": 3]
        data.endReason = "The participant took its messages too slowly."
        peer.data = data
        peer.srtpProfile = "AEAD_AES_128_GCM"
        peer.roundTripMilliseconds = 12.5
        peer.drops = ["no-keyframe": 4]
        peer.uplinks = [uplink, UplinkStatistics()]
        peer.downlinks = [downlink, DownlinkStatistics()]
        for statistics in [peer, PeerStatistics()] {
            let snapshot = MediaSnapshot(statistics, tracks: [PublicationID(1): "t-1"])
            let value = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(snapshot))
            let problems = schema.problems(of: value, against: ["$ref": "#/components/schemas/Media"])
            #expect(problems.isEmpty, "\(problems)")
        }
    }

    @Test func everyReasonIsInTheDocument() throws {
        let session = try #require(schema.resolve("#/components/schemas/Session"))
        let reasons =
            ((session["properties"] as? [String: Any])?["endReason"] as? [String: Any])?["enum"] as? [String]
        #expect(reasons == StatusRoutes.endReasons)
    }

    @Test func theCheckItselfFindsFaults() {
        let reference = ["$ref": "#/components/schemas/Error"]
        let good: [String: Any] = ["error": ["code": "a", "message": "b"]]
        #expect(schema.problems(of: good, against: reference).isEmpty)
        for bad in [
            [:], ["error": ["code": "a"]], ["error": ["code": 1, "message": "b"]], ["error": "x"],
            ["error": ["code": "a", "message": "b"], "more": 1],
        ] as [[String: Any]] {
            #expect(!schema.problems(of: bad, against: reference).isEmpty, "\(bad)")
        }
    }

    @Test func everyFieldIsExplained() throws {
        let components = try #require(document["components"] as? [String: Any])
        let schemas = try #require(components["schemas"] as? [String: Any])
        var (silent, seen): ([String], Int) = ([], 0)
        func look(at value: Any, _ path: String) {
            guard let object = value as? [String: Any] else { return }
            let properties = object["properties"] as? [String: Any] ?? [:]
            for (name, property) in properties {
                seen += 1
                let field = property as? [String: Any] ?? [:]
                // What refers to a schema is explained there.
                if field["description"] == nil, field["$ref"] == nil { silent.append("\(path).\(name)") }
            }
            for (name, part) in object { look(at: part, properties.isEmpty ? path : "\(path).\(name)") }
            for part in (object["oneOf"] ?? object["anyOf"]) as? [Any] ?? [] { look(at: part, path) }
        }
        for (name, schema) in schemas { look(at: schema, name) }
        #expect(silent.isEmpty, "\(silent.sorted())")
        #expect(seen > 150)
    }
}
