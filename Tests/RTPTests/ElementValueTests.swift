import RTP
import Testing
import Wire

@Suite struct AudioLevelTests {
    @Test func readsVoiceAndLevel() {
        let level = AudioLevel(rawValue: 0x9E)
        #expect(level.isVoice)
        #expect(level.decibelsBelowOverload == 30)
        #expect(!AudioLevel.silence.isVoice)
        #expect(AudioLevel.silence.decibelsBelowOverload == 127)
    }

    @Test func writesVoiceAndLevel() {
        #expect(AudioLevel(isVoice: true, decibelsBelowOverload: 30).rawValue == 0x9E)
        #expect(AudioLevel(isVoice: false, decibelsBelowOverload: 200) == .silence)
    }
}

@Suite struct AbsoluteSendTimeTests {
    @Test func secondsHaveEighteenBitsOfFraction() {
        #expect(AbsoluteSendTime(.zero + .seconds(1)).rawValue == 1 << 18)
        #expect(AbsoluteSendTime(.zero + .milliseconds(500)).rawValue == 1 << 17)
        #expect(AbsoluteSendTime(.zero + .seconds(64)).rawValue == 0)
        #expect(AbsoluteSendTime(Timestamp(nanoseconds: 63_999_999_999)).rawValue == 0xFF_FFFF)
        #expect(AbsoluteSendTime(rawValue: .max).rawValue == 0xFF_FFFF)
    }

    @Test func distanceTakesTheShorterWayRound() {
        let before = AbsoluteSendTime(.zero + .milliseconds(63_750))
        let after = AbsoluteSendTime(.zero + .milliseconds(64_250))
        #expect(after.distance(from: before) == .milliseconds(500))
        #expect(before.distance(from: after) == .milliseconds(-500))
    }
}
