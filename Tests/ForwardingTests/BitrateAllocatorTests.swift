import Testing
import Wire

@testable import Forwarding

@Suite struct BitrateAllocatorTests {
    private typealias Demand = TrackDemand<Int>
    private typealias Allocator = BitrateAllocator<Int>

    private static let sizes: [(height: Int, rate: UInt64)] = [(180, 150_000), (360, 500_000), (720, 1_700_000)]

    /// A camera with three simulcast layers.
    private static func camera(
        _ id: Int, standing: Demand.Standing = .other, wish: Demand.Wish = .shown(maximumHeight: nil)
    ) -> Demand {
        let layers = sizes.enumerated().map { rank, size in
            LayerRate(
                target: LayerTarget(spatialID: UInt8(rank), temporalID: 0), bitsPerSecond: size.rate,
                height: size.height)
        }
        return Demand(id: id, content: .camera, standing: standing, wish: wish, layers: layers)
    }

    private static func sound(_ id: Int) -> Demand {
        Demand(id: id, content: .audio, layers: [LayerRate(target: .base, bitsPerSecond: 40_000)])
    }

    /// One whose receiver has been there for a while.
    private static func settled() -> Allocator {
        var configuration = Allocator.Configuration()
        configuration.beginning = .zero
        return Allocator(configuration)
    }

    private static func at(_ milliseconds: Int64) -> Timestamp { .zero + .milliseconds(milliseconds) }

    private static func heights(_ allocator: Allocator, _ ids: ClosedRange<Int>) -> [Int?] {
        ids.map { allocator.decision(for: $0)?.height }
    }

    @Test(arguments: [(80_000, 200_000, 8), (200_000, 700_000, 16)] as [(UInt64, UInt64, Int64)])
    func `climbs that fail wait longer and longer, but not so long where nothing is shown`(
        low: UInt64, high: UInt64, longest: Int64
    ) {
        var allocator = Self.settled()
        let base = allocatedHeight(after: low)
        var (now, waits): (Int64, [Int64]) = (0, [])
        func height(_ estimate: UInt64) -> Int? {
            now += 100
            _ = allocator.allocate([Self.camera(1)], estimate: estimate, at: Self.at(now))
            return Self.heights(allocator, 1...1)[0]
        }
        _ = height(low)
        for _ in 0..<8 {
            let start = now
            while height(high) == base, now - start < 30_000 {}
            waits.append((now - start) / 1_000)
            while height(low) != base, now - start < 60_000 {}
        }
        #expect(waits.max() == longest && waits.last == longest, "\(waits)")
    }

    @Test func `nor where one of two pictures is not shown`() {
        var allocator = Self.settled()
        var (now, waits): (Int64, [Int64]) = (0, [])
        func isSecondShown(_ estimate: UInt64) -> Bool {
            now += 100
            _ = allocator.allocate([Self.camera(1), Self.camera(2)], estimate: estimate, at: Self.at(now))
            return Self.heights(allocator, 1...2)[1] != nil
        }
        #expect(!isSecondShown(200_000))
        #expect(allocator.decision(for: 1)?.height == 180)
        for _ in 0..<8 {
            let start = now
            while !isSecondShown(400_000), now - start < 30_000 {}
            waits.append((now - start) / 1_000)
            while isSecondShown(200_000), now - start < 60_000 {}
        }
        #expect(waits.max() == 8 && waits.last == 8, "\(waits)")
    }

    private func allocatedHeight(after estimate: UInt64) -> Int? {
        var allocator = Allocator()
        _ = allocator.allocate([Self.camera(1)], estimate: estimate, at: Self.at(0))
        return Self.heights(allocator, 1...1)[0]
    }

    // MARK: Who gets what

    @Test func `without an estimate everybody gets the best at once`() {
        var allocator = Allocator()
        _ = allocator.allocate((1...3).map { Self.camera($0) }, estimate: nil, at: Self.at(0))
        #expect(Self.heights(allocator, 1...3) == [720, 720, 720])
        #expect(allocator.decision(for: 1)?.reason == .best)
        #expect(allocator.wantedBitrate == nil)
    }

    @Test func `everybody gets the base before anybody climbs, and equals climb together`() {
        var allocator = Allocator()
        let demands = (1...3).map { Self.camera($0) }
        // Room for three bases and one step, with headroom.
        _ = allocator.allocate(demands, estimate: 1_000_000, at: Self.at(0))
        #expect(Self.heights(allocator, 1...3) == [360, 180, 180])
        var larger = Allocator()
        // A large picture for one would leave the others small.
        _ = larger.allocate(demands, estimate: 2_400_000, at: Self.at(0))
        #expect(Self.heights(larger, 1...3) == [360, 360, 360])
    }

