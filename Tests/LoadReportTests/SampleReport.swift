import Foundation
import Histogram

@testable import LoadReport

/// A small random generator that repeats exactly: the report module has none.
struct Repeating: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

/// A report as a run writes it.
enum SampleReport {
    static func distribution(around microseconds: Double, count: Int, seed: UInt64) -> Distribution? {
        var histogram = Histogram<UInt32>(
            lowestDiscernibleValue: 1, highestTrackableValue: 120_000_000, numberOfSignificantValueDigits: .three)
        var random = Repeating(state: seed)
        for _ in 0..<count {
            let spread = Double.random(in: 0.6...1.6, using: &random)
            let tail = Double.random(in: 0...1, using: &random) > 0.98 ? Double.random(in: 1...5, using: &random) : 1
            histogram.record(UInt64(microseconds * spread * tail))
        }
        return Distribution(histogram)
    }

    private static func messages() -> LoadReport.Messages {
        var messages = LoadReport.Messages()
        messages.associations = 20
        messages.opened = 19
        messages.ended = [.init("The association did not come up.", 1)]
        messages.sent = 600
        messages.bytesOut = 120_000
        messages.refused = 1
        messages.received = 11_397
        messages.bytesIn = 2_279_600
        messages.expected = 11_400
        messages.lost = 3
        messages.disordered = 2
        messages.duplicates = 4
        messages.corrupt = 5
        messages.misdirected = 6
        messages.latency = distribution(around: 2_000, count: 11_397, seed: 9)
        messages.opening = distribution(around: 3_000, count: 19, seed: 10)
        return messages
    }

    static func make(scale: Double = 1) -> LoadReport {
        var random = Repeating(state: 42)
        var report = LoadReport(
            title: "Meeting of 20, four rooms", startedAt: Date(timeIntervalSince1970: 1_790_000_000), seconds: 60,
            scenario: .init(
                name: "meeting",
                settings: [
                    .init("url", "http://localhost:8080"), .init("rooms", "4"), .init("publishers", "5"),
                    .init("video-bitrate", "1500"), .init("simulcast", "yes"), .init("loss", "1%"), .init("seed", "1"),
                ]),
            machine: .init(
                cores: 8, cpuModel: "Example CPU @ 3.1 GHz", kernel: "Linux 6.12.1", memoryBytes: 16_700_000_000))
        report.joins = LoadReport.Joins(
            attempted: 20, succeeded: 19, failures: [.init("room_full", 1)], churned: 3, disconnects: [],
            webSocket: distribution(around: 2_100, count: 20, seed: 1),
            answer: distribution(around: 6_300, count: 20, seed: 2),
            ice: distribution(around: 4_000, count: 20, seed: 3),
            dtls: distribution(around: 11_000, count: 20, seed: 4),
            firstPacket: distribution(around: 31_000, count: 20, seed: 5),
            firstKeyframe: distribution(around: 74_000, count: 20, seed: 6))
        report.latency = distribution(around: 380 * scale, count: 50_000, seed: 7)
        report.traffic.packetsIn = 2_812_345
        report.traffic.bytesIn = 2_912_345_678
        report.traffic.packetsOut = 703_086
        report.traffic.bytesOut = 728_086_419
        report.traffic.expected = 2_800_000
        report.traffic.lostBeforeRepair = 28_112
        report.traffic.lostAfterRepair = UInt64(120 * scale)
        report.traffic.nacksSent = 29_004
        report.traffic.nacksReceived = 7_002
        report.traffic.retransmissionsReceived = 28_007
        report.traffic.retransmissionsSent = 6_990
        report.traffic.keyframeRequestsSent = 31
        report.traffic.keyframeRequestsReceived = 24
        report.frames.sent = 36_000
        report.frames.complete = 143_210
        report.frames.late = 12
        report.frames.lost = UInt64(31 * scale)
        report.frames.undecodable = 140
        report.frames.keyframes = 96
        report.frames.switches = 57
        report.frames.withheld = 900
        report.frames.freezes = 4
        report.frames.frozenSeconds = 1.42
        report.messages = messages()
        var server = LoadReport.Server()
        server.version = "roost 0.1"
        server.cpuPercent = 61.2 * scale
        server.cpuPeakPercent = 88.1
        server.memoryBytes = 71_000_000
        server.memoryPeakBytes = 74_500_000
        server.threads = 14
        server.forwardedPackets = 2_812_000
        server.microsecondsPerPacket = 4.31 * scale
        server.socketDrops = 0
        report.server = server
        report.generator = LoadReport.Generator(
            cpuPercent: 140, busiestThreadPercent: 52, lateness: distribution(around: 300, count: 500, seed: 8))
        for second in 0..<60 {
            let level = min(Double(second + 1) / 8, 1)
            var sample = LoadReport.Sample(
                second: Double(second), participants: Int(20 * level),
                packetsIn: 47_000 * level * Double.random(in: 0.93...1.05, using: &random),
                packetsOut: 11_800 * level * Double.random(in: 0.95...1.05, using: &random), bitsIn: 388e6 * level,
                bitsOut: 97e6 * level)
            if second > 1, second != 30 {
                sample.latencyP50 = 0.35 * Double.random(in: 0.9...1.2, using: &random)
                sample.latencyP99 = 1.2 * Double.random(in: 0.7...1.9, using: &random)
                sample.latencyMax = 4
            }
            sample.messagesIn = 190 * level
            sample.messagesOut = 10 * level
            sample.serverCPUPercent = 61 * level * Double.random(in: 0.9...1.2, using: &random)
            sample.generatorCPUPercent = 140 * level
            report.samples.append(sample)
        }
        report.drops = [
            .init("no_subscriber", 1_203), .init("not_forwarded_layer", 88_220), .init("waiting_for_keyframe", 310),
            .init("malformed", 0),
        ]
        let limits = ["p99<5ms", "loss<0.1%", "freezes<1", "join-p99<300ms", "cpu-per-packet<6us"]
        report.judge(by: limits.compactMap { try? Threshold(parsing: $0) })
        return report
    }
}
