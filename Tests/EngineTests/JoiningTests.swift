import Testing
import Wire

@testable import Engine

@Suite("Who joins") struct JoiningTests {
    /// Lets somebody join who watches a camera with layers of some 30, 150 and 1 100 kbit/s over a link of `rate` bits a second
    /// for ten seconds, and returns each layer that they saw, when, and the longest time in the link's queue.
    private func join(rate: Double?, seed: UInt64) throws -> (layers: [(layer: UInt8, at: Interval)], queue: Interval) {
        let room = try SimulatedRoom(seed: seed)
        let alice = try room.join(
            ClientOptions(camera: .simulcast, layerPayloads: [128, 800, 1_100], topFramePackets: 4...8))
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .seconds(3))
        var options = ClientOptions.listener()
        options.microphone = true
        options.reportsArrivals = true
        options.downlink.rate = rate
        let carol = try room.join(options)
        room.run(for: .milliseconds(500))
        carol.downlink.waits = []
        let began = room.now
        room.connect(alice, to: carol)
        room.run(for: .seconds(10))
        var layers: [(layer: UInt8, at: Interval)] = []
        for frame in carol.slot("v0").frames where frame.content.layer != layers.last?.layer {
            layers.append((frame.content.layer, frame.arrival - began))
        }
        #expect(carol.slot("v0").counters.undecodable == 0)
        let queue = carol.downlink.waits?.max { $0 < $1 } ?? .zero
        room.finish()
        return (layers, queue)
    }

    @Test("sees a layer that fits any link first, and the best within half a second", arguments: UInt64(0)..<8, [nil, 3_000_000])
    func wide(seed: UInt64, rate: Double?) throws {
        let (layers, _) = try join(rate: rate, seed: seed)
        #expect(layers.map(\.layer) == [1, 2], "seed \(seed): \(layers)")
        #expect((layers.first?.at ?? .seconds(9)) < .milliseconds(200), "seed \(seed): \(layers)")
        #expect((layers.last?.at ?? .seconds(9)) < .milliseconds(500), "seed \(seed): \(layers)")
    }

    /// It used to be the largest: a second of nothing behind it.
    @Test("over a narrow link sees a picture at once, and not the queue of one that does not fit", arguments: UInt64(0)..<8)
    func narrow(seed: UInt64) throws {
        let (layers, queue) = try join(rate: 500_000, seed: seed)
        #expect((layers.first?.at ?? .seconds(9)) < .milliseconds(200), "seed \(seed): \(layers)")
        #expect(!layers.contains { $0.layer == 2 }, "seed \(seed): \(layers)")
        #expect(queue < .milliseconds(250), "seed \(seed): \(queue)")
    }
}