    @Test func `screens come first, then the stage, then speakers, then the rest`() {
        var demands = [
            Self.camera(1), Self.camera(2, standing: .speaker), Self.camera(3, standing: .onStage), Self.camera(4),
        ]
        demands[3].content = .screen
        func heights(_ estimate: UInt64) -> [Int?] {
            var allocator = Allocator()
            _ = allocator.allocate(demands, estimate: estimate, at: Self.at(0))
            return Self.heights(allocator, 1...4)
        }
        #expect(heights(200_000) == [nil, nil, nil, 180])
        #expect(heights(400_000) == [nil, nil, 180, 180])
        #expect(heights(700_000) == [180, 180, 180, 180])
        #expect(heights(2_500_000) == [180, 180, 180, 720])
        #expect(heights(3_000_000) == [180, 180, 360, 720])
        #expect(heights(3_700_000) == [360, 360, 360, 720])
        #expect(heights(4_300_000) == [180, 180, 720, 720])
        #expect(heights(5_100_000) == [360, 360, 720, 720])
        #expect(heights(10_000_000) == [720, 720, 720, 720])
    }

    @Test func `sound is sent whatever the estimate, and is paid first`() {
        var allocator = Allocator()
        let demands = [Self.sound(1), Self.sound(2), Self.camera(3)]
        _ = allocator.allocate(demands, estimate: 10_000, at: Self.at(0))
        #expect(allocator.decision(for: 1)?.target == .all)
        #expect(allocator.decision(for: 2)?.target == .all)
        #expect(allocator.decision(for: 3)?.target == nil)
        #expect(allocator.decision(for: 3)?.isWithheld == true)
        #expect(allocator.isAudioOnly)
        #expect(allocator.wantedBitrate == 264_501)
        // 230 kbit/s with headroom.
        var other = Allocator()
        _ = other.allocate(demands, estimate: 264_000, at: Self.at(0))
        #expect(other.isAudioOnly)
        _ = other.allocate(demands, estimate: 264_501, at: Self.at(100))
        _ = other.allocate(demands, estimate: 264_501, at: Self.at(1_100))
        #expect(other.decision(for: 3)?.height == 180)
        #expect(!other.isAudioOnly)
    }

    @Test func `what is not shown takes no room, and the size shown is enough`() {
        var allocator = Allocator()
        let demands = [
            Self.camera(1, wish: .hidden), Self.camera(2, wish: .paused),
            Self.camera(3, wish: .shown(maximumHeight: 400)), Self.camera(4, wish: .shown(maximumHeight: 90)),
        ]
        _ = allocator.allocate(demands, estimate: nil, at: Self.at(0))
        #expect(Self.heights(allocator, 1...4) == [nil, nil, 360, 180])
        #expect((1...4).map { allocator.decision(for: $0)?.isWithheld } == [false, false, false, false])
        #expect(allocator.decision(for: 4)?.reason == .size(maximumHeight: 90))
        #expect(allocator.allocatedBitrate == 650_000)
    }

    @Test func `an overloaded server sends the lowest layer, then sound only`() {
        var allocator = Allocator()
        let demands = [Self.sound(1), Self.camera(2)]
        _ = allocator.allocate(demands, estimate: nil, at: Self.at(0))
        let changes = allocator.allocate(demands, estimate: nil, ceiling: .lowestLayer, at: Self.at(100))
        #expect(changes.map(\.id) == [2])
        #expect(allocator.decision(for: 2)?.height == 180)
        #expect(allocator.decision(for: 2)?.reason == .load)
        _ = allocator.allocate(demands, estimate: nil, ceiling: .nothing, at: Self.at(200))
        #expect(allocator.decision(for: 2)?.target == nil)
        #expect(allocator.decision(for: 2)?.isWithheld == true)
        #expect(allocator.decision(for: 1)?.target == .all)
        // It was not the link that failed: no patience is needed to come back.
        _ = allocator.allocate(demands, estimate: nil, at: Self.at(300))
        #expect(allocator.decision(for: 2)?.height == 720)
    }

