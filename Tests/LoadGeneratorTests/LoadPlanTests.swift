@testable import LoadGenerator
import Testing

@Suite("Who takes part in a load")
struct LoadPlanTests {
    @Test("publishers come first, subscribers later, rooms fill evenly")
    func order() throws {
        let settings = try LoadSettings(arguments: [
            "--rooms=2", "--publishers=2", "--subscribers=3", "--ramp=10", "--late-subscribe=5", "--late-ramp=100",
        ])
        let plan = LoadPlan(settings)
        #expect(plan.participants.map(\.room) == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
        #expect(plan.participants.filter(\.isPublisher).map(\.number) == [0, 1, 2, 3])
        #expect(plan.participants[3].joinsAt == 0.3)
        #expect(abs(plan.participants[4].joinsAt - 5.4) < 1e-9)
        #expect(abs(plan.lastJoin - 5.45) < 1e-9)
    }

    @Test("everybody asks for as many slots as others publish, unless told otherwise")
    func slots() throws {
        let plan = LoadPlan(try LoadSettings(arguments: ["--publishers=4", "--subscribers=1", "--video-slots=2"]))
        let first = plan.offer(plan.participants[0])
        #expect(first.sendsAudio && first.video == .vp8 && first.audioSlots == 3 && first.videoSlots == 2)
        let last = plan.offer(plan.participants[4])
        #expect(!last.sendsAudio && last.video == nil && last.audioSlots == 4)
    }

    @Test("a share of the participants is impaired", arguments: [0, 10, 50, 100])
    func impaired(share: Int) throws {
        let plan = LoadPlan(try LoadSettings(arguments: ["--publishers=40", "--impaired=\(share)"]))
        #expect(plan.participants.filter(\.isImpaired).count == 40 * share / 100)
    }

    @Test("a share is one of the whole run, however small its rooms are, and somebody at least", arguments: [
        (["--rooms=10", "--publishers=3"], "10", 3), (["--rooms=10", "--publishers=3"], "1", 1),
        (["--rooms=50", "--publishers=1", "--subscribers=1"], "10", 10), (["--subscribers=44"], "10", 5),
        (["--publishers=1", "--subscribers=1"], "90", 1), (["--publishers=3", "--subscribers=3"], "50", 3),
        (["--publishers=0", "--subscribers=0"], "50", 0), (["--rooms=10", "--publishers=3"], "0", 0),
    ])
    func shares(people: [String], share: String, count: Int) throws {
        let plan = LoadPlan(try LoadSettings(arguments: people + ["--impaired=\(share)", "--verified=\(share)"]))
        #expect(plan.participants.filter(\.isImpaired).count == count)
        #expect(plan.participants.filter(\.isVerified).count == count)
    }

    @Test("publishers have their share of it and no more: one of them is not a tenth of those who watch")
    func kinds() throws {
        for seed in 1...20 {
            let settings = ["--publishers=1", "--subscribers=50", "--impaired=10", "--verified=10", "--seed=\(seed)"]
            let plan = LoadPlan(try LoadSettings(arguments: settings))
            #expect(!plan.participants[0].isImpaired && !plan.participants[0].isVerified)
        }
    }

    @Test("who has a bad network and who is looked at are choices of their own, and the same again with the same seed")
    func independence() throws {
        let settings = try LoadSettings(arguments: ["--rooms=100", "--publishers=4", "--impaired=50", "--verified=50"])
        let people = LoadPlan(settings).participants
        #expect((60...140).contains(people.filter { $0.isImpaired && $0.isVerified }.count))
        #expect(LoadPlan(settings).participants.map(\.isImpaired) == people.map(\.isImpaired))
        let other = LoadPlan(settings.setting("seed", to: "2")).participants
        #expect(other.map(\.isImpaired) != people.map(\.isImpaired))
        #expect(other.filter(\.isImpaired).count == 200)
    }

    @Test("a share of each room sends messages, and everybody has data channels then", arguments: [0, 25, 50, 100])
    func data(share: Int) throws {
        let plan = LoadPlan(
            try LoadSettings(arguments: [
                "--rooms=3", "--publishers=2", "--subscribers=6", "--data-senders=\(share)",
            ]))
        for room in 0..<3 {
            let people = plan.participants.filter { $0.room == room }
            #expect(people.filter(\.sendsData).count == 8 * share / 100)
        }
        #expect(plan.participants.allSatisfy { plan.offer($0).hasDataChannels == (share > 0) })
    }
}
