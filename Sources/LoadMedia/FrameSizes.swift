internal import Wire

/// How many bytes an encoder makes of each frame at a rate it is asked for.
///
/// Keyframes are several times the mean. The others vary from frame to frame, as a moving picture does: neighbours are
/// alike. What was spent too much is saved over the next second, as rate control does it, so the rate is kept.
struct FrameSizes {
    /// Bits a second.
    var bitrate: Int
    private let frameRate: Double
    /// Bytes spent beyond the rate so far.
    private var debt = 0.0
    private var activity = 0.0
    private var generator: SeededGenerator

    /// A 720p keyframe of a talking head is about this many mean frames.
    private static let keyframeFactor = 8.0
    /// How alike neighbouring frames are.
    private static let correlation = 0.85
    /// What is new in each, so that the deviation stays 1: the root of 1 less the square of the above.
    private static let novelty = 0.5268
    /// How far sizes spread, as a part of the mean.
    private static let spread = 0.25

    init(bitrate: Int, frameRate: Double, generator: SeededGenerator) {
        self.bitrate = bitrate
        self.frameRate = frameRate
        self.generator = generator
    }

    /// The size of the next frame, at least `floor`.
    mutating func next(isKeyframe: Bool, floor: Int) -> Int {
        let mean = Double(max(bitrate, 1)) / 8 / frameRate
        activity = Self.correlation * activity + Self.novelty * generator.normal()
        let wanted: Double
        if isKeyframe {
            wanted = mean * Self.keyframeFactor * (1 + 0.1 * generator.normal())
        } else {
            // Paid back over a second, but never by frames of nothing.
            let share = min(max(1 - debt / (mean * frameRate), 0.3), 1.5)
            wanted = mean * share * min(max(1 + Self.spread * activity, 0.25), 3)
        }
        let size = max(Int(wanted), floor)
        // A rate below the smallest frames, or a change of rate, leaves no debt that takes minutes to pay.
        debt = min(max(debt + Double(size) - mean, -mean * frameRate), mean * frameRate * 4)
        return size
    }
}