    @Test func `of a camera's temporal layers the choppiest is not a step of large pictures`() {
        var layers: [LayerRate] = []
        for (rank, size) in Self.sizes.enumerated() {
            for (temporal, percent) in [UInt64(50), 70, 100].enumerated() {
                layers.append(
                    LayerRate(
                        target: LayerTarget(spatialID: UInt8(rank), temporalID: UInt8(temporal)),
                        bitsPerSecond: size.rate * percent / 100, height: size.height))
            }
        }
        var targets: Set<LayerTarget> = []
        for estimate in stride(from: UInt64(50_000), to: 2_500_000, by: 10_000) {
            var allocator = Allocator()
            let demand = Demand(id: 1, content: .camera, layers: layers)
            _ = allocator.allocate([demand], estimate: estimate, at: Self.at(0))
            if let target = allocator.decision(for: 1)?.target { targets.insert(target) }
        }
        #expect(targets.count == 7)
        #expect(!targets.contains(LayerTarget(spatialID: 1, temporalID: 0)))
        #expect(!targets.contains(LayerTarget(spatialID: 2, temporalID: 0)))
    }

    @Test func `a layer that costs more than a better one is skipped`() {
        var demand = Self.camera(1)
        demand.layers[1].bitsPerSecond = 1_800_000
        var allocator = Allocator()
        _ = allocator.allocate([demand], estimate: 1_900_000, at: Self.at(0))
        #expect(allocator.decision(for: 1)?.height == 180)
        var other = Allocator()
        _ = other.allocate([demand], estimate: 2_000_000, at: Self.at(0))
        #expect(other.decision(for: 1)?.height == 720)
    }

    // MARK: Time

    @Test func `down at once, up after a second of room to spare`() {
        var allocator = Allocator()
        let demands = [Self.camera(1)]
        _ = allocator.allocate(demands, estimate: 2_000_000, at: Self.at(0))
        #expect(allocator.decision(for: 1)?.height == 720)
        // Less room to spare is no reason to go down, too little is.
        #expect(allocator.allocate(demands, estimate: 1_700_000, at: Self.at(100)).isEmpty)
        #expect(allocator.allocate(demands, estimate: 1_699_999, at: Self.at(200)).count == 1)
        #expect(allocator.decision(for: 1)?.height == 360)
        #expect(allocator.wantedBitrate == 1_955_001)
        for time in stride(from: Int64(20_000), to: 21_000, by: 100) {
            #expect(allocator.allocate(demands, estimate: 1_955_001, at: Self.at(time)).isEmpty)
            #expect(allocator.nextLook == Self.at(21_000))
        }
        #expect(allocator.decision(for: 1)?.reason == .steadying(.seconds(1)))
        // One dip, and the second begins again.
        _ = allocator.allocate(demands, estimate: 1_900_000, at: Self.at(20_950))
        #expect(allocator.allocate(demands, estimate: 1_955_001, at: Self.at(21_000)).isEmpty)
        #expect(allocator.allocate(demands, estimate: 1_955_001, at: Self.at(21_999)).isEmpty)
        #expect(allocator.allocate(demands, estimate: 1_955_001, at: Self.at(22_000)).count == 1)
        #expect(allocator.decision(for: 1)?.height == 720)
    }

    @Test func `who has just come climbs as soon as there is room, until the link was too full`() {
        var allocator = Allocator()
        func height(_ estimate: UInt64, at time: Int64) -> Int? {
            _ = allocator.allocate([Self.camera(1)], estimate: estimate, at: Self.at(time))
            return Self.heights(allocator, 1...1)[0]
        }
        #expect(height(200_000, at: 0) == 180)
        #expect(height(3_000_000, at: 1_200) == 720)
        #expect(height(200_000, at: 1_400) == 180)
        #expect(height(3_000_000, at: 1_500) == 180)
        #expect(height(3_000_000, at: 2_600) == 720)
    }

    @Test func `what the receiver asks for does not wait`() {
        var allocator = Allocator()
        _ = allocator.allocate([Self.camera(1, wish: .shown(maximumHeight: 200))], estimate: 3_000_000, at: Self.at(0))
        #expect(allocator.decision(for: 1)?.height == 180)
        _ = allocator.allocate([Self.camera(1, standing: .onStage)], estimate: 3_000_000, at: Self.at(10))
        #expect(allocator.decision(for: 1)?.height == 720)
    }

