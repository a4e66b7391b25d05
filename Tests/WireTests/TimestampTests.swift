import Testing
import Wire

@Suite("Points in time")
struct TimestampTests {
    @Test("round up to the next whole step, whatever the clock shows", arguments: [
        (0, 0), (1, 20), (19, 20), (20, 20), (21, 40), (-1, 0), (-20, -20), (-21, -20),
    ])
    func roundsUp(_ milliseconds: Int64, _ expected: Int64) {
        let point = Timestamp.zero + .milliseconds(milliseconds)
        #expect(point.roundedUp(to: .milliseconds(20)) == .zero + .milliseconds(expected))
    }

    @Test("stay where they are where no step is left")
    func staysAtTheEnd() {
        #expect(Timestamp.distantFuture.roundedUp(to: .milliseconds(20)) == .distantFuture)
        #expect(Timestamp(nanoseconds: 7).roundedUp(to: .zero) == Timestamp(nanoseconds: 7))
    }
}
