import LinuxSystem
import NIOPosix
import Synchronization
import Testing
import Wire

@testable import LoadGenerator

@Suite("One participant's stays")
struct ParticipantTests {
    @Test("who has left for good does not join again, whoever asks")
    func retirement() async throws {
        let stay = try LocalStay()
        let settings = try LoadSettings(arguments: ["--publishers=1"])
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let thread = try MediaThread(
            name: "load-media-0", processor: nil, options: MediaLoop.Options(context: stay.context, wallClockOffset: 0))
        let journal = RunJournal(patience: .seconds(5))
        // Nobody listens there, so that a join fails at once.
        let signaling = SignalingConnection.Options(
            address: try ServerAddress(parsing: "ws://127.0.0.1:1/ws"), acceptsAnyCertificate: false)
        let plan = LoadPlan(settings)
        let participant = Participant(
            plan.participants[0],
            Participant.Surroundings(
                plan: plan, signaling: signaling, group: group, thread: thread, fingerprint: stay.fingerprint,
                journal: journal, senders: SenderList(), shape: MediaShape(settings), network: try NetworkShape(settings),
                lane: 0))
        await participant.join()
        #expect(journal.now.joins == 1 && journal.now.failures.count == 1)
        await participant.retire()
        await participant.join()
        #expect(journal.now.joins == 1)
        #expect(await participant.isPresent == false)
        thread.stop()
        try await group.shutdownGracefully()
    }

    @Test("what an event says of the slots gets to the media thread behind the stay, and not before it")
    func slots() {
        let carried = Mutex<[String]>([])
        let news = SlotNews { tracks in carried.withLock { $0.append(tracks["0"] ?? "nothing") } }
        news.note(["0": "first"])
        news.note(["0": "second"])
        #expect(carried.withLock { $0 } == [])
        news.open(["0": "of the reply"])
        news.note(["0": "third"])
        #expect(carried.withLock { $0 } == ["second", "third"])
        let quiet = SlotNews { tracks in carried.withLock { $0.append(tracks["0"] ?? "nothing") } }
        quiet.open([:])
        #expect(carried.withLock { $0.last } == "nothing")
    }
}