    @Test func `climbs that fail are tried more and more rarely, and are forgiven in time`() {
        var allocator = Self.settled()
        let demands = [Self.camera(1)]
        var climbs: [Int64] = []
        // The link carries 1 Mbit/s, but its estimate believes in more whenever little is sent.
        for time in stride(from: Int64(0), to: 120_000, by: 100) {
            let isLarge = allocator.decision(for: 1)?.height == 720
            let changes = allocator.allocate(demands, estimate: isLarge ? 1_000_000 : 2_000_000, at: Self.at(time))
            if changes.contains(where: { $0.decision.height == 720 }) { climbs.append(time) }
        }
        let gaps = zip(climbs.dropFirst(), climbs).map { $0 - $1 }
        #expect(climbs.count <= 12)
        #expect(gaps.prefix(4) == [1_200, 2_200, 4_200, 8_200])
        #expect((gaps.last ?? 0) >= 16_000)
        for time in stride(from: Int64(120_000), to: 160_000, by: 100) {
            _ = allocator.allocate(demands, estimate: 1_500_000, at: Self.at(time))
        }
        _ = allocator.allocate(demands, estimate: 3_000_000, at: Self.at(160_000))
        _ = allocator.allocate(demands, estimate: 3_000_000, at: Self.at(176_000))
        #expect(allocator.decision(for: 1)?.height == 720)
        _ = allocator.allocate(demands, estimate: 1_500_000, at: Self.at(190_000))
        _ = allocator.allocate(demands, estimate: 3_000_000, at: Self.at(190_100))
        _ = allocator.allocate(demands, estimate: 3_000_000, at: Self.at(191_100))
        #expect(allocator.decision(for: 1)?.height == 720)
    }

    @Test func `who is on stage takes from the others at once, and that is no failed climb`() {
        var allocator = Allocator()
        var demands = [Self.camera(1), Self.camera(2)]
        _ = allocator.allocate(demands, estimate: 2_150_000, at: Self.at(0))
        #expect(Self.heights(allocator, 1...2) == [360, 360])
        demands[1].standing = .onStage
        let changes = allocator.allocate(demands, estimate: 2_150_000, at: Self.at(5_000))
        #expect(changes.map(\.id) == [2, 1])
        #expect(Self.heights(allocator, 1...2) == [180, 720])
    }

    // MARK: Words

