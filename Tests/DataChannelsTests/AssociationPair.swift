import Wire

@testable import DataChannels

/// Two ends of an association in this process, with a network between them that loses packets from a seed.
@SCTPActor
final class AssociationPair {
    let ends: [SCTPAssociation]
    private var generator: SeededGenerator
    private let lossPercent: Int
    private(set) var lost = 0
    private(set) var largest = 0
    var events: [[SCTPAssociation.Event]] = [[], []]

    init(seed: UInt64 = 1, lossPercent: Int = 0, limits: DataChannelLimits = DataChannelLimits()) throws {
        generator = SeededGenerator(seed: seed)
        self.lossPercent = lossPercent
        guard let first = SCTPAssociation(limits: limits), let second = SCTPAssociation(limits: limits) else {
            throw OutOfMemory()
        }
        ends = [first, second]
    }

    struct OutOfMemory: Error {}

    /// Carries packets both ways until `condition` holds; false if it does not within thirty seconds.
    func run(until condition: () -> Bool) async -> Bool {
        for _ in 0..<6_000 {
            carry()
            if condition() { return true }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return condition()
    }

    func carry() {
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            for (from, end) in ends.enumerated() {
                end.flush()
                while let packet = end.pollTransmit() {
                    isQuiet = false
                    largest = max(largest, packet.count)
                    if Int.random(in: 0..<100, using: &generator) < lossPercent {
                        lost += 1
                    } else {
                        ends[1 - from].handle(packet)
                    }
                }
                while let event = end.pollEvent() { events[from].append(event) }
            }
        }
    }

    func messages(at end: Int) -> [SCTPMessage] {
        events[end].compactMap { if case .message(let message) = $0 { message } else { nil } }
    }

    var isUp: Bool {
        events.allSatisfy { $0.contains { if case .up = $0 { true } else { false } } }
    }

    func close() { for end in ends { end.close() } }
}
