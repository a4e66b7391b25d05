import Engine
import Logging
import Testing
import Wire

@testable import MediaRuntime

@Suite struct MediaRuntimeTests {
    static func runtime(workers: Int = 2) throws -> MediaRuntime {
        var configuration = MediaConfiguration()
        configuration.basePort = 0
        configuration.workers = workers
        configuration.listenAddresses = [IPAddress(v4: 0x7F00_0001)]
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try MediaRuntime(configuration: configuration, logger: logger)
    }

    @Test func aPeerIsPlacedWithTheCandidateOfItsWorker() async throws {
        let runtime = try Self.runtime()
        defer { runtime.stop() }
        let placement = try await runtime.addPeer(PeerID(1), in: RoomKey(1))
        #expect(runtime.ports.count == 2)
        #expect(placement.candidates.map(\.port) == [runtime.ports[placement.workerIndex]])
        #expect(placement.credentials.password.utf8.count >= 22)
        let figures = await runtime.statistics(of: PeerID(1))
        #expect(figures?.ice == .new)
        await runtime.removePeer(PeerID(1))
        #expect(await runtime.statistics(of: PeerID(1)) == nil)
        #expect(await runtime.workerStatistics().map(\.peers) == [0, 0])
    }

    @Test func commandsForPeersThatAreNotThereAreHarmless() async throws {
        let runtime = try Self.runtime(workers: 1)
        defer { runtime.stop() }
        #expect(await runtime.assign(PublicationID(9), toSlot: "3", of: PeerID(77)) == .gone)
        await runtime.removePeer(PeerID(77))
    }

    @Test func aPortThatIsTakenIsNamed() throws {
        let runtime = try Self.runtime(workers: 1)
        defer { runtime.stop() }
        let port = try #require(runtime.ports.first)
        var configuration = MediaConfiguration()
        configuration.basePort = port
        configuration.workers = 1
        configuration.listenAddresses = [IPAddress(v4: 0x7F00_0001)]
        let error = #expect(throws: BindError.self) {
            _ = try MediaRuntime(configuration: configuration, logger: Logger(label: "test"))
        }
        #expect(error?.description.contains("127.0.0.1:\(port)") == true)
        #expect(error?.description.contains("--media-port") == true)
    }
}
