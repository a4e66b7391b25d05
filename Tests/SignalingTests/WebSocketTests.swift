import Testing

@testable import Signaling

@Suite struct WebSocketTests {
    @Test func aMessageIsAnswered() async throws {
        try await TestServer.with { server in
            try await server.webSocket { socket in
                try await socket.send(#"{"type":"ping","id":1}"#)
                #expect(try await socket.receive().text == #"{"type":"pong","id":1}"#)
            }
        }
    }

    @Test func aMessageInManyFragmentsWithAPingBetweenIsOneMessage() async throws {
        try await TestServer.with { server in
            try await server.webSocket { socket in
                try await socket.send(opcode: 1, Array(#"{"type":"#.utf8), isLast: false)
                try await socket.send(opcode: 0, [], isLast: false)
                try await socket.send(opcode: 9, [1, 2, 3])
                try await socket.send(opcode: 0, Array(#""ping","#.utf8), isLast: false)
                try await socket.send(opcode: 0, Array(#""id":"a"}"#.utf8))
                #expect(try await socket.receive() == .init(opcode: 10, payload: [1, 2, 3]))
                #expect(try await socket.receive().text == #"{"type":"pong","id":"a"}"#)
            }
        }
    }

    @Test func everyPossibleSplitOfACharacterIsPutTogether() async throws {
        try await TestServer.with { server in
            try await server.webSocket { socket in
                let message = Array(#"{"type":"ping","id":"🪺ß"}"#.utf8)
                for cut in 0...message.count {
                    try await socket.send(opcode: 1, Array(message[..<cut]), isLast: false)
                    try await socket.send(opcode: 0, Array(message[cut...]))
                    #expect(try await socket.receive().text == #"{"type":"pong","id":"🪺ß"}"#)
                }
            }
        }
    }

    @Test func aMessageOfTheLimitPassesAndOneByteMoreDoesNot() async throws {
        try await TestServer.with(rooms: { $0.maxMessageBytes = 2000 }) { server in
            try await server.webSocket { socket in
                let fill = String(repeating: "x", count: 2000 - #"{"type":"ping","id":1,"x":""}"#.utf8.count)
                try await socket.send(#"{"type":"ping","id":1,"x":"\#(fill)"}"#)
                #expect(try await socket.receive().text == #"{"type":"pong","id":1}"#)
                try await socket.send(#"{"type":"ping","id":1,"x":"\#(fill)y"}"#)
                let frames = try await socket.receiveUntilClose()
                #expect(frames.first?.text.contains("message-too-large") == true)
                #expect(frames.last?.closeCode == 1009)
            }
        }
    }

    @Test func aMessageThatGrowsTooLargeInFragmentsIsRefused() async throws {
        try await TestServer.with(rooms: { $0.maxMessageBytes = 2000 }) { server in
            try await server.webSocket { socket in
                let part = [UInt8](repeating: 0x20, count: 600)
                try await socket.send(opcode: 1, part, isLast: false)
                for _ in 0..<3 { try await socket.send(opcode: 0, part, isLast: false) }
                let frames = try await socket.receiveUntilClose()
                #expect(frames.first?.text.contains("message-too-large") == true)
                #expect(frames.last?.closeCode == 1009)
            }
        }
    }

    /// Nothing of the announced bytes is waited for or stored, and a client that goes on sending still learns
    /// why.
    @Test func aHugeFrameIsRefusedAtItsHeadEvenWhileTheClientGoesOnSending() async throws {
        try await TestServer.with { server in
            for length: UInt64 in [1_048_577, 4_000_000_000, 1 << 62, .max] {
                try await server.webSocket { socket in
                    try await socket.send(
                        opcode: 1, [UInt8](repeating: 0x20, count: 300_000), declaring: length)
                    let frames = try await socket.receiveUntilClose()
                    #expect(frames.first?.text.contains("message-too-large") == true)
                    #expect(frames.last?.closeCode == 1009)
                }
            }
        }
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0x7B, 0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func textThatIsNotUTF8IsRefused(bytes: [UInt8]) async throws {
        try await TestServer.with { server in
            try await server.webSocket { socket in
                try await socket.send(opcode: 1, bytes)
                #expect(try await socket.receiveUntilClose().last?.closeCode == 1007)
            }
        }
    }

    @Test func aBinaryMessageIsRefused() async throws {
        try await TestServer.with { server in
            try await server.webSocket { socket in
                try await socket.send(opcode: 2, [1, 2, 3])
                #expect(try await socket.receiveUntilClose().last?.closeCode == 1003)
            }
        }
    }

    @Test func whatTheProtocolForbidsClosesWith1002() async throws {
        try await TestServer.with { server in
            func expectProtocolError(_ misdeed: @Sendable (WebSocketClient) async throws -> Void) async throws
            {
                try await server.webSocket { socket in
                    try await misdeed(socket)
                    #expect(try await socket.receiveUntilClose().last?.closeCode == 1002)
                }
            }
            try await expectProtocolError { try await $0.send(opcode: 1, [0x20], isMasked: false) }
            try await expectProtocolError { try await $0.send(opcode: 1, [0x20], reserved: 0x40) }
            try await expectProtocolError { try await $0.send(opcode: 3, [0x20]) }
            try await expectProtocolError { try await $0.send(opcode: 0, [0x20]) }
            try await expectProtocolError { try await $0.send(opcode: 9, [], isLast: false) }
            try await expectProtocolError { try await $0.send(opcode: 9, [UInt8](repeating: 0, count: 126)) }
            try await expectProtocolError { try await $0.send(opcode: 8, [3]) }
            try await expectProtocolError { try await $0.send(opcode: 8, [0x03, 0xED]) }
            try await expectProtocolError { socket in
                try await socket.send(opcode: 1, [0x20], isLast: false)
                try await socket.send(opcode: 1, [0x20])
            }
        }
    }

    @Test func aCloseIsAnsweredWithItsCodeAndTheConnectionEnds() async throws {
        try await TestServer.with { server in
            try await server.webSocket { socket in
                try await socket.send(opcode: 8, [0x0F, 0xA7] + Array("bye".utf8))
                #expect(try await socket.receive().closeCode == 4007)
                #expect(await socket.connection.readToEnd().isEmpty)
            }
            #expect(await eventually { await server.registry.server().connections == 0 })
        }
    }

    @Test func theServerAsksForSignsOfLife() async throws {
        try await TestServer.with(rooms: { $0.keepAliveInterval = .milliseconds(50) }) { server in
            try await server.webSocket { socket in
                for _ in 0..<3 {
                    let frame = try await socket.receiveFrame()
                    #expect(frame.opcode == 9)
                }
            }
        }
    }

    @Test func aClientThatSaysNothingIsTakenForGone() async throws {
        try await TestServer.with(rooms: { $0.keepAliveTimeout = .milliseconds(300) }) { server in
            try await server.webSocket { socket in
                let frames = try await socket.receiveUntilClose()
                #expect(frames.last?.closeCode == 4002)
            }
        }
    }

    /// The reader asks for far more than it takes: the room must not wait for it, and it is told why it was
    /// closed.
    @Test func aSlowReaderIsCutOff() async throws {
        try await TestServer.with(rooms: {
            $0.outboxMessages = 64
            $0.messageBurst = 1_000_000
        }) { server in
            try await Connection.with(port: server.port, readAhead: 2, receiveBuffer: 4096) { connection in
                let socket = WebSocketClient(connection: connection)
                let answer = try await socket.handshake()
                #expect(answer.status == 101)
                let id = String(repeating: "i", count: 64)
                do {
                    for _ in 0..<200_000 { try await socket.send(#"{"type":"ping","id":"\#(id)"}"#) }
                } catch {
                    // The server has cut the connection while we were writing.
                }
                #expect(await eventually { await server.registry.server().connections == 0 })
            }
        }
    }

    @Test func stoppingSaysGoodbyeToEveryoneAndIsQuick() async throws {
        try await TestServer.with { server in
            try await server.webSocket { socket in
                try await socket.send(#"{"type":"join-room","id":1,"room":"standup","name":"Ada"}"#)
                #expect(try await socket.receive().text.contains("room-joined"))
                let begin = ContinuousClock.now
                await server.group.triggerGracefulShutdown()
                let frames = try await socket.receiveUntilClose()
                #expect(frames.contains { $0.text.contains(#""reason":"server-shutdown""#) })
                #expect(frames.last?.closeCode == 1001)
                #expect(ContinuousClock.now - begin < .seconds(10))
            }
        }
    }

    @Test func connectionsThatAskForNothingDoNotHoldUpAStop() async throws {
        try await TestServer.with(configure: { $0.limits.shutdownTimeout = .seconds(60) }) { server in
            try await Connection.with(port: server.port) { idle in
                try await Connection.with(port: server.port) { used in
                    let answer = try await used.request("GET", "/livez")
                    #expect(answer.status == 200)
                    await server.group.triggerGracefulShutdown()
                    let begin = ContinuousClock.now
                    let rest = await idle.readToEnd() + used.readToEnd()
                    #expect(rest.isEmpty)
                    #expect(ContinuousClock.now - begin < .seconds(20))
                }
            }
        }
    }

    @Test func manyClientsAtOnceAreAllServed() async throws {
        try await TestServer.with { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await server.webSocket { socket in
                            for round in 0..<10 {
                                try await socket.send(#"{"type":"ping","id":\#(number * 100 + round)}"#)
                                #expect(
                                    try await socket.receive().text
                                        == #"{"type":"pong","id":\#(number * 100 + round)}"#)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(await eventually { await server.registry.server().connections == 0 })
        }
    }
}

/// Waits until a condition holds, at most `limit`.
func eventually(within limit: Duration = .seconds(20), _ condition: () async -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(20))
    }
    return false
}
