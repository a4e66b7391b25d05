import Engine
import Foundation
import RTP
import Testing
import Wire

/// Fifteen seconds of a conference in which everything happens: all codecs and layers, networks that change, people who come
/// and go, move, hide pictures and switch cameras off. Every receiver checks what a decoder would check.
///
/// `ROOST_CONFERENCES` says which seeds: a number of them, or `FIRST-LAST`. `ops/simulate` runs thousands.
@Suite("A whole conference")
struct ConferenceTests {
    private static let seeds: [UInt64] = {
        let asked = (ProcessInfo.processInfo.environment["ROOST_CONFERENCES"] ?? "24").split(separator: "-")
        let numbers = asked.compactMap { UInt64($0) }
        guard let first = numbers.first, numbers.count == asked.count, numbers.count <= 2 else { return [] }
        guard numbers.count == 2 else { return Array(0..<min(first, 100_000)) }
        return numbers[1] >= first ? Array(first...min(numbers[1], first + 100_000)) : []
    }()

    @Test("every stream stays one stream, and in the end everybody is seen", arguments: seeds)
    func conference(seed: UInt64) throws {
        var conference = try Conference(seed: seed)
        try conference.run(until: .zero + .seconds(16))
        conference.settle()
        conference.room.finish()
    }

    @Test("the seeds that were asked for are understood")
    func seedsAreThere() { #expect(!Self.seeds.isEmpty) }
}

/// One conference, all of whose chance comes from its seed.
private struct Conference {
    let room: SimulatedRoom
    private let seed: UInt64
    private var generator: SeededGenerator
    private let codec: MediaCodec

    /// A network is one of these, and changes to another.
    private static let networks: [NetworkConditions] = [
        .clean, .clean, .lossy,
        NetworkConditions(delay: .milliseconds(150), jitter: .milliseconds(30), loss: 0.01, keepsOrder: true),
        NetworkConditions(loss: 0.1),
        NetworkConditions(rate: 400_000, queue: .milliseconds(200)),
        NetworkConditions(rate: 250_000, queue: .milliseconds(40)),
        NetworkConditions(jitter: .milliseconds(15), duplication: 0.05, reordering: 0.1),
    ]