    @Test func `decisions are told in sentences`() {
        var allocator = Allocator()
        let demands = (1...3).map { Self.camera($0) }
        _ = allocator.allocate(demands, estimate: 600_000, at: Self.at(0))
        #expect(
            allocator.decision(for: 2)?.sentence
                == "180p because the estimate is 600 kbit/s and three tracks share it")
        _ = allocator.allocate(demands, estimate: 299_600, at: Self.at(100))
        #expect(
            allocator.decision(for: 3)?.sentence
                == "paused because the estimate is 300 kbit/s and three tracks share it")
        _ = allocator.allocate([Self.camera(1)], estimate: 1_250_000, at: Self.at(200))
        _ = allocator.allocate([Self.camera(1)], estimate: 1_250_000, at: Self.at(1_300))
        #expect(allocator.decision(for: 1)?.sentence == "360p because the estimate is 1.3 Mbit/s")
        _ = allocator.allocate([Self.camera(1)], estimate: nil, at: Self.at(1_400))
        #expect(allocator.decision(for: 1)?.sentence == "720p, the best that is sent")
        var broken = Self.camera(1)
        broken.layers.removeLast()
        broken.incomplete = .init(height: 720)
        _ = allocator.allocate([broken], estimate: nil, at: Self.at(1_450))
        #expect(
            allocator.decision(for: 1)?.sentence == "360p because the publisher's 720p does not arrive whole")
        broken.incomplete = .init(height: nil)
        _ = allocator.allocate([broken], estimate: nil, at: Self.at(1_475))
        #expect(
            allocator.decision(for: 1)?.sentence
                == "360p because the publisher's larger layer does not arrive whole")
        _ = allocator.allocate([Self.camera(1, wish: .hidden)], estimate: nil, at: Self.at(1_500))
        #expect(allocator.decision(for: 1)?.sentence == "not sent because the receiver does not show it")
    }

    // MARK: Properties

    /// A room as a seed has it.
    private static func room(_ generator: inout SeededGenerator) -> [Demand] {
        (0..<Int.random(in: 1...12, using: &generator)).map { id in
            let content: Demand.Content =
                switch Int.random(in: 0...9, using: &generator) {
                case 0...2: .audio
                case 3: .screen
                default: .camera
                }
            guard content != .audio else { return sound(id) }
            var layers: [LayerRate] = []
            var rate = UInt64.random(in: 20_000...300_000, using: &generator)
            for rank in 0..<UInt8.random(in: 1...3, using: &generator) {
                for temporal in 0..<UInt8.random(in: 1...3, using: &generator) {
                    layers.append(
                        LayerRate(
                            target: LayerTarget(spatialID: rank, temporalID: temporal), bitsPerSecond: rate,
                            height: Bool.random(using: &generator) ? 180 << Int(rank) : nil))
                    rate += rate * UInt64.random(in: 10...90, using: &generator) / 100
                }
            }
            let standings: [Demand.Standing] = [.onStage, .speaker, .other, .other]
            let wishes: [Demand.Wish] = [
                .shown(maximumHeight: nil), .shown(maximumHeight: nil), .shown(maximumHeight: 360), .hidden, .paused,
            ]
            return Demand(
                id: id, content: content, standing: standings[Int.random(in: 0..<4, using: &generator)],
                order: Int.random(in: 0...3, using: &generator), wish: wishes[Int.random(in: 0..<5, using: &generator)],
                layers: layers)
        }
    }

    private static func video(_ allocator: Allocator, _ demands: [Demand]) -> UInt64 {
        demands.filter { $0.content != .audio }.reduce(0) { $0 + (allocator.decision(for: $1.id)?.bitsPerSecond ?? 0) }
    }

    @Test(arguments: 0..<200) func `what is sent fits, whatever changes`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var allocator = Allocator()
        var demands = Self.room(&generator)
        for step in 0..<60 {
            if step % 7 == 6 { demands = Self.room(&generator) }
            let estimate = UInt64.random(in: 0...6_000_000, using: &generator)
            _ = allocator.allocate(demands, estimate: estimate, at: Self.at(Int64(step) * 400))
            let sounds = demands.filter { $0.content == .audio && $0.wish != .paused }
            let spent = sounds.reduce(UInt64(0)) { $0 + ($1.layers.first?.bitsPerSecond ?? 0) }
            let video = Self.video(allocator, demands)
            #expect(video == 0 || spent + video <= estimate)
            #expect(allocator.allocatedBitrate == spent + video)
            for demand in demands where demand.wish == .paused || (demand.wish == .hidden && demand.content != .audio) {
                #expect(allocator.decision(for: demand.id)?.target == nil)
            }
            for sound in sounds { #expect(allocator.decision(for: sound.id)?.target != nil) }
            if let wanted = allocator.wantedBitrate { #expect(wanted > allocator.allocatedBitrate) }
        }
    }

    @Test(arguments: 0..<200) func `more bit rate never gives less`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let demands = Self.room(&generator)
        var last: UInt64 = 0
        var lastWanted: UInt64 = 0
        for estimate in stride(from: UInt64(0), to: 8_000_000, by: 37_000) {
            var allocator = Allocator()
            _ = allocator.allocate(demands, estimate: estimate, at: Self.at(0))
            #expect(allocator.allocatedBitrate >= last)
            if let wanted = allocator.wantedBitrate {
                #expect(wanted > estimate)
                #expect(wanted >= lastWanted)
                lastWanted = wanted
            }
            last = allocator.allocatedBitrate
        }
    }

    @Test(arguments: 0..<100) func `five percent of noise change nothing back and forth`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let demands = Self.room(&generator)
        let estimate = UInt64.random(in: 100_000...5_000_000, using: &generator)
        var allocator = Allocator()
        var changes: [Int: Int] = [:]
        var targets: [Int: [LayerTarget?]] = [:]
        for step in 0..<1_200 {
            let noisy = estimate * UInt64.random(in: 95...105, using: &generator) / 100
            for change in allocator.allocate(demands, estimate: noisy, at: Self.at(Int64(step) * 100)) {
                changes[change.id, default: 0] += 1
                targets[change.id, default: []].append(change.decision.target)
            }
        }
        for (id, count) in changes {
            #expect(count <= 4, "track \(id): \(targets[id] ?? [])")
            // Nothing that was left is come back to.
            let way = targets[id] ?? []
            #expect(Set(way).count == way.count, "track \(id): \(way)")
        }
    }

    @Test func `the same calls give the same decisions`() {
        func run() -> [String] {
            var generator = SeededGenerator(seed: 7)
            var allocator = Allocator()
            var words: [String] = []
            for step in 0..<100 {
                let demands = Self.room(&generator).shuffled(using: &generator)
                let estimate = UInt64.random(in: 0...4_000_000, using: &generator)
                for change in allocator.allocate(demands, estimate: estimate, at: Self.at(Int64(step) * 300)) {
                    words.append("\(change.id) \(change.decision.sentence)")
                }
            }
            return words
        }
        #expect(run() == run())
        #expect(run().count > 100)
    }
}
