import LoadMedia
import Testing

@Suite("What a receiver has of a sender's messages")
struct MessageLedgerTests {
    private static let nobody: UInt32? = nil

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var isOrdered = true
        var first: UInt32 = 0
        var came: [UInt32]
        var end: UInt32?
        var received: UInt64
        var lost: UInt64
        var expected: UInt64
        var disordered: UInt64 = 0
        var duplicates: UInt64 = 0
    }

    static let cases = [
        Case(testDescription: "all of them", came: [0, 1, 2], end: 3, received: 3, lost: 0, expected: 3),
        Case(testDescription: "none of them", came: [], end: 4, received: 0, lost: 4, expected: 4),
        Case(testDescription: "a gap and the last", came: [0, 2, 3], end: 5, received: 3, lost: 2, expected: 5),
        Case(testDescription: "the first", came: [2], end: 3, received: 1, lost: 2, expected: 3),
        Case(
            testDescription: "the sender went: what may have gone with it", came: [0, 1], end: nobody, received: 2,
            lost: 0, expected: 2),
        Case(
            testDescription: "the sender went: a gap in an order stays one", came: [0, 2], end: nobody, received: 2,
            lost: 1, expected: 3),
        Case(
            testDescription: "the sender went: without an order the gap may have gone with it", isOrdered: false,
            came: [0, 2], end: nobody, received: 2, lost: 0, expected: 2),
        Case(
            testDescription: "out of order", came: [0, 2, 1, 3], end: 4, received: 4, lost: 0, expected: 4,
            disordered: 1),
        Case(
            testDescription: "out of no order", isOrdered: false, came: [3, 0, 2, 1], end: 4, received: 4, lost: 0,
            expected: 4),
        Case(
            testDescription: "twice, at once and later", came: [0, 0, 1, 2, 1], end: 3, received: 3, lost: 0,
            expected: 3, duplicates: 2),
        Case(
            testDescription: "before anybody could count on it", first: 5, came: [3, 4, 5, 6, 4], end: 7, received: 4,
            lost: 0, expected: 2, duplicates: 1),
        Case(
            testDescription: "before anybody could count on it, with a gap", first: 5, came: [2, 6], end: 8,
            received: 2, lost: 2, expected: 3),
    ]

    @Test(arguments: cases)
    func judges(_ row: Case) {
        var ledger = MessageLedger(isOrdered: row.isOrdered, from: row.first)
        for number in row.came { ledger.receive(number) }
        ledger.finish(before: row.end)
        let figures = ledger.figures
        #expect(figures.received == row.received)
        #expect(figures.lost == row.lost)
        #expect(figures.expected == row.expected)
        #expect(figures.disordered == row.disordered)
        #expect(figures.duplicates == row.duplicates)
    }

    @Test("it is complete when nothing is missing up to the last that was sent")
    func completeness() {
        var ledger = MessageLedger(isOrdered: false, from: 2)
        #expect(ledger.isComplete(before: 2) && !ledger.isComplete(before: 3))
        ledger.receive(3)
        #expect(!ledger.isComplete(before: 4))
        ledger.receive(2)
        #expect(ledger.isComplete(before: 4) && !ledger.isComplete(before: 5))
    }

    @Test("what is missing in an order counts while it runs, without an order in the end only")
    func running() {
        for isOrdered in [true, false] {
            var ledger = MessageLedger(isOrdered: isOrdered, from: 0)
            for number: UInt32 in [0, 1, 4] { ledger.receive(number) }
            #expect(ledger.figures.lost == (isOrdered ? 2 : 0))
            ledger.finish(before: 5)
            #expect(ledger.figures.lost == 2 && ledger.figures.expected == 5)
        }
    }
}
