import RTP
import Testing
import Wire

@Suite struct PlayoutDelayTests {
    @Test func twelveBitsForEachBound() {
        let delay = PlayoutDelay(least: .milliseconds(120), most: .seconds(10))
        #expect(delay.rawValue == 0x00C_3E8)
        #expect(delay.least == .milliseconds(120))
        #expect(delay.most == .seconds(10))
        #expect(PlayoutDelay(rawValue: 0xFF00_1002) == PlayoutDelay(least: .milliseconds(10), most: .milliseconds(20)))
    }

    @Test func boundsAreRoundedUpAndBroughtIntoRange() {
        let odd = PlayoutDelay(least: .milliseconds(121), most: .microseconds(1))
        #expect(odd.least == .milliseconds(130))
        #expect(odd.most == .milliseconds(10))
        let far = PlayoutDelay(least: .seconds(-1), most: .seconds(100))
        #expect(far.least == .zero)
        #expect(far.most == .milliseconds(40_950))
        let endless = PlayoutDelay(least: Interval(nanoseconds: .min), most: Interval(nanoseconds: .max))
        #expect(endless == PlayoutDelay(rawValue: 0xFFF))
    }
}
