import Negotiation
import SDP
import Testing
import Wire

/// Answers an offer that may be damaged; an answer there must be one that can be read, with as many sections.
private func probe(_ text: String, _ server: inout Server) throws {
    do {
        let result = try server.answerText(text)
        let (offer, answer) = (
            try SessionDescription(parsing: text), try SessionDescription(parsing: result.answer)
        )
        #expect(answer.media.count == offer.media.count)
        #expect(!result.answer.contains("\r\n\r\n"))
    } catch let error as NegotiationError {
        #expect(!error.description.isEmpty)
    }
}

@Suite("Damaged offers")
struct HostileOfferTests {
    static let offers = Recording.all.filter { ["publish", "addtrack", "datafirst"].contains($0.name) }

    @Test("Any beginning of an offer is answered or refused", arguments: offers)
    func truncation(recording: Recording) throws {
        let bytes = Array(try #require(recording.offers.last).utf8)
        for length in stride(from: 0, through: bytes.count, by: 41) {
            var server = Server()
            try probe(String(decoding: bytes[..<length], as: UTF8.self), &server)
        }
    }

    @Test("Any line may be missing, in a first offer and in a second", arguments: offers)
    func deletion(recording: Recording) throws {
        let lines = try #require(recording.offers.first).split(separator: "\n")
        var established = Server()
        _ = try established.answer(recording.offers[0])
        for index in lines.indices {
            let text = (lines[..<index] + lines[(index + 1)...]).joined(separator: "\r\n")
            var fresh = Server()
            try probe(text, &fresh)
            var used = established
            try probe(text, &used)
        }
    }

    @Test(
        "Random changes to a second offer are answered or refused",
        arguments: Recording.named("conference")
    )
    func mutation(recording: Recording) throws {
        let lines = Array(recording.offers[0].split(separator: "\n").map { Array($0.utf8) })
        let pieces = Array("=:;~,/ 0189azm-".utf8)
        var established = Server()
        _ = try established.answer(recording.offers[0])
        var generator = SeededGenerator(seed: 20)
        for _ in 0..<100 {
            var changed = lines
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let line = Int.random(in: changed.indices, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: changed.swapAt(line, Int.random(in: changed.indices, using: &generator))
                case 1: changed.insert(changed[Int.random(in: changed.indices, using: &generator)], at: line)
                case 2: changed.remove(at: line)
                default:
                    let place = Int.random(in: changed[line].indices, using: &generator)
                    changed[line][place] = pieces.randomElement(using: &generator) ?? 0
                }
            }
            let text = changed.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\r\n")
            var fresh = Server()
            try probe(text, &fresh)
            var used = established
            try probe(text, &used)
        }
    }

    @Test("A large offer of many slots is answered within the limits")
    func manySlots() throws {
        var offer = TestOffer()
        for index in 0..<40 {
            offer.sections.append(.audio("a\(index)", "recvonly"))
            offer.sections.append(.video("v\(index)", "recvonly"))
        }
        var server = Server()
        let session = try server.answer(offer.text).session
        #expect(session.downlinks.filter { $0.kind == .audio }.map(\.slot) == Array(0..<16))
        #expect(session.downlinks.filter { $0.kind == .video }.map(\.slot) == Array(0..<25))
        #expect(session.refused.count == 24 + 15)
    }
}
