import Congestion
import Engine
import Testing
import Wire

@testable import Rooms

/// What running counts say of an interval.
struct QualityMeterTests {
    private let camera = PublicationID(1)

    private func figures(packets: UInt64, lost: Int64 = 0, rates: [UInt64]) -> PeerStatistics {
        var figures = PeerStatistics()
        var uplink = UplinkStatistics()
        uplink.publication = camera
        uplink.layers = rates.enumerated().map { index, rate in
            var layer = LayerStatistics()
            layer.rid = ["q", "h", "f"][index]
            layer.ssrc = UInt32(index + 1)
            layer.packets = packets
            layer.lost = lost
            layer.bitrate = rate
            return layer
        }
        figures.uplinks = [uplink]
        return figures
    }

    private func tracks(
        needed: [String]? = nil, spatialLayers: Int? = nil
    ) -> [PublicationID: QualityMeter.Track] {
        [camera: QualityMeter.Track(kind: .video, isExpected: true, needed: needed, spatialLayers: spatialLayers)]
    }

    /// Of the pictures that would be shown, not of all that the receiver hears besides.
    @Test func whatIsWithheldIsAShareOfThePicturesWanted() {
        var figures = figures(packets: 9, rates: [1])
        figures.downlinks = (0..<7).map { place in
            var downlink = DownlinkStatistics()
            downlink.mid = "\(place)"
            downlink.isShown = place == 0
            return downlink
        }
        var meter = QualityMeter()
        _ = meter.measure(figures, tracks: tracks(), withheld: 0, at: .zero)
        let facts = meter.measure(figures, tracks: tracks(), withheld: 1, at: .zero + .seconds(2))
        #expect(facts?.withheldShare == 1)
    }

    @Test func theFirstLookIsNoInterval() {
        var meter = QualityMeter()
        let facts = meter.measure(figures(packets: 9, rates: [1]), tracks: tracks(), withheld: 0, at: .zero)
        #expect(facts == nil)
    }

    @Test func lossIsThatOfTheInterval() {
        var meter = QualityMeter()
        _ = meter.measure(figures(packets: 1_000, lost: 500, rates: [9_000]), tracks: tracks(), withheld: 0, at: .zero)
        let facts = meter.measure(
            figures(packets: 1_090, lost: 510, rates: [9_000]), tracks: tracks(), withheld: 0, at: .zero + .seconds(2))
        #expect(facts?.uplinkLoss == 0.1)
        #expect(facts?.silentTracks == 0)
        // What comes late makes up for what was lost, and too few packets say nothing.
        let late = meter.measure(
            figures(packets: 1_200, lost: 490, rates: [9_000]), tracks: tracks(), withheld: 0, at: .zero + .seconds(4))
        #expect(late?.uplinkLoss == 0)
        let few = meter.measure(
            figures(packets: 1_205, lost: 500, rates: [9_000]), tracks: tracks(), withheld: 0, at: .zero + .seconds(6))
        #expect(few?.uplinkLoss == nil)
    }

    @Test func aLayerThatStopsIsMissedUnlessNobodyNeedsIt() {
        var meter = QualityMeter()
        let all: [UInt64] = [150_000, 500_000, 1_350_000]
        for second in 0..<3 as Range<Int64> {
            _ = meter.measure(
                figures(packets: UInt64(second) * 100, rates: all), tracks: tracks(), withheld: 0,
                at: .zero + .seconds(2 * second))
        }
        var unneeded = meter
        let cut: [UInt64] = [150_000, 500_000, 0]
        let share = meter.measure(
            figures(packets: 400, rates: cut), tracks: tracks(), withheld: 0, at: .zero + .seconds(6))?.uplinkRateShare
        #expect(share == 0.325)
        let rest = unneeded.measure(
            figures(packets: 400, rates: cut), tracks: tracks(needed: ["q", "h"]), withheld: 0, at: .zero + .seconds(6))
        #expect(rest?.uplinkRateShare == 1)
    }

    /// It was told that its connection was poor, for sending as little as it had been asked to.
    @Test func aStreamThatWasAskedForFewerOfItsLayersIsNotMissed() {
        var meter = QualityMeter()
        func share(_ rate: UInt64, layers: Int?, at second: Int64) -> Double? {
            meter.measure(
                figures(packets: UInt64(second) * 100, rates: [rate]), tracks: tracks(spatialLayers: layers),
                withheld: 0, at: .zero + .seconds(second))?.uplinkRateShare
        }
        _ = share(1_700_000, layers: nil, at: 0)
        #expect(share(1_700_000, layers: nil, at: 2) == 1)
        for (second, rate) in [(4, 1_700_000), (6, 900_000), (8, 190_000), (10, 190_000), (30, 190_000)] {
            #expect(share(UInt64(rate), layers: 1, at: Int64(second)) == 1)
        }
        // What is asked for again is expected once it has come.
        #expect(share(190_000, layers: 3, at: 32) == 1)
        #expect(share(1_700_000, layers: 3, at: 34) == 1)
        #expect(share(170_000, layers: 3, at: 36) ?? 1 < 0.2)
    }

    @Test func aStreamThatBeginsAnewIsNoLoss() {
        var meter = QualityMeter()
        _ = meter.measure(figures(packets: 1_000, lost: 9, rates: [9_000]), tracks: tracks(), withheld: 0, at: .zero)
        let facts = meter.measure(
            figures(packets: 50, lost: 0, rates: [9_000]), tracks: tracks(), withheld: 0, at: .zero + .seconds(2))
        #expect(facts?.uplinkLoss == nil)
    }

    @Test func theDownlinkIsJudgedByWhatIsSent() {
        var meter = QualityMeter()
        func look(_ packets: UInt64, at second: Int64) -> ConnectionFacts? {
            var figures = PeerStatistics()
            var slot = DownlinkStatistics()
            slot.mid = "4"
            slot.packets = packets
            slot.reportedLoss = 0.25
            figures.downlinks = [slot]
            figures.path = PathStatistics()
            figures.path?.queueingMilliseconds = 80
            figures.linkEstimate = 300_000
            figures.wantedBitrate = 600_000
            figures.roundTripMilliseconds = 40
            return meter.measure(figures, tracks: [:], withheld: 0, at: .zero + .seconds(second))
        }
        _ = look(100, at: 0)
        let busy = look(300, at: 2)
        #expect(busy?.downlinkLoss == 0.25)
        #expect(busy?.queueingDelay == .milliseconds(80))
        #expect(busy?.downlinkRateShare == 0.5)
        #expect(busy?.roundTrip == .milliseconds(40))
        let idle = look(300, at: 4)
        #expect(idle?.downlinkLoss == nil)
        #expect(idle?.queueingDelay == nil)
        #expect(idle?.downlinkRateShare == nil)
    }
}
