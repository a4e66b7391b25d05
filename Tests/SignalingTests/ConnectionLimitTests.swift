import Testing

@testable import Signaling

@Suite struct ConnectionLimitTests {
    @Test func whoDoesNotFinishARequestIsCutOff() async throws {
        try await TestServer.with(configure: { $0.limits.handshakeTimeout = .milliseconds(300) }) { server in
            for begin in ["", "GET / HTTP/1.1\r\nHo"] {
                // Before the connection: the server's time begins with it, however long this task is kept waiting then.
                let start = ContinuousClock.now
                try await Connection.with(port: server.port) { connection in
                    // It may be over by now.
                    if !begin.isEmpty { try? await connection.write(begin) }
                    let rest = await connection.readToEnd()
                    #expect(rest.isEmpty)
                    let waited = ContinuousClock.now - start
                    #expect(waited > .milliseconds(250) && waited < .seconds(20), "\(waited)")
                }
            }
        }
    }

    /// One byte at a time keeps a connection no longer than none at all.
    @Test func dribblingDoesNotHelp() async throws {
        try await TestServer.with(configure: { $0.limits.handshakeTimeout = .milliseconds(400) }) { server in
            try await Connection.with(port: server.port) { connection in
                let start = ContinuousClock.now
                do {
                    for _ in 0..<200 {
                        try await connection.write("G")
                        try await Task.sleep(for: .milliseconds(20))
                    }
                } catch {}
                _ = await connection.readToEnd()
                #expect(ContinuousClock.now - start < .seconds(20))
            }
        }
    }

    @Test func aConnectionThatSaysNothingMoreIsClosed() async throws {
        try await TestServer.with(configure: { $0.limits.idleTimeout = .milliseconds(300) }) { server in
            try await Connection.with(port: server.port) { connection in
                let answer = try await connection.request("GET", "/livez")
                #expect(answer.status == 200)
                let start = ContinuousClock.now
                let rest = await connection.readToEnd()
                #expect(rest.isEmpty)
                #expect(ContinuousClock.now - start < .seconds(20))
            }
        }
    }

    @Test func oneAddressHasOnlySoManyConnectionsAndGetsThemBack() async throws {
        try await TestServer.with(configure: { $0.limits.connectionsPerAddress = 3 }) { server in
            try await Connection.with(port: server.port) { first in
                let one = try await first.request("GET", "/livez")
                try await Connection.with(port: server.port) { second in
                    let two = try await second.request("GET", "/livez")
                    try await Connection.with(port: server.port) { third in
                        let three = try await third.request("GET", "/livez")
                        #expect([one.status, two.status, three.status] == [200, 200, 200])
                        let refused = try? await server.request("/livez")
                        #expect(refused == nil)
                    }
                }
            }
            let isServedAgain = await eventually { (try? await server.request("/livez"))?.status == 200 }
            #expect(isServedAgain)
        }
    }

    @Test func trustedProxiesAreNotCounted() async throws {
        try await TestServer.with(configure: {
            $0.limits.connectionsPerAddress = 1
            $0.trustedProxies = [AddressRange("127.0.0.0/8")].compactMap { $0 }
        }) { server in
            try await Connection.with(port: server.port) { first in
                let one = try await first.request("GET", "/livez")
                let two = try await server.request("/livez")
                #expect([one.status, two.status] == [200, 200])
            }
        }
    }

    @Test func webSocketsOfOneAddressAreCountedBehindAProxyToo() async throws {
        try await TestServer.with(
            configure: { $0.trustedProxies = [AddressRange("127.0.0.1")].compactMap { $0 } },
            rooms: { $0.maxConnectionsPerAddress = 1 }
        ) { server in
            let ada = [("X-Forwarded-For", "198.51.100.1")]
            let bob = [("X-Forwarded-For", "198.51.100.2")]
            try await server.webSocket(headers: ada) { socket in
                try await socket.send(#"{"type":"ping","id":1}"#)
                _ = try await socket.receive()
                let refused = try await server.webSocket(headers: ada) { try await $0.receive().closeCode }
                #expect(refused == 1013)
                try await server.webSocket(headers: bob) { other in
                    try await other.send(#"{"type":"ping","id":1}"#)
                    let answer = try await other.receive()
                    #expect(answer.opcode == 1)
                }
            }
        }
    }

    @Test func theStoredAddressIsTheClientsOwnOnlyFromATrustedProxy() async throws {
        func joinedFrom(_ proxies: [String]) async throws -> String? {
            var address: String?
            try await TestServer.with(configure: { $0.trustedProxies = proxies.compactMap(AddressRange.init) }
            ) { server in
                address = try await server.webSocket(headers: [
                    ("X-Forwarded-For", "203.0.113.9, 198.51.100.1")
                ]) { socket in
                    try await socket.send(#"{"type":"join-room","id":1,"room":"standup","name":"Ada"}"#)
                    _ = try await socket.receive()
                    return await server.registry.room(named: "standup")?.participants?.first?.address
                }
            }
            return address
        }
        #expect(try await joinedFrom(["127.0.0.1"]) == "198.51.100.1")
        #expect(try await joinedFrom([]) == "127.0.0.1")
    }
}

@Suite struct ListeningTests {
    @Test func aPortThatIsTakenEndsTheServerAndSaysSo() async throws {
        try await TestServer.with { first in
            await #expect(throws: (any Error).self) {
                try await TestServer.with(configure: { $0.port = first.port }) { _ in
                    Issue.record("two servers have one port")
                }
            }
        }
    }
}
