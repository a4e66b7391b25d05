import Testing
import Wire

@testable import Congestion

@Suite("A moment in which nothing passes") struct OutageWatchTests {
    /// Sends a packet every 20 ms; gives how many losses are explained.
    private func explained(_ pattern: String, from start: Interval = .zero, by watch: inout OutageWatch) -> Int {
        var result = 0
        for (place, mark) in pattern.enumerated() {
            let sent = Timestamp.zero + start + .milliseconds(Int64(place) * 20)
            result += watch.note(sent: sent, isReceived: mark == "+", isCounted: true)
        }
        return result
    }

    @Test("explains what is lost in it, once in a while") func gaps() {
        var watch = OutageWatch()
        #expect(explained("+++------+++", by: &watch) == 6)
        #expect(explained("+++------+++", from: .seconds(2), by: &watch) == 0, "again so soon it is the rate")
        #expect(explained("+++------+++", from: .seconds(9), by: &watch) == 6)
    }

    @Test("is no loss by chance, and no path that lets a part through") func others() {
        var watch = OutageWatch()
        #expect(explained("++-+--+---+-+--+---+", by: &watch) == 0)
        var narrow = OutageWatch()
        #expect(explained("+---+---+---+---+", by: &narrow) == 0)
        // What is lost before anything arrived is not known to be a moment.
        var first = OutageWatch()
        #expect(explained("------++", by: &first) == 0)
    }
}
