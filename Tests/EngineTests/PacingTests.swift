import Engine
import RTP
import Testing
import Wire

/// Frames to a receiver whose link has no room for all of their packets at once.
@Suite("Pacing")
struct PacingTests {
    /// A packet on its way to the receiver.
    private struct Sent {
        var time: Timestamp
        var ssrc: UInt32
        var number: UInt16
        var timestamp: UInt32
        var isMarked: Bool
    }

    /// What left for one receiver.
    private final class Record {
        var packets: [Sent] = []

        func packets(of slot: ReceivedSlot, since start: Timestamp) -> [Sent] {
            packets.filter { $0.ssrc == slot.section.ssrc.rawValue && $0.time >= start }
        }
    }

    private struct Call {
        let room: SimulatedRoom
        let people: [SimulatedClient]
        let viewer: SimulatedClient
        let record = Record()
        var picture: ReceivedSlot { viewer.slot("v0") }
        var paced: UInt64 { room.statistics(of: viewer).path?.pacedPackets ?? 0 }
    }

    /// Who sends ten frames a second, of which those of the middle layer, or of the only one, have five packets; and a receiver.
    private func call(
        seed: UInt64, people: Int = 1, camera: ClientOptions.Camera = .simulcast, _ downlink: NetworkConditions
    ) throws -> Call {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var publisher = ClientOptions(camera: camera)
        publisher.pictureInterval = .milliseconds(100)
        publisher.layerPayloads = camera == .plain ? [1_120] : [900, 1_120, 1_120]
        publisher.frameSizes = camera == .plain ? [(5, 16)] : [(2, 6), (5, 16), (16, 48)]
        var options = ClientOptions.listener()
        options.microphone = true
        options.reportsArrivals = true
        options.downlink = downlink
        let senders = try (0..<people).map { _ in try room.join(publisher) }
        let call = Call(room: room, people: senders, viewer: try room.join(options))
        room.connect(senders[0], to: call.viewer)
        let (record, peer) = (call.record, call.viewer.peer)
        room.loses = { [unowned room] bytes, client in
            guard client == peer, DatagramKind(bytes.span) == .rtp, bytes.count >= 12 else { return false }
            record.packets.append(
                Sent(
                    time: room.now, ssrc: bytes.span.uint32(at: 8), number: bytes.span.uint16(at: 2),
                    timestamp: bytes.span.uint32(at: 4), isMarked: bytes[1] & 0x80 != 0))
            return false
        }
        return call
    }

    private static var short: NetworkConditions {
        NetworkConditions(rate: 700_000, queue: .milliseconds(20), keepsOrder: true)
    }

    @Test("a frame is spread where its end would be lost, in order, and sound is not held up", arguments: UInt64(0)..<4)
    func spread(seed: UInt64) throws {
        let call = try call(seed: seed, Self.short)
        // By then it is settled which layer the link has room for.
        call.room.run(for: .seconds(30))
        let start = call.room.now
        let before = call.picture.frames.count
        call.room.run(for: .seconds(10))
        #expect(call.paced > 100, "seed \(seed)")
        let packets = call.record.packets(of: call.picture, since: start)
        let frames = Dictionary(grouping: packets) { $0.timestamp }.values.filter { $0.count == 5 }
        #expect(frames.count > 30, "seed \(seed)")
        for frame in frames {
            // Four of them take 53 ms at 700 kbit/s.
            let length = frame[4].time - frame[0].time
            #expect(length > .milliseconds(35) && length < .milliseconds(300), "seed \(seed): \(length)")
        }
        #expect(zip(packets, packets.dropFirst()).allSatisfy { 1...2 ~= $1.number &- $0.number }, "seed \(seed)")
        let sound = call.record.packets(of: call.viewer.slot("a0"), since: start)
        #expect(sound.count > 490, "seed \(seed)")
        // Clients send on a grid of 10 ms.
        #expect(zip(sound, sound.dropFirst()).allSatisfy { $1.time - $0.time <= .milliseconds(30) }, "seed \(seed)")
        #expect(call.picture.frames.count - before > 90, "seed \(seed)")
        call.room.loses = nil
        call.room.finish()
    }

