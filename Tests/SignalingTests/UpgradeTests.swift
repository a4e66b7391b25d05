import Testing

@testable import Signaling

@Suite struct UpgradeTests {
    private func handshake(
        _ server: TestServer, path: String = "/ws", _ headers: [(String, String)] = []
    ) async throws -> HTTPAnswer {
        try await Connection.with(port: server.port) { connection in
            try await WebSocketClient(connection: connection).handshake(path: path, headers: headers)
        }
    }

    @Test func theHandshakeIsAnsweredAsRFC6455Says() async throws {
        try await TestServer.with { server in
            let answer = try await handshake(server)
            #expect(answer.status == 101)
            // The example of RFC 6455 §1.3.
            #expect(answer.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        }
    }

    @Test func pagesOfOtherOriginsAreTurnedAway() async throws {
        try await TestServer.with { server in
            for origin in [
                "https://evil.example", "null", "http://127.0.0.1:9999", "http://127.0.0.1.evil.example",
            ] {
                let answer = try await handshake(server, [("Origin", origin)])
                #expect(answer.status == 403, "\(origin)")
                #expect(answer.text.contains("origin-not-allowed"))
            }
            for origin in ["http://127.0.0.1", "https://127.0.0.1", "http://127.0.0.1:80"] {
                #expect(try await handshake(server, [("Origin", origin)]).status == 101, "\(origin)")
            }
        }
    }

    @Test func originsThatTheOperatorNamedMayConnect() async throws {
        try await TestServer.with(configure: { $0.allowedOrigins = .list(["https://app.example"]) }) {
            server in
            let named = try await handshake(server, [("Origin", "https://App.example")])
            let other = try await handshake(server, [("Origin", "https://evil.example")])
            #expect([named.status, other.status] == [101, 403])
        }
        try await TestServer.with(configure: { $0.allowedOrigins = .any }) { server in
            let answer = try await handshake(server, [("Origin", "https://evil.example")])
            #expect(answer.status == 101)
        }
    }

    @Test func aBadHandshakeIsToldWhy() async throws {
        try await TestServer.with { server in
            let old = try await handshake(server, [("Sec-WebSocket-Version", "8")])
            #expect(old.status == 426)
            #expect(old.headers["sec-websocket-version"] == "13")
            for headers in [
                [("Sec-WebSocket-Key", "")], [("Sec-WebSocket-Key", "short")], [("Connection", "keep-alive")],
            ] {
                #expect(try await handshake(server, headers).status == 400, "\(headers)")
            }
            let plain = try await server.request("/ws")
            #expect(plain.status == 426)
            #expect(plain.headers["upgrade"] == "websocket")
        }
    }

    /// Clients cannot write the note that the gate leaves for the router.
    @Test func theGatesNoteCannotBeForged() async throws {
        try await TestServer.with { server in
            let answer = try await server.request("/ws", headers: [(UpgradeGate.refusalField, "origin")])
            #expect(answer.status == 426)
        }
    }

    /// curl and Java clients offer HTTP/2 on every first request; they get their answer in HTTP/1.1.
    @Test func anUpgradeToAnythingElseIsOverlooked() async throws {
        try await TestServer.with { server in
            let answer = try await server.request(
                "/livez", headers: [("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")])
            #expect(answer.status == 200)
            #expect(try await handshake(server, path: "/nothing").status == 404)
            #expect(try await handshake(server, path: "/livez").status == 200)
        }
    }

    @Test func whatIsNoHTTPIsAnsweredAndCutOff() async throws {
        try await TestServer.with { server in
            for garbage in ["\u{16}\u{03}\u{01}\u{02}\u{00}", "GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"] {
                try await Connection.with(port: server.port) { connection in
                    try await connection.write(garbage)
                    let rest = String(decoding: await connection.readToEnd(), as: UTF8.self)
                    #expect(rest.isEmpty || rest.hasPrefix("HTTP/1.1 400"), "\(rest)")
                }
            }
            #expect(try await server.request("/livez").status == 200)
        }
    }

    @Test func aHeadThatIsTooLongIsCutOff() async throws {
        try await TestServer.with(configure: { $0.limits.headerBytes = 4096 }) { server in
            try await Connection.with(port: server.port) { connection in
                try await connection.write(
                    "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "x", count: 100_000))")
                let rest = String(decoding: await connection.readToEnd(), as: UTF8.self)
                #expect(rest.isEmpty || rest.hasPrefix("HTTP/1.1 4"), "\(rest)")
            }
        }
    }
}
