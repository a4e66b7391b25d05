internal import Wire

/// When frames could be shown, and how long none could.
struct PlaybackClock {
    private var last: Timestamp?
    private var frameTime = Interval.zero

    /// Notes a frame that can be shown; returns how long the picture stood before it, if that was a freeze.
    mutating func show(at now: Timestamp, sinceLast mediaTime: Interval?, threshold: Interval) -> Interval? {
        defer { last = now }
        if let mediaTime, mediaTime > .zero, mediaTime < .seconds(2) { frameTime = mediaTime }
        guard let last else { return nil }
        // A source of three frames a second stands still between them, and is not frozen.
        let gap = now - last
        return gap > max(threshold, frameTime * 2) ? gap : nil
    }

    /// How long the picture has stood at `now`, if that is a freeze.
    func standing(at now: Timestamp, threshold: Interval) -> Interval? {
        guard let last, now - last > max(threshold, frameTime * 2) else { return nil }
        return now - last
    }

    /// What comes next is a new beginning.
    mutating func restart() { last = nil }
}
