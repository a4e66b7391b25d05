import NIOCore
import NIOWebSocket
import Testing
import Wire

@testable import Signaling

@Suite struct MessageAssemblerTests {
    private func frame(_ opcode: WebSocketOpcode, _ text: String, isLast: Bool = true) -> WebSocketFrame {
        var data = ByteBuffer(string: text)
        let key: WebSocketMaskingKey = [1, 2, 3, 4]
        data.webSocketMask(key)
        return WebSocketFrame(fin: isLast, opcode: opcode, maskKey: key, data: data)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func everyWayToCutAMessageGivesTheMessage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var assembler = MessageAssembler(maxBytes: 10_000)
        for _ in 0..<50 {
            let message = String(
                (0..<Int.random(in: 0..<200, using: &random)).map { _ in
                    "aß🪺".randomElement(using: &random) ?? "a"
                })
            var rest = message[...]
            var opcode = WebSocketOpcode.text
            while Bool.random(using: &random) {
                let part = rest.prefix(Int.random(in: 0...5, using: &random))
                rest = rest.dropFirst(part.count)
                #expect(assembler.accept(frame(opcode, String(part), isLast: false)) == .incomplete)
                opcode = .continuation
            }
            #expect(assembler.accept(frame(opcode, String(rest))) == .message(message), "seed \(seed)")
        }
    }

    @Test func emptyFragmentsWithoutEndAreNotFree() {
        var assembler = MessageAssembler(maxBytes: 10)
        #expect(assembler.accept(frame(.text, "", isLast: false)) == .incomplete)
        var outcome = MessageAssembler.Outcome.incomplete
        var count = 0
        while outcome == .incomplete, count < 100_000 {
            outcome = assembler.accept(frame(.continuation, "", isLast: false))
            count += 1
        }
        #expect(outcome == .protocolError("The message has too many fragments."))
        #expect(count == MessageAssembler.maxFragments)
    }

    @Test(arguments: [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999] as [UInt16])
    func codesThatMayBeSentAreAnswered(code: UInt16) {
        var assembler = MessageAssembler(maxBytes: 10)
        var body = ByteBuffer(integer: code)
        let key: WebSocketMaskingKey = [9, 9, 9, 9]
        body.webSocketMask(key)
        let close = WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: key, data: body)
        #expect(assembler.accept(close) == .close(code))
    }

    @Test(arguments: [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535] as [UInt16])
    func codesThatMustNotBeSentAreErrors(code: UInt16) {
        var assembler = MessageAssembler(maxBytes: 10)
        var body = ByteBuffer(integer: code)
        let key: WebSocketMaskingKey = [9, 9, 9, 9]
        body.webSocketMask(key)
        let close = WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: key, data: body)
        guard case .protocolError = assembler.accept(close) else {
            Issue.record("\(code) was accepted")
            return
        }
    }
}

@Suite struct OutboxTests {
    @Test func itIsBoundedInMessagesAndBytes() {
        let outbox = Outbox(maxMessages: 3, maxBytes: 1000, onClose: {})
        #expect(outbox.send("a") && outbox.send("b") && outbox.send("c"))
        #expect(!outbox.send("d"))
        outbox.didWrite(.text("a"))
        #expect(outbox.send("d"))
        outbox.didWrite(.text("b"))
        #expect(!outbox.send(String(repeating: "x", count: 1000)))
        #expect(outbox.send(String(repeating: "x", count: 998)))
    }

    @Test func aSingleMessageAlwaysGoesIn() {
        let outbox = Outbox(maxMessages: 3, maxBytes: 10, onClose: {})
        #expect(outbox.send(String(repeating: "x", count: 100)))
        #expect(!outbox.send("y"))
    }

    @Test func whatWasSentBeforeTheCloseComesOutBeforeItAndNothingAfter() async {
        await confirmation(expectedCount: 1) { closed in
            let outbox = Outbox(maxMessages: 10, maxBytes: 1000, onClose: { closed() })
            _ = outbox.send("one")
            outbox.control(.ping)
            _ = outbox.send("two")
            outbox.close(code: 4000, reason: "replaced")
            outbox.close(code: 1000, reason: "again")
            _ = outbox.send("three")
            var seen: [String] = []
            for await item in outbox.items {
                switch item {
                case .text(let text): seen.append(text)
                case .ping: seen.append("ping")
                case .pong: seen.append("pong")
                case .close(let code, let reason): seen.append("\(code) \(reason)")
                }
            }
            #expect(seen == ["one", "ping", "two", "4000 replaced"])
        }
    }

    @Test func pongsDoNotPileUp() async {
        let outbox = Outbox(maxMessages: 10, maxBytes: 1000, onClose: {})
        for _ in 0..<1000 { outbox.control(.pong(ByteBuffer())) }
        outbox.close(code: 1000, reason: "")
        var count = 0
        for await _ in outbox.items { count += 1 }
        #expect(count == 17)
    }

    @Test func aLongReasonIsCutBetweenCharacters() throws {
        let frame = Outbox.Item.close(code: 4000, reason: String(repeating: "🪺", count: 60)).frame(
            ByteBufferAllocator())
        #expect(frame.data.readableBytes == 2 + 120)
        #expect(String(validating: frame.data.readableBytesView.dropFirst(2), as: UTF8.self) != nil)
    }
}
