internal import Forwarding
public import Wire

/// How much of the media is forwarded, by how much the worker can carry. Sound is left out last: that is, never.
public enum LoadLevel: Int, Sendable, Comparable {
    /// Everything is forwarded.
    case normal = 0
    /// Of video only the lowest layer.
    case lowestLayer = 1
    /// No video.
    case soundOnly = 2

    public static func < (left: LoadLevel, right: LoadLevel) -> Bool { left.rawValue < right.rawValue }
}

extension Engine {
    /// Leaves out more, or less. What flows changes at the next keyframe; what was paused begins with one.
    public func setLoadLevel(_ level: LoadLevel, at now: Timestamp) {
        guard level != loadLevel else { return }
        loadLevel = level
        for peer in peers.values.sorted(by: { $0.id.rawValue < $1.id.rawValue }) {
            allocate(for: peer, at: now)
        }
    }

    /// Knows that what `egress` held was sent so much later than the time that the engine was given for it: estimators do not
    /// take this for a queue in a receiver's path.
    public func noteSendDelay(_ delay: Interval, at now: Timestamp) { sendDelay.note(delay, at: now) }

    /// Drops a publication's part of the batch: the worker cannot carry it.
    func pause(_ publication: Publication) {
        for receiver in publication.receivers {
            receiver.stop()
            receiver.peer.drops.count(.paused, by: UInt64(publication.pending.count))
        }
    }
}
