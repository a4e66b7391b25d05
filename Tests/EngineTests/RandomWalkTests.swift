import RTP
import Testing
import Wire

@Suite("Anything, in any order")
struct RandomWalkTests {
    @Test("whatever people do on whatever network, every stream stays one stream", arguments: UInt64(0)..<120)
    func walk(seed: UInt64) throws {
        let room = try SimulatedRoom(seed: seed, workers: 1 + Int(seed % 2))
        var generator = SeededGenerator(seed: seed &+ 77)
        for _ in 0..<3 { try join(room, &generator) }
        for _ in 0..<30 {
            try step(room, &generator)
            room.run(for: .milliseconds(Int64.random(in: 5...180, using: &generator)))
        }
        // In the end, on a network that has become good, everybody sees whoever is put before them.
        let people = room.clients.filter { !$0.hasLeft }
        for person in people {
            person.uplink.conditions = .clean
            person.downlink.conditions = .clean
            for stream in person.streams { stream.isActive = true }
        }
        room.run(for: .milliseconds(300))
        if let publisher = people.first(where: {
            $0.options.camera != .none && $0.streams.contains { $0.kind == .video }
        }) {
            for person in people where person !== publisher {
                room.assign(room.publication(.video, of: publisher), toSlot: "v0", of: person)
            }
            room.run(for: .milliseconds(1_600))
            for person in people where person !== publisher {
                let last = person.slot("v0").frames.last
                let isShown =
                    last?.content.source == UInt32(room.publication(.video, of: publisher).rawValue)
                    && room.now - (last?.arrival ?? .zero) < .milliseconds(150)
                #expect(isShown, "seed \(seed), \(person.peer): \(person.slot("v0").counters)")
            }
        }
        room.finish()
    }

    private func step(_ room: SimulatedRoom, _ generator: inout SeededGenerator) throws {
        let people = room.clients.filter { !$0.hasLeft }
        guard let someone = people.randomElement(using: &generator) else { return try join(room, &generator) }
        switch Int.random(in: 0..<20, using: &generator) {
        case 0, 1: if people.count < 6 { try join(room, &generator) }
        case 2: if people.count > 2 { room.leave(someone) }
        case 3...9:
            guard let publisher = people.randomElement(using: &generator), publisher !== someone else {
                return
            }
            let pair = Int.random(in: 0..<2, using: &generator)
            room.connect(publisher, to: someone, pair: pair)
        case 10: room.assign(nil, toSlot: Bool.random(using: &generator) ? "v0" : "a1", of: someone)
        case 11:
            someone.move(
                to: SimulatedRoom.address(
                    host: 99,
                    port: UInt16.random(in: 1_024...65_535, using: &generator)
                )
            )
        case 12: room.restartICE(of: someone)
        case 13, 14:
            guard let layer = someone.streams.filter({ $0.kind == .video }).randomElement(using: &generator)
            else { return }
            layer.isActive.toggle()
            layer.wantsKeyframe = layer.wantsKeyframe || layer.isActive
        case 15: someone.uplink.conditions = .lossy
        case 16: someone.downlink.conditions = .lossy
        case 17:
            guard let slot = someone.slots.last else { return }
            someone.sendPictureLossIndication(for: slot)
        case 18: someone.uplink.conditions = .clean
        default:
            guard let layer = someone.streams.filter({ $0.kind == .video }).randomElement(using: &generator)
            else { return }
            room.replace(
                layer,
                of: someone,
                firstNumber: ExtendedSequenceNumber(UInt64.random(in: 1...32_767, using: &generator))
            )
        }
    }

    private func join(_ room: SimulatedRoom, _ generator: inout SeededGenerator) throws {
        var options = ClientOptions()
        options.audioSlots = 2
        options.videoSlots = 2
        options.camera = Bool.random(using: &generator) ? .plain : .simulcast
        options.signalsSSRCs = false
        options.hasRTX = Int.random(in: 0..<4, using: &generator) > 0
        options.profile = Int.random(in: 0..<4, using: &generator) > 0 ? .aeadAES128GCM : .aes128CMHMACSHA1_80
        if Int.random(in: 0..<3, using: &generator) == 0 { options.downlink = .lossy }
        try room.join(options)
    }
}
