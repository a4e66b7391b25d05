import NIOCore
import NIOEmbedded
import NIOWebSocket
import Rooms
import Testing

@testable import Signaling

@Suite struct OutboxTests {
    @Test func itIsBoundedInMessagesAndBytes() {
        let outbox = makeOutbox(messages: 3)
        #expect(outbox.send("a") && outbox.send("b") && outbox.send("c"))
        #expect(!outbox.send("d"))
        outbox.didWrite(.text("a"))
        #expect(outbox.send("d"))
        outbox.didWrite(.text("b"))
        #expect(!outbox.send(String(repeating: "x", count: 1000)))
        #expect(outbox.send(String(repeating: "x", count: 998)))
    }

    @Test func whatOthersGetTooCountsAsOneMessageAndAllOfItsBytes() {
        let outbox = makeOutbox(messages: 3, bytes: 10)
        let shared = SharedMessages(["12", "345", "6"])
        #expect(outbox.send("a"))
        #expect(outbox.send(shared))
        #expect(!outbox.send(SharedMessages(["1234"])))
        #expect(outbox.send("b"))
        #expect(!outbox.send(SharedMessages(["1"])))
        outbox.didWrite(.shared(shared))
        #expect(outbox.send(SharedMessages(["1", "2"])))
    }

    @Test func whatOthersGetTooIsMadeOnce() {
        let shared = SharedMessages(["one", String(repeating: "x", count: 300)])
        let first = Outbox.Item.shared(shared).bytes(ByteBufferAllocator())
        let second = Outbox.Item.shared(shared).bytes(ByteBufferAllocator())
        #expect(first.readableBytes == 2 + 3 + 4 + 300)
        #expect(first == second)
        let addresses = [first, second].map { buffer in buffer.withUnsafeReadableBytes { $0.baseAddress } }
        #expect(addresses[0] == addresses[1])
    }

    /// RFC 6455 §5.2, as NIO reads it.
    @Test(arguments: [0, 1, 125, 126, 65_535, 65_536]) func framesOfEveryLength(_ length: Int) throws {
        let text = String(repeating: "x", count: length)
        let bytes = OutgoingFrame.texts([text, "behind"], ByteBufferAllocator())
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 20)))
        try channel.writeInbound(bytes)
        for expected in [text, "behind"] {
            let frame = try #require(try channel.readInbound(as: WebSocketFrame.self))
            #expect(frame.fin && frame.opcode == .text && frame.maskKey == nil)
            #expect(String(buffer: frame.data) == expected)
        }
        #expect(try channel.finish().isClean)
    }

    @Test func aSingleMessageAlwaysGoesIn() {
        let outbox = makeOutbox(messages: 3, bytes: 10)
        #expect(outbox.send(String(repeating: "x", count: 100)))
        #expect(!outbox.send("y"))
    }

    @Test func whatWasSentBeforeTheCloseComesOutBeforeItAndNothingAfter() async {
        await confirmation(expectedCount: 1) { closed in
            let outbox = makeOutbox(onClose: { closed() })
            _ = outbox.send("one")
            outbox.control(.pong(ByteBuffer(string: "!")))
            _ = outbox.send("two")
            outbox.close(code: 4000, reason: "replaced")
            outbox.close(code: 1000, reason: "again")
            _ = outbox.send("three")
            var seen: [String] = []
            for await item in outbox.items {
                switch item {
                case .text(let text), .relayed(let text, _): seen.append(text)
                case .shared(let messages): seen += messages.texts
                case .pong: seen.append("pong")
                case .close(let code, let reason): seen.append("\(code) \(reason)")
                }
            }
            #expect(seen == ["one", "pong", "two", "4000 replaced"])
        }
    }

    @Test func pongsDoNotPileUp() async {
        let outbox = makeOutbox()
        for _ in 0..<1000 { outbox.control(.pong(ByteBuffer())) }
        outbox.close(code: 1000, reason: "")
        var count = 0
        for await _ in outbox.items { count += 1 }
        #expect(count == 17)
    }

    @Test func aLongReasonIsCutBetweenCharacters() throws {
        let frame = Outbox.Item.close(code: 4000, reason: String(repeating: "🪺", count: 60)).bytes(
            ByteBufferAllocator())
        #expect(frame.readableBytes == 2 + 2 + 120)
        #expect(String(validating: frame.readableBytesView.dropFirst(4), as: UTF8.self) != nil)
    }

    @Test func whatMembersSendTakesNothingFromTheServer() {
        let outbox = makeOutbox(messages: 3)
        for sender in ["ada", "cyd"] {
            for _ in 0..<4 { #expect(outbox.relay("x", from: sender) == .sent) }
            #expect(outbox.relay("x", from: sender) == .senderIsOverShare)
        }
        #expect(outbox.relay("x", from: "dan") == .isFull)
        #expect(outbox.send("a") && outbox.send("b") && outbox.send("c"))
        outbox.didWrite(.relayed("x", sender: "ada"))
        #expect(outbox.relay("x", from: "cyd") == .senderIsOverShare)
        #expect(outbox.relay("x", from: "ada") == .sent)
    }

    @Test func membersMessagesAreBoundedInBytesToo() {
        let outbox = makeOutbox()
        #expect(outbox.relay(String(repeating: "x", count: 300), from: "ada") == .sent)
        #expect(outbox.relay(String(repeating: "x", count: 300), from: "cyd") == .sent)
        #expect(outbox.relay(String(repeating: "x", count: 101), from: "cyd") == .senderIsOverShare)
        #expect(outbox.relay(String(repeating: "x", count: 300), from: "dan") == .isFull)
        #expect(outbox.relay(String(repeating: "x", count: 200), from: "dan") == .sent)
    }

    @Test func membersMessagesStayInOrderAndEndWithTheClose() async {
        let outbox = makeOutbox()
        _ = outbox.send("one")
        #expect(outbox.relay("two", from: "ada") == .sent)
        _ = outbox.send("three")
        outbox.close(code: 1000, reason: "")
        #expect(outbox.relay("four", from: "ada") == .isClosed)
        var seen: [String] = []
        for await item in outbox.items {
            if case .text(let text) = item { seen.append(text) }
            if case .relayed(let text, sender: "ada") = item { seen.append(text) }
        }
        #expect(seen == ["one", "two", "three"])
    }

    /// For members' messages 8 places and 800 bytes, half of them for each.
    private func makeOutbox(
        messages: Int = 10, bytes: Int = 1000, onClose: @escaping @Sendable () -> Void = {}
    ) -> Outbox {
        var configuration = RoomsConfiguration()
        configuration.outboxMessages = messages
        configuration.outboxBytes = bytes
        configuration.relayedMessages = 8
        configuration.relayedBytes = 800
        configuration.relayShares = 2
        return Outbox(configuration, onClose: onClose)
    }
}
