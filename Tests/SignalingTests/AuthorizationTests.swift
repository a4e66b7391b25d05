import Testing
import Wire

@testable import Signaling

@Suite struct AuthorizationTests {
    @Test func withAKeyOnlyTheKeyCounts() async throws {
        try await TestServer.with(configure: { $0.apiKey = "correct horse" }) { server in
            func status(_ field: String?) async throws -> Int {
                try await server.request(
                    "/api/v1/status", headers: field.map { [("Authorization", $0)] } ?? []
                ).status
            }
            #expect(try await status(nil) == 401)
            for field in [
                "Bearer wrong", "Bearer correct", "Bearer correct horse battery", "Basic correct", "Bearer",
                "",
            ] {
                #expect(try await status(field) == 401, "\(field)")
            }
            let answer = try await server.request("/api/v1/status")
            #expect(answer.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
        }
        try await TestServer.with(configure: { $0.apiKey = "battery-staple" }) { server in
            for field in ["Bearer battery-staple", "bearer battery-staple", "Bearer  battery-staple"] {
                let status = try await server.status("/api/v1/status", headers: [("Authorization", field)])
                #expect(status == 200, "\(field)")
            }
            // Behind a proxy the key works as well.
            let proxied = [("Authorization", "Bearer battery-staple"), ("X-Forwarded-For", "203.0.113.9")]
            let status = try await server.status("/api/v1/status", headers: proxied)
            #expect(status == 200)
        }
    }

    @Test func withoutAKeyOnlyThisMachineMayAsk() async throws {
        try await TestServer.with { server in
            #expect(try await server.request("/api/v1/status").status == 200)
            for host in ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
                #expect(
                    try await server.request("/api/v1/status", headers: [("Host", host)]).status == 200,
                    "\(host)")
            }
            // A browser led here by DNS rebinding shows the foreign name.
            for host in ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "192.0.2.1"] {
                let answer = try await server.request("/api/v1/status", headers: [("Host", host)])
                #expect(answer.status == 403, "\(host)")
                #expect(answer.text.contains("loopback"))
            }
            // A proxy on this machine speaks for others.
            for field in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"] {
                #expect(
                    try await server.request("/api/v1/status", headers: [(field, "127.0.0.1")]).status == 403,
                    "\(field)")
            }
        }
    }

    @Test func anAddressThatIsNotThisMachinesIsRefusedWithoutAKey() throws {
        func check(_ peer: String?) throws {
            let peer = try peer.map { try #require(IPAddress($0)) }
            try Authorization(apiKey: nil).check(peer: peer, authority: "localhost", headers: [:])
        }
        for peer in ["192.0.2.1", "10.0.0.1", "::2", "fe80::1"] {
            #expect(throws: APIError.self) { try check(peer) }
        }
        #expect(throws: APIError.self) { try check(nil) }
        for peer in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            #expect(throws: Never.self) { try check(peer) }
        }
    }

    @Test func watchersNeedNoKey() async throws {
        try await TestServer.with(configure: { $0.apiKey = "k" }) { server in
            for path in ["/livez", "/readyz", "/api/openapi.json", "/"] {
                let status = try await server.status(path)
                #expect(status == 200, "\(path)")
            }
        }
    }
}
