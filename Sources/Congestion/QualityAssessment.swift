public import Wire

/// What was measured of a participant's connection over the last interval.
///
/// Whatever is not known, or means nothing at the moment, is `nil`.
public struct ConnectionFacts: Sendable, Equatable {
    /// Whether the media transport is up.
    public var isConnected = true
    /// Tracks that ought to send, and did before.
    public var expectedTracks = 0
    /// Those of them of which nothing came in the whole interval.
    public var silentTracks = 0
    /// The share of the participant's packets that did not arrive at first, before any repair, 0 to 1.
    public var uplinkLoss: Double?
    /// Interarrival jitter of what it sends (RFC 3550 §6.4.1).
    public var jitter: Interval?
    /// The bit rate of its pictures against what the published layers are known to take, 0 to 1.
    public var uplinkRateShare: Double?
    /// The share of packets that the participant reports lost, 0 to 1.
    public var downlinkLoss: Double?
    /// How long packets to the participant wait in the path's queues.
    public var queueingDelay: Interval?
    /// The estimate of the downlink against what would let more be sent, 0 to 1; `nil` when nothing more is wanted.
    public var downlinkRateShare: Double?
    /// The share of the pictures wanted that the server withholds for want of bandwidth, 0 to 1.
    public var withheldShare: Double?
    /// Round-trip time between the participant and the server.
    public var roundTrip: Interval?
    /// Makes the facts of a connection without a flaw.
    public init() {}
}

/// Why a connection is not as good as it could be. The codes are stable.
public enum QualityReason: String, Sendable, Equatable, CaseIterable {
    /// The media transport is down.
    case disconnected
    /// Nothing comes of what the participant publishes.
    case noMedia = "no-media"
    /// Packets are lost on the way to the server.
    case uplinkLoss = "uplink-loss"
    /// Packets are lost on the way to the participant.
    case downlinkLoss = "downlink-loss"
    /// It takes long there and back, queues on the way counted.
    case highRoundTrip = "high-round-trip"
    /// Packets arrive at uneven intervals.
    case jitter
    /// There is not enough bandwidth for the pictures sent or wanted.
    case lowBandwidth = "low-bandwidth"
}

/// What one interval's facts are worth, by the E-model (ITU-T G.107), without a memory.
///
/// For each direction there is a transmission rating R = 93.2 − Id − Ie − B, from which the mean opinion score is
/// 1 + 0.035·R + R·(R − 60)·(100 − R)·7·10⁻⁶. The worse direction counts. The score is stretched so that a flawless
/// connection, whose opinion score is 4.41, has 5.
///
/// - Id = 0.024·d + 0.11·max(0, d − 177.3), the G.107 approximation for a delay of d milliseconds: half the round trip,
///   40 ms for playing out, and either four times the jitter (up) or the wait in the queues (down).
/// - Ie = 95·p / (p + 25.1) for a loss of p per cent; 25.1 is the robustness that G.113 Appendix I gives to a codec that
///   conceals lost packets. What is recovered by retransmission costs time, so it counts as lost.
/// - B is for pictures, of which G.107 knows nothing: 0 while the rate is 60 % of what is expected or more, rising to 60
///   where nothing is left (up) and to 30 (down, where the next better layer is all that is missing), plus 25 and up to
///   35 more by the share of pictures that the server withholds.
public struct QualityAssessment: Sendable, Equatable {
    /// 1 (bad) to 5 (flawless).
    public let score: Double
    /// Whether nothing gets through at all.
    public let isLost: Bool
    /// What costs most comes first; what costs less than `leastCost` is left out.
    public let reasons: [QualityReason]

    /// Points of R: about a fifth of a point of the score where nothing else is wrong.
    static let leastCost = 8.0
    private static let flawless = 93.2
    private static let playout = 40.0
    private static let robustness = 25.1

    /// Assesses an interval.
    public init(_ facts: ConnectionFacts) {
        guard facts.isConnected else {
            self.init(score: 1, isLost: true, reasons: [.disconnected])
            return
        }
        if facts.expectedTracks > 0, facts.silentTracks >= facts.expectedTracks {
            self.init(score: 1, isLost: true, reasons: [.noMedia])
            return
        }
        let travel = facts.roundTrip.map { max($0.fractionalMilliseconds, 0) / 2 } ?? 0
        let queueing = max(facts.queueingDelay?.fractionalMilliseconds ?? 0, 0)
        let spread = 4 * max(facts.jitter?.fractionalMilliseconds ?? 0, 0)
        let base = Self.delayCost(travel + Self.playout)
        let jitter = Self.delayCost(travel + Self.playout + spread) - base
        let waiting = Self.delayCost(travel + Self.playout + queueing)
        let uplinkLoss = Self.lossCost(facts.uplinkLoss)
        let downlinkLoss = Self.lossCost(facts.downlinkLoss)
        let silence = facts.silentTracks > 0 ? 30.0 : 0
        let uplinkRate = Self.rateCost(facts.uplinkRateShare, worst: 60)
        let withheld = Self.share(facts.withheldShare ?? 0)
        let downlinkRate = Self.rateCost(facts.downlinkRateShare, worst: 30) + (withheld > 0 ? 25 + 35 * withheld : 0)
        let up = base + jitter + uplinkLoss + uplinkRate + silence
        let down = waiting + downlinkLoss + downlinkRate
        let costs: [(QualityReason, Double)] = [
            (.noMedia, silence), (.uplinkLoss, uplinkLoss), (.downlinkLoss, downlinkLoss),
            (.highRoundTrip, waiting), (.jitter, jitter), (.lowBandwidth, max(uplinkRate, downlinkRate)),
        ]
        // Sorting is stable, so equal costs stay in the order of the table.
        self.init(
            score: Self.score(rating: Self.flawless - max(up, down)), isLost: false,
            reasons: costs.filter { $0.1 >= Self.leastCost }.sorted { $0.1 > $1.1 }.map(\.0))
    }

    private init(score: Double, isLost: Bool, reasons: [QualityReason]) {
        self.score = score
        self.isLost = isLost
        self.reasons = reasons
    }

    private static func delayCost(_ milliseconds: Double) -> Double {
        0.024 * milliseconds + 0.11 * max(0, milliseconds - 177.3)
    }

    private static func lossCost(_ loss: Double?) -> Double {
        let percent = 100 * share(loss ?? 0)
        return 95 * percent / (percent + robustness)
    }

    private static func rateCost(_ known: Double?, worst: Double) -> Double {
        guard let known, known.isFinite else { return 0 }
        return worst * max(0, 0.6 - share(known)) / 0.6
    }

    private static func score(rating: Double) -> Double {
        let scale = 4 / (opinion(flawless) - 1)
        return min(max(1 + (opinion(min(max(rating, 0), flawless)) - 1) * scale, 1), 5)
    }

    private static func opinion(_ rating: Double) -> Double {
        // Below a rating of about 6.5 the polynomial falls under 1.
        max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
    }

    /// A share that may come from elsewhere: what is no number is nothing.
    private static func share(_ value: Double) -> Double { value.isFinite ? min(max(value, 0), 1) : 0 }
}

extension Interval {
    fileprivate var fractionalMilliseconds: Double { seconds * 1_000 }
}