    @Test("what is sent again takes its turn among the packets of frames", arguments: UInt64(0)..<4)
    func repairs(seed: UInt64) throws {
        let call = try call(seed: seed, Self.short)
        call.room.run(for: .seconds(30))
        let (picture, record, peer) = (call.picture, call.record, call.viewer.peer)
        let repairSource = try #require(picture.section.rtxSSRC).rawValue
        // Three packets in a row do not arrive, every two seconds.
        var lost = 3
        let recording = call.room.loses
        call.room.loses = { [unowned room = call.room] bytes, client in
            _ = recording?(bytes, client)
            guard client == peer, let last = record.packets.last, last.time == room.now,
                last.ssrc == picture.section.ssrc.rawValue, lost < 3
            else { return false }
            lost += 1
            return true
        }
        let start = call.room.now
        for _ in 0..<8 {
            lost = 0
            call.room.run(for: .seconds(2))
        }
        let sources = [repairSource, picture.section.ssrc.rawValue]
        let packets = record.packets.filter { sources.contains($0.ssrc) && $0.time >= start }
        let repairs = zip(packets, packets.dropFirst()).filter { $1.ssrc == repairSource }
        let hurried = repairs.filter { $1.time - $0.time < .milliseconds(2) }
        #expect(repairs.count >= 24, "seed \(seed)")
        #expect(hurried.count * 5 < repairs.count, "seed \(seed): \(hurried.count) of \(repairs.count)")
        call.room.loses = nil
        call.room.finish()
    }

    @Test("nothing is held back where frames fit, or loss is chance", arguments: [0.0, 0.05, 0.1])
    func unpaced(loss: Double) throws {
        let call = try call(seed: 3, NetworkConditions(loss: loss, rate: 3_000_000, keepsOrder: true))
        call.room.run(for: .seconds(30))
        #expect(call.paced == 0)
        call.room.loses = nil
        call.room.finish()
    }

    @Test("no packet is held for longer than half a second, however large the keyframe", arguments: UInt64(0)..<4)
    func bound(seed: UInt64) throws {
        let call = try call(seed: seed, camera: .plain, Self.short)
        // The only layer takes most of the link: it may be withheld for a while until that is found out.
        var (paced, seconds) = (UInt64(0), 0)
        while paced < 20, seconds < 60 {
            let before = call.paced
            call.room.run(for: .seconds(1))
            seconds += 1
            paced = seconds > 10 ? call.paced - before : 0
        }
        let stream = try #require(call.people[0].streams.last)
        // 112 kB, for which 700 kbit/s need 1.3 s.
        stream.shape.keyframePackets = 100
        stream.wantsKeyframe = true
        let start = call.room.now
        call.room.run(for: .seconds(3))
        let packets = call.record.packets(of: call.picture, since: start)
        let keyframe = try #require(
            Dictionary(grouping: packets) { $0.timestamp }.values.max { $0.count < $1.count })
        #expect(keyframe.count == 100, "seed \(seed)")
        let length = keyframe[keyframe.count - 1].time - keyframe[0].time
        #expect(length > .milliseconds(300) && length <= .milliseconds(503), "seed \(seed): \(length)")
        call.room.loses = nil
        call.room.finish()
    }

    /// Runs until a frame has begun to leave and not ended, at the engine's own pace.
    private func runIntoFrame(_ call: Call) throws {
        for _ in 0..<400 {
            call.room.run(for: .milliseconds(1))
            let last = call.record.packets.last { $0.ssrc == call.picture.section.ssrc.rawValue }
            if let last, !last.isMarked, call.room.now - last.time < .milliseconds(5) { return }
        }
        Issue.record("no frame was spread")
    }

    @Test("a frame that has begun is sent to its end when the receiver pauses the picture", arguments: UInt64(0)..<4)
    func pause(seed: UInt64) throws {
        let call = try call(seed: seed, Self.short)
        call.room.run(for: .seconds(15))
        try runIntoFrame(call)
        let engine = call.room.engine(of: call.viewer)
        engine.setWishes(["v0": SlotWish(isPaused: true)], of: call.viewer.peer, at: call.room.now)
        let start = call.room.now
        call.room.run(for: .seconds(1))
        let rest = call.record.packets(of: call.picture, since: start)
        #expect(!rest.isEmpty && rest.count < 16, "seed \(seed)")
        #expect(rest.last?.isMarked == true && Set(rest.map(\.timestamp)).count == 1, "seed \(seed)")
        engine.setWishes(["v0": SlotWish()], of: call.viewer.peer, at: call.room.now)
        let before = call.picture.frames.count
        call.room.run(for: .seconds(5))
        #expect(call.picture.frames.count - before > 30, "seed \(seed)")
        call.room.loses = nil
        call.room.finish()
    }

    @Test("who takes the place of somebody in the middle of a frame is seen at once", arguments: UInt64(0)..<4)
    func exchange(seed: UInt64) throws {
        let call = try call(seed: seed, people: 2, Self.short)
        call.room.run(for: .seconds(15))
        for turn in 1...6 {
            try runIntoFrame(call)
            call.room.connect(call.people[turn % 2], to: call.viewer)
            let before = call.picture.frames.count
            call.room.run(for: .seconds(3))
            #expect(call.picture.frames.count - before > 15, "seed \(seed), turn \(turn)")
        }
        call.room.loses = nil
        call.room.finish()
    }
}
