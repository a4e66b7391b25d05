import NIOCore
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

    @Test func messagesThatBelongTogetherGoInTogetherOrNotAtAll() async {
        let outbox = makeOutbox(messages: 3)
        #expect(outbox.send("a"))
        #expect(outbox.send(["b", "c"]))
        outbox.didWrite(.text("a"))
        #expect(!outbox.send(["d", "e"]))
        outbox.didWrite(.texts(["b", "c"]))
        #expect(outbox.send(["d", "e", "f"]))
        outbox.close(code: 1000, reason: "")
        var frames = 0
        for await item in outbox.items { frames += item.frames(ByteBufferAllocator()).count }
        #expect(frames == 1 + 2 + 3 + 1)
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
                case .texts(let texts): seen += texts
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
        let frame = Outbox.Item.close(code: 4000, reason: String(repeating: "🪺", count: 60)).frames(
            ByteBufferAllocator())[0]
        #expect(frame.data.readableBytes == 2 + 120)
        #expect(String(validating: frame.data.readableBytesView.dropFirst(2), as: UTF8.self) != nil)
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