    init(seed: UInt64) throws {
        self.seed = seed
        room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 3) / 2)
        generator = SeededGenerator(seed: seed &* 3 &+ 1)
        codec = [.vp8, .vp8, .h264, .vp9, .av1][Int(seed % 5)]
        for _ in 0..<3 { try join() }
    }

    private var people: [SimulatedClient] { room.clients.filter { !$0.hasLeft } }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }

    mutating func run(until end: Timestamp) throws {
        while room.now < end {
            try step()
            room.run(for: .milliseconds(Int64.random(in: 5...200, using: &generator)))
        }
    }

    /// On networks that have become good everybody sees whoever is put before them, whatever happened before.
    mutating func settle() {
        for person in people {
            person.uplink.conditions = .clean
            person.downlink.conditions = .clean
            for stream in person.streams { stream.isActive = true }
        }
        room.run(for: .milliseconds(300))
        guard let publisher = people.first(where: { $0.options.camera != .none }) else { return }
        let watching = people.filter { $0 !== publisher }
        for person in watching {
            wish(SlotWish(), of: person)
            room.connect(publisher, to: person)
        }
        let source = UInt32(room.publication(.video, of: publisher).rawValue)
        func seesIt(_ person: SimulatedClient) -> Bool {
            guard let last = person.slot("v0").frames.last else { return false }
            return last.content.source == source && room.now - last.arrival < .milliseconds(300)
        }
        // An estimate that had fallen has to be found out to be too low first. A receiver without retransmissions cannot be probed:
        // a picture that was withheld is tried after 20 s.
        let patience = watching.allSatisfy(\.options.hasRTX) ? 40 : 60
        for _ in 0..<patience where !watching.allSatisfy(seesIt) { room.run(for: .milliseconds(500)) }
        for person in watching where !seesIt(person) {
            let figures = room.statistics(of: person)
            Issue.record(
                """
                seed \(seed), \(person.peer) does not see \(publisher.peer) (\(codec.encodingName)): \
                \(person.slot("v0").counters), \(figures.downlinks.map(\.decision)), \(figures.drops)
                """)
        }
    }

    private func wish(_ wish: SlotWish, of person: SimulatedClient) {
        room.engine(of: person).setWishes(["v0": wish, "v1": wish], of: person.peer, at: room.now)
        room.flush()
    }

    private mutating func join() throws {
        var options = ClientOptions()
        options.audioSlots = 2
        options.videoSlots = 2
        options.signalsSSRCs = false
        options.videoCodecs = [codec]
        options.camera = chance(5) ? .none : chance(2) ? .plain : .simulcast
        options.layerPayloads = [120, 300, 900]
        options.payloadSize = 300
        if codec == .vp8, chance(2) { options.temporalLayers = 3 }
        if codec == .vp9 || codec == .av1 {
            options.hasDependencyDescriptor = codec == .av1 || !chance(3)
            if codec == .av1 || !chance(4) {
                options.camera = options.camera == .simulcast ? .plain : options.camera
                options.scalabilityMode = LayeredEncoder.Mode.allCases.randomElement(using: &generator)
            }
        }
        options.hasRTX = !chance(5)
        options.reportsArrivals = !chance(4)
        options.redundancy = chance(3) ? .sent(blocks: 2) : chance(2) ? .received : .none
        options.profile = chance(5) ? .aes128CMHMACSHA1_80 : .aeadAES128GCM
        options.restsUnneededLayers = chance(2)
        options.downlink = Self.networks.randomElement(using: &generator) ?? .clean
        let person = try room.join(options)
        // Those of three seconds, of large frames in several layers.
        for slot in person.slots { slot.longestGap = 1_500 }
        if chance(3) { transmitDiscontinuously(person) }
    }

    /// Sound with silences, of which a frame of comfort noise is sent every 400 ms (Opus DTX).
    private mutating func transmitDiscontinuously(_ person: SimulatedClient) {
        let period = Int64.random(in: 1_000...4_000, using: &generator)
        let speech = Int64.random(in: 200...period, using: &generator)
        for stream in person.streams where stream.kind == .audio {
            stream.level = { ($0 - .zero).milliseconds % period < speech ? 30 : 127 }
            stream.isTransmitting = { time in
                let now = (time - .zero).milliseconds
                return now % period < speech || now % 400 < 20
            }
        }
    }

    /// An encoder has another picture before it: a still one takes a tenth of what one takes that moves all over.
    private mutating func animate(_ person: SimulatedClient) {
        for stream in person.streams where stream.kind == .video {
            let most = Int.random(in: 1...6, using: &generator)
            stream.shape.framePackets = 1...most
            stream.shape.keyframePackets = max(most, Int.random(in: 3...20, using: &generator))
        }
    }

    /// A browser finds out in half a second what its way up carries: it stops its larger layers, and begins them again with a
    /// keyframe when there is room.
    private func adaptSoon(_ person: SimulatedClient) {
        room.network.schedule(after: .milliseconds(600)) {
            let rate = person.uplink.conditions.rate ?? .infinity
            for stream in person.streams where stream.rid != nil && stream.rank > 0 {
                // Some 150 and 450 kbit/s.
                let hasRoom = rate > Double(stream.rank) * 300_000
                if hasRoom, !stream.isActive { stream.wantsKeyframe = true }
                stream.isActive = hasRoom
            }
        }
    }

    /// Nothing passes in one direction, or in both, for a while.
    private mutating func interrupt(_ person: SimulatedClient) {
        let duration = Interval.milliseconds(Int64.random(in: 100...3_000, using: &generator))
        for link in chance(2) ? [person.uplink, person.downlink] : chance(2) ? [person.uplink] : [person.downlink] {
            let former = link.conditions
            link.conditions = .nothing
            room.network.schedule(after: duration) { if link.conditions.loss == 1 { link.conditions = former } }
        }
    }

    private mutating func step() throws {
        guard let someone = people.randomElement(using: &generator), people.count > 1 else { return try join() }
        switch Int.random(in: 0..<26, using: &generator) {
        case 0: if people.count < 6 { try join() }
        case 1: if people.count > 3 { room.leave(someone) }
        case 2...8:
            guard let other = people.randomElement(using: &generator), other !== someone else { return }
            room.connect(other, to: someone, pair: Int.random(in: 0..<2, using: &generator))
        case 9: room.assign(nil, toSlot: chance(2) ? "v0" : "a1", of: someone)
        case 10:
            let port = UInt16.random(in: 1_024...65_535, using: &generator)
            // Nobody else is ever there.
            someone.move(to: SimulatedRoom.address(host: 100 + UInt32(someone.peer.rawValue), port: port))
        case 11: room.restartICE(of: someone)
        case 12, 13: toggle(someone)
        case 14, 15:
            someone.uplink.conditions = Self.networks.randomElement(using: &generator) ?? .clean
            adaptSoon(someone)
        case 16...18: someone.downlink.conditions = Self.networks.randomElement(using: &generator) ?? .clean
        case 19: if let slot = someone.slots.last { someone.sendPictureLossIndication(for: slot) }
        case 20: interrupt(someone)
        case 24: animate(someone)
        case 21...23:
            let height = [nil, 180, 200, 400, 720].randomElement(using: &generator) ?? nil
            let standing: SlotWish.Standing = chance(2) ? .onStage : .other
            wish(
                SlotWish(standing: standing, isVisible: !chance(4), maximumHeight: height, isPaused: chance(8)),
                of: someone)
        default:
            guard let stream = video(of: someone) else { return }
            let first = UInt64.random(in: 1...32_767, using: &generator)
            room.replace(stream, of: someone, firstNumber: ExtendedSequenceNumber(first))
        }
    }

    /// A browser stops a layer and begins it again, with a keyframe.
    private mutating func toggle(_ person: SimulatedClient) {
        guard let layer = video(of: person) else { return }
        layer.isActive.toggle()
        layer.wantsKeyframe = layer.wantsKeyframe || layer.isActive
    }

    private mutating func video(of person: SimulatedClient) -> SimulatedStream? {
        person.streams.filter { $0.kind == .video }.randomElement(using: &generator)
    }
}
