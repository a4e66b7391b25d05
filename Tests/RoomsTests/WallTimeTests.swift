import Testing
import Wire

@testable import Rooms

/// Times of day as RFC 3339 writes them.
struct WallTimeTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (946_684_800_000, "2000-01-01T00:00:00.000Z"), (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (253_402_300_799_000, "9999-12-31T23:59:59.000Z"),
        ] as [(Int64, String)])
    func bothWays(milliseconds: Int64, text: String) {
        let time = WallTime(millisecondsSinceEpoch: milliseconds)
        #expect(time.description == text)
        #expect(WallTime(text) == time)
    }

    @Test func secondsAloneAreRead() {
        #expect(WallTime("1970-01-01T00:00:01Z") == WallTime(millisecondsSinceEpoch: 1000))
    }

    @Test(arguments: [
        "", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01T00:00:00+00:00", "1970-13-01T00:00:00Z",
        "1970-00-01T00:00:00Z", "1970-02-29T00:00:00Z", "2023-04-31T00:00:00Z", "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01 00:00:00Z", "1970-01-01T00:00:00.0000Z",
        "+970-01-01T00:00:00Z", "1970-01-01T00:00:00,000Z", "１970-01-01T00:00:0Z",
    ])
    func otherTextsAreRefused(text: String) {
        #expect(WallTime(text) == nil)
    }

    @Test func everyDayOfFourCenturies() {
        for day in stride(from: -20_000, through: 130_000, by: 37) as StrideThrough<Int64> {
            let time = WallTime(millisecondsSinceEpoch: day * 86_400_000 + 12_345)
            #expect(WallTime(time.description) == time)
        }
    }
}
