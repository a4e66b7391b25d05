import Rooms
import Testing

@testable import Signaling

/// A member that floods another with messages of its own, over real sockets.
@Suite struct RelayFloodTests {
    /// The flooded member does not read, so whatever is sent to it piles up; what the server says still gets
    /// there.
    @Test func harmsTheSenderAlone() async throws {
        try await TestServer.with(rooms: {
            $0.outboxMessages = 8
            $0.messageBurst = 1_000_000
        }) { server in
            try await Connection.with(port: server.port, readAhead: 2, receiveBuffer: 4096) { connection in
                let target = WebSocketClient(connection: connection)
                #expect(try await target.handshake().status == 101)
                let id = try await join(target, as: "Bob")
                try await server.webSocket { sender in
                    _ = try await join(sender, as: "Ada")
                    try await flood(id, from: sender)
                    // The flood is over its share; somebody else's message and the server's event still go in.
                    try await server.webSocket { other in
                        _ = try await join(other, as: "Cyd")
                        try await other.send(#"{"type":"offer","id":2,"target":"\#(id)","sdp":"from Cyd"}"#)
                        #expect(try await other.reply(to: 2).contains(#""type":"ok""#))
                        #expect(try await target.event { $0.contains("user-joined") && $0.contains("Cyd") })
                        #expect(try await target.event { $0.contains("from Cyd") })
                        try await target.send(#"{"type":"ping","id":99}"#)
                        #expect(try await target.reply(to: 99).contains("pong"))
                    }
                }
            }
        }
    }

    private func join(_ socket: WebSocketClient, as name: String) async throws -> String {
        try await socket.send(#"{"type":"join-room","id":1,"room":"standup","name":"\#(name)"}"#)
        let reply = try await socket.reply(to: 1)
        let start = try #require(reply.firstRange(of: #""self":{"id":""#)?.upperBound)
        return String(reply[start...].prefix { $0 != "\"" })
    }

    /// Sends until the server refuses for the sender's own fault.
    private func flood(_ target: String, from sender: WebSocketClient) async throws {
        let sdp = String(repeating: "x", count: 100_000)
        for id in 10..<1000 {
            try await sender.send(#"{"type":"offer","id":\#(id),"target":"\#(target)","sdp":"\#(sdp)"}"#)
            let reply = try await sender.reply(to: id)
            if reply.contains("participant-busy") { return }
            #expect(reply.contains(#""type":"ok""#))
        }
        Issue.record("a thousand messages went to somebody who reads nothing")
    }
}

extension WebSocketClient {
    /// The message that answers a request.
    fileprivate func reply(to id: Int) async throws -> String {
        while true {
            let text = try await receive().text
            if text.contains(#""id":\#(id),"#) || text.contains(#""id":\#(id)}"#) { return text }
        }
    }

    /// Reads on to a message; false when the connection is closed before it comes.
    fileprivate func event(_ matches: (String) -> Bool) async throws -> Bool {
        while true {
            let frame = try await receive()
            if frame.opcode == 8 { return false }
            if matches(frame.text) { return true }
        }
    }
}
