internal import Congestion
internal import Forwarding
internal import Negotiation
internal import RTP
internal import SRTP
internal import Wire

/// Bursts by which the estimate is tried: the last packets once more, or padding.
extension EgressStream {
    /// Below this a probe is made of padding: it has to have some packets to be measured by.
    private static let leastRateForMedia = 1_200_000.0
    /// Padding packets carry about this much besides the padding, in bytes.
    private static let paddingOverhead = 44
    /// How far back a probe looks for packets to send again.
    private static let probeDepth: Int64 = 64

    /// Sends what is due for a probe: the last packets once more, which may be of use, or padding.
    func probe(with bandwidth: DownlinkBandwidth, into batch: EgressBatch, at now: Timestamp) {
        var due = bandwidth.estimator.probeBytesDue(at: now)
        guard due > 0 else { return probeCursor = nil }
        bandwidth.isSendingLongProbe = bandwidth.estimator.isLongProbe
        defer { bandwidth.isSendingLongProbe = false }
        if bandwidth.estimator.probeRate >= Self.leastRateForMedia {
            while due > 0, let length = sendForProbe(upTo: due, into: batch, at: now) {
                guard length > 0 else { return }
                due -= length
            }
        }
        guard due > 0, var outlet = peer.makeOutlet() else { return }
        while due > 0 {
            let before = outlet.bytes
            let count = UInt8(clamping: max(due - Self.paddingOverhead, 1))
            guard rewriter.pad(count, through: &outlet, into: batch, at: now) else { break }
            due -= outlet.bytes - before
        }
        bandwidth.count(padding: outlet)
        peer.takeBack(outlet, from: batch, at: now)
    }

    /// Sends one of the last packets again: the newest that has not been sent for this probe.
    /// - Returns: its length; zero if it is longer than `due` and has to wait, `nil` if there is none.
    private func sendForProbe(upTo due: Int, into batch: EgressBatch, at now: Timestamp) -> Int? {
        guard rewriter.writer.hasRTX, layer != nil, let highest = rewriter.index.highest else { return nil }
        var number = probeCursor ?? highest
        while number.distance(from: highest) > -Self.probeDepth {
            guard let entry = rewriter.index.entry(for: number), !entry.isFiller,
                let stored = publication?.layer(serial: entry.source)?.history.find(entry.ingress, at: now)
            else {
                number = number.advanced(by: -1)
                continue
            }
            probeCursor = number
            guard stored.length <= due else { return 0 }
            probeCursor = number.advanced(by: -1)
            let isSent = send(number.wire, made: entry, for: .probe, into: batch, at: now) == nil
            return isSent ? stored.length : nil
        }
        return nil
    }
}
