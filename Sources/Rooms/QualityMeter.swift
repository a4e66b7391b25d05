import Congestion
import Engine
import Wire

/// Turns a participant's running counts into the facts of the interval since they were looked at before.
struct QualityMeter: Sendable {
    /// A track as it is published at the moment.
    struct Track {
        var kind: TrackKind
        /// Whether packets have to come all the time: it has begun, it is not muted, somebody wants it, and it is no
        /// screen, of which nothing need come while nothing moves on it.
        var isExpected: Bool
        /// The layers that need be sent, by their RIDs; `nil` when all of them.
        var needed: [String]?
        /// How many layers within its one stream need be sent; `nil` when all of them.
        var spatialLayers: Int?
    }

    /// Packets of a stream since the participant came.
    private struct Count {
        var packets: UInt64
        var lost: Int64
    }

    /// Fewer packets than this say nothing about a share that was lost: one in them would be five per cent.
    private static let fewest = 20.0
    /// What a layer is expected to send falls by half in so many seconds, so that a picture that has become simpler is
    /// soon taken for what it is.
    private static let halfLife = 30.0
    /// How long an encoder takes to send less of what it was asked to, and its rate to show it.
    private static let adjusting = Interval.seconds(6)
    /// A layer that sends less than this, in bits a second, does not flow.
    private static let trickle = 1_000.0

    private var incoming: [UInt32: Count] = [:]
    private var outgoing: [String: UInt64] = [:]
    /// What each layer is known to take, in bits a second.
    private var expectedRates: [UInt32: Double] = [:]
    /// What had to come already when it was looked at last: of a track that was unmuted a moment ago nothing may have
    /// come yet.
    private var expectedBefore: Set<PublicationID> = []
    /// How many layers within a stream needed be sent when it was looked at last, and when that became fewer.
    private var spatialLayers: [PublicationID: (count: Int, fewerAt: Timestamp?)] = [:]
    private var measuredAt: Timestamp?

    /// Takes a look. Returns `nil` the first time, since there is no interval yet.
    ///
    /// - Parameters:
    ///   - tracks: What is published.
    ///   - withheld: How many pictures are withheld for want of bandwidth.
    mutating func measure(
        _ figures: PeerStatistics, tracks: [PublicationID: Track], withheld: Int, at now: Timestamp
    ) -> ConnectionFacts? {
        let elapsed = measuredAt.map { (now - $0).seconds }
        var facts = ConnectionFacts()
        noteSpatialLayers(of: tracks, at: now)
        measureUplinks(figures, tracks: tracks, elapsed: elapsed ?? 0, at: now, into: &facts)
        measureDownlinks(figures, withheld: withheld, into: &facts)
        facts.roundTrip = figures.roundTripMilliseconds.map(Self.interval)
        measuredAt = now
        guard let elapsed, elapsed > 0 else { return nil }
        return facts
    }

    private mutating func measureUplinks(
        _ figures: PeerStatistics, tracks: [PublicationID: Track], elapsed: Double, at now: Timestamp,
        into facts: inout ConnectionFacts
    ) {
        var counts: [UInt32: Count] = [:]
        var rates: [UInt32: Double] = [:]
        var received = 0.0
        var lost = 0.0
        var rate = 0.0
        var expectedRate = 0.0
        for uplink in figures.uplinks {
            guard let publication = uplink.publication, let track = tracks[publication] else { continue }
            var packets: UInt64 = 0
            for layer in uplink.layers {
                counts[layer.ssrc] = Count(packets: layer.packets, lost: layer.lost)
                guard let before = incoming[layer.ssrc] else {
                    packets += layer.packets
                    continue
                }
                let arrived = layer.packets &- min(before.packets, layer.packets)
                packets += arrived
                received += Double(arrived)
                lost += Double(max(0, layer.lost - before.lost))
                guard track.kind == .video, track.isExpected else { continue }
                if let needed = track.needed, let rid = layer.rid, !needed.contains(rid) { continue }
                let isBecomingLess = spatialLayers[publication]?.fewerAt.map { now - $0 < Self.adjusting } ?? false
                let expectation = isBecomingLess ? Double(layer.bitrate) : expectation(of: layer, elapsed: elapsed)
                rates[layer.ssrc] = expectation
                rate += min(Double(layer.bitrate), expectation)
                expectedRate += expectation
            }
            if track.kind == .audio, packets > 0 {
                let jitter = uplink.layers.map(\.jitterMilliseconds).max().map(Self.interval)
                facts.jitter = max(facts.jitter ?? .zero, jitter ?? .zero)
            }
            guard track.isExpected, expectedBefore.contains(publication) else { continue }
            facts.expectedTracks += 1
            if packets == 0 { facts.silentTracks += 1 }
        }
        incoming = counts
        expectedRates = rates
        expectedBefore = Set(tracks.filter(\.value.isExpected).keys)
        if received + lost >= Self.fewest { facts.uplinkLoss = lost / (received + lost) }
        if expectedRate > 0 { facts.uplinkRateShare = rate / expectedRate }
    }

    /// A stream that has been asked for less is not missed for becoming less.
    private mutating func noteSpatialLayers(of tracks: [PublicationID: Track], at now: Timestamp) {
        var counts: [PublicationID: (count: Int, fewerAt: Timestamp?)] = [:]
        for (publication, track) in tracks {
            let count = track.spatialLayers ?? .max
            let before = spatialLayers[publication]
            counts[publication] = (count, count < before?.count ?? count ? now : before?.fewerAt)
        }
        spatialLayers = counts
    }

    /// The most a layer sent lately. One that has stopped is expected as before: falling silent is no sign of a simpler
    /// picture.
    private func expectation(of layer: LayerStatistics, elapsed: Double) -> Double {
        let rate = Double(layer.bitrate)
        guard let known = expectedRates[layer.ssrc] else { return rate }
        guard rate > Self.trickle else { return known }
        // The power series is cut after the first term: the interval is short against the half-life.
        return max(rate, known * max(0, 1 - 0.693 * elapsed / Self.halfLife))
    }

    private mutating func measureDownlinks(
        _ figures: PeerStatistics, withheld: Int, into facts: inout ConnectionFacts
    ) {
        var counts: [String: UInt64] = [:]
        var sent = 0.0
        var lost = 0.0
        for downlink in figures.downlinks {
            counts[downlink.mid] = downlink.packets
            guard let before = outgoing[downlink.mid], downlink.packets > before else { continue }
            let packets = Double(downlink.packets - before)
            sent += packets
            lost += packets * downlink.reportedLoss
        }
        outgoing = counts
        if withheld > 0 {
            facts.withheldShare = Double(withheld) / Double(max(withheld, figures.downlinks.count(where: \.isShown)))
        }
        // What was known of a path that nothing is sent on is no news.
        guard sent >= Self.fewest else { return }
        facts.downlinkLoss = lost / sent
        facts.queueingDelay = figures.path.map { Self.interval($0.queueingMilliseconds) }
        if let estimate = figures.linkEstimate, let wanted = figures.wantedBitrate, wanted > 0 {
            facts.downlinkRateShare = min(1, Double(estimate) / Double(wanted))
        }
    }

    private static func interval(_ milliseconds: Double) -> Interval {
        guard milliseconds.isFinite else { return .zero }
        return .microseconds(Int64(min(max(milliseconds, 0), 60_000) * 1_000))
    }
}
