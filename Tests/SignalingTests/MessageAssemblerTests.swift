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
