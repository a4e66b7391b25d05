internal import Congestion
internal import Wire

/// When packets are sent that are held back.
extension Engine {
    /// The least time between two sends of what is held, so that what goes then goes together.
    private static let releaseInterval = Interval.milliseconds(2)
    /// The longest that a packet is held. Histories keep packets twice as long; and a keyframe that takes longer than this at
    /// the estimate is of a layer that the path has no room for.
    static let longestHold = Interval.milliseconds(500)

    /// Follows the estimate.
    func updatePacing(of peer: Peer, at now: Timestamp) {
        guard let bandwidth = peer.bandwidth else { return }
        bandwidth.pacer.isEngaged = bandwidth.estimator.losesBurstEnds(at: now)
        guard bandwidth.pacer.isEngaged || peer.isPaced else { return }
        // As fast as the path takes them: a queue that has no room for a burst has none for a little more than the path carries
        // either. What is sent at most is less than the estimate, so nothing piles up.
        bandwidth.pacingRate = Double(bandwidth.estimator.estimate)
        bandwidth.pacer.setRate(bandwidth.pacingRate, at: now)
        peer.isPaced = true
        // What is still held goes at once.
        if !bandwidth.pacer.isEngaged { releaseHeld(of: peer, at: now) }
    }

    /// Sees to it that what a peer's slots hold is sent in time.
    @inline(never)
    func planRelease(of peer: Peer, at now: Timestamp) {
        guard peer.nextRelease == .distantFuture, let bandwidth = peer.bandwidth,
            peer.slots.contains(where: { $0.held != nil || !$0.owed.isEmpty })
        else { return }
        let due = bandwidth.pacer.isEngaged ? bandwidth.pacer.nextFree(at: now) : now
        setTimer(\.nextRelease, of: peer, to: max(due, now + Self.releaseInterval))
    }

    /// Sends what may go now of what a peer's slots hold, repairs before frames, and of those the oldest first.
    func releaseHeld(of peer: Peer, at now: Timestamp) {
        peer.nextRelease = .distantFuture
        guard let bandwidth = peer.bandwidth else { return }
        while egress.count < egress.capacity {
            let debtor = peer.slots.first { !$0.owed.isEmpty }
            if let debtor, !bandwidth.pacer.isEngaged || bandwidth.pacer.isFree(at: now) {
                debtor.sendOwed(into: egress, at: now)
                continue
            }
            guard let oldest = oldestHeld(of: peer, at: now) else {
                // Repairs alone may wait for their turn.
                guard debtor == nil else { break }
                peer.isPaced = bandwidth.pacer.isEngaged
                return
            }
            let left = oldest.since + Self.longestHold - now
            if bandwidth.pacer.isEngaged, left > .zero {
                // Faster where all of it would take longer than it may.
                let least = Double(oldest.bytes) * 8 / left.seconds
                bandwidth.pacer.setRate(max(bandwidth.pacingRate, least), at: now)
                guard bandwidth.pacer.isFree(at: now) else { break }
            }
            oldest.slot.sendHeld(into: egress, at: now)
            bandwidth.pacedPackets &+= 1
            followUp(oldest.slot, at: now)
            if let publication = oldest.slot.publication, publication.demandChanged {
                updateDemand(of: publication, at: now)
            }
        }
        planRelease(of: peer, at: now)
    }

    /// The slot whose held packet came in first, when that was, and the bytes that all slots hold.
    private func oldestHeld(
        of peer: Peer, at now: Timestamp
    ) -> (slot: EgressStream, since: Timestamp, bytes: Int)? {
        var oldest: (slot: EgressStream, since: Timestamp, bytes: Int)?
        var bytes = 0
        for slot in peer.slots where slot.held != nil {
            guard let since = slot.heldSince(at: now) else { continue }
            bytes += slot.held?.bytes ?? 0
            if oldest.map({ since < $0.since }) ?? true { oldest = (slot, since, 0) }
        }
        oldest?.bytes = bytes
        return oldest
    }
}
