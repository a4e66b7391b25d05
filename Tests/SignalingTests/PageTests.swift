import Testing
import WebPages

@testable import Signaling

@Suite struct PageTests {
    @Test(arguments: ["/", "/room/standup", "/room/caf%C3%A9", "/?x=1"])
    func thePageIsServedWithEverythingThatKeepsItSafe(path: String) async throws {
        try await TestServer.with { server in
            let answer = try await server.request(path)
            #expect(answer.status == 200)
            #expect(answer.body == WebPages.index.bytes)
            #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
            #expect(answer.headers["cache-control"] == "no-cache")
            #expect(answer.headers["x-content-type-options"] == "nosniff")
            #expect(answer.headers["referrer-policy"] == "no-referrer")
            let policy = try #require(answer.headers["content-security-policy"])
            #expect(policy.contains("default-src 'self'"))
            #expect(!policy.contains("unsafe"))
            let permissions = try #require(answer.headers["permissions-policy"])
            for device in ["camera", "microphone", "display-capture"] {
                #expect(permissions.contains("\(device)=(self)"))
            }
        }
    }

    @Test func anAssetIsAskedForAgainButNotSentAgain() async throws {
        try await TestServer.with { server in
            let first = try await server.request("/assets/app.js")
            #expect(first.status == 200)
            #expect(first.headers["content-type"]?.hasPrefix("text/javascript") == true)
            let tag = try #require(first.headers["etag"])
            for field in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                let again = try await server.request("/assets/app.js", headers: [("If-None-Match", field)])
                #expect(again.status == 304)
                #expect(again.body.isEmpty)
                #expect(again.headers["etag"] == tag)
            }
            #expect(
                try await server.request("/assets/app.js", headers: [("If-None-Match", "\"old\"")]).status
                    == 200)
        }
    }

    @Test func headIsGetWithoutTheBody() async throws {
        try await TestServer.with { server in
            let answer = try await server.request("HEAD", "/")
            #expect(answer.status == 200)
            #expect(answer.headers["content-length"] == String(WebPages.index.bytes.count))
            #expect(answer.body.isEmpty)
        }
    }

    @Test(arguments: [
        "/nothing", "/assets/", "/assets/no-such.js", "/assets/..%2F..%2Fetc%2Fpasswd",
        "/assets/../index.html", "/room/",
        "/room/a/b", "//", "/api", "/api/v1", "/api/v1/rooms/", "/wsx",
    ])
    func whatIsNotThereIsNotFound(path: String) async throws {
        try await TestServer.with { server in
            let answer = try await server.request(path)
            #expect(answer.status == 404, "\(path)")
            #expect(answer.text.hasPrefix(#"{"error":{"code":"not-found","#))
            #expect(answer.headers["x-content-type-options"] == "nosniff")
        }
    }

    @Test func theWrongMethodIsToldTheRightOnes() async throws {
        try await TestServer.with { server in
            for (method, path, allowed) in [
                ("POST", "/", "GET, HEAD"), ("DELETE", "/assets/app.js", "GET, HEAD"),
                ("PUT", "/livez", "GET, HEAD"),
                ("POST", "/api/v1/rooms", "GET, HEAD"),
                ("PATCH", "/api/v1/rooms/standup", "DELETE, GET, HEAD"),
                ("OPTIONS", "/api/v1/sessions", "GET, HEAD"),
            ] {
                let answer = try await server.request(method, path)
                #expect(answer.status == 405, "\(method) \(path)")
                #expect(answer.headers["allow"] == allowed)
                #expect(answer.text.contains("method-not-allowed"))
            }
        }
    }

    @Test func aPathThatIsNotUTF8IsRefused() async throws {
        try await TestServer.with { server in
            let status = try await server.status("/room/%FF")
            #expect(status == 400)
        }
    }

    @Test func severalRequestsGoOverOneConnection() async throws {
        try await TestServer.with { server in
            try await Connection.with(port: server.port) { connection in
                for _ in 0..<5 {
                    let page = try await connection.request("GET", "/")
                    #expect(page.status == 200)
                    let missing = try await connection.request("GET", "/nothing")
                    #expect(missing.status == 404)
                }
            }
        }
    }

    @Test func pagesOfNamedOriginsMayLoadTheClientLibrary() async throws {
        try await TestServer.with(configure: { $0.allowedOrigins = .list(["https://app.example"]) }) {
            server in
            let named = try await server.request(
                "/assets/app.js", headers: [("Origin", "https://app.example")])
            #expect(named.headers["access-control-allow-origin"] == "https://app.example")
            let other = try await server.request(
                "/assets/app.js", headers: [("Origin", "https://evil.example")])
            #expect(other.headers["access-control-allow-origin"] == nil)
            #expect(
                named.headers["content-security-policy"]?.contains(
                    "frame-ancestors 'self' https://app.example") == true)
            let api = try await server.request("/livez", headers: [("Origin", "https://app.example")])
            #expect(api.headers["access-control-allow-origin"] == nil)
        }
    }
}
