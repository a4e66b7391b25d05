import DataChannels
import Testing
import Wire

/// A client's end and a server's, with nothing between them.
@SCTPActor
private final class EndpointPair {
    let client: DataEndpoint
    let server: DataEndpoint
    private(set) var clientEvents: [DataEndpoint.Event] = []
    private(set) var serverEvents: [DataEndpoint.Event] = []
    /// What is to be kept from passing.
    var isCut = false

    init() throws {
        client = try #require(DataEndpoint(isDTLSClient: true, remotePort: 5_000))
        server = try #require(DataEndpoint(isDTLSClient: false, remotePort: 5_000))
    }

    func run(until condition: () -> Bool) async -> Bool {
        for _ in 0..<2_000 {
            client.flush()
            server.flush()
            while let packet = client.pollTransmit() { if !isCut { server.handle(packet) } }
            while let packet = server.pollTransmit() { if !isCut { client.handle(packet) } }
            while let event = client.pollEvent() { clientEvents.append(event) }
            while let event = server.pollEvent() { serverEvents.append(event) }
            if condition() { return true }
            try? await Task.sleep(for: .milliseconds(2))
        }
        return false
    }

    func close() {
        client.close()
        server.close()
    }
}

@Suite("A client's end of data channels")
struct DataEndpointTests {
    @SCTPActor
    @Test("A channel is opened on an even stream, acknowledged, written to both ways and closed")
    func life() async throws {
        let pair = try EndpointPair()
        let opening = ChannelOpening(
            label: "game", protocolName: "v1",
            reliability: ChannelReliability(isOrdered: false, limit: .retransmissions(2)))
        let stream = try #require(pair.client.open(opening))
        #expect(stream == 0)
        #expect(await pair.run { pair.clientEvents.contains(.acknowledged(stream)) })
        #expect(pair.clientEvents == [.connected, .acknowledged(stream)])
        #expect(pair.serverEvents.contains(.opened(stream, opening)))
        let (question, answer) = (
            ChannelMessage(isText: true, bytes: Array("question".utf8)), ChannelMessage(isText: false, bytes: [])
        )
        #expect(pair.client.send(question, on: stream) && pair.server.send(answer, on: stream))
        #expect(
            await pair.run {
                pair.serverEvents.contains(.message(stream, question))
                    && pair.clientEvents.contains(.message(stream, answer))
            })
        // The server's own channels have odd streams.
        let other = try #require(pair.server.open(ChannelOpening(label: "other")))
        #expect(other == 1)
        #expect(await pair.run { pair.serverEvents.contains(.acknowledged(other)) })
        pair.client.close(stream)
        #expect(
            await pair.run {
                pair.serverEvents.contains(.closed(stream)) && pair.clientEvents.contains(.closed(stream))
            })
        #expect(!pair.client.send(question, on: stream))
        pair.close()
    }

    @SCTPActor
    @Test("The other side's end is told, with the reason")
    func end() async throws {
        let pair = try EndpointPair()
        let stream = try #require(pair.client.open(ChannelOpening(label: "chat")))
        #expect(await pair.run { pair.clientEvents.contains(.acknowledged(stream)) })
        pair.server.close()
        #expect(
            await pair.run {
                guard case .lost(let reason)? = pair.clientEvents.last else { return false }
                return reason == "The SCTP association was lost."
            })
        #expect(!pair.client.send(ChannelMessage(isText: true, bytes: [65]), on: stream))
        pair.close()
    }

    @SCTPActor
    @Test("What waits behind a cut line is bounded, and what does not fit is refused")
    func fullQueue() async throws {
        let pair = try EndpointPair()
        let stream = try #require(pair.client.open(ChannelOpening(label: "bulk")))
        #expect(await pair.run { pair.clientEvents.contains(.acknowledged(stream)) })
        pair.isCut = true
        let message = ChannelMessage(isText: false, bytes: [UInt8](repeating: 1, count: 60_000))
        var taken = 0
        while taken < 100, pair.client.send(message, on: stream) { taken += 1 }
        #expect((34..<60).contains(taken), "two megabytes and what usrsctp holds")
        #expect(pair.client.bufferedBytes > 1_900_000)
        pair.close()
    }
}
