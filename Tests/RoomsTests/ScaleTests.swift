import Testing

@testable import Rooms

struct ScaleTests {
    @Test func hundred() async throws {
        let conference = Conference()
        let clock = ContinuousClock()
        for index in 0..<100 {
            let d = try await clock.measure { _ = try await conference.join("P\(index)", pairs: 4) }
            if index % 20 == 19 { print("join", index, d) }
        }
    }
}
