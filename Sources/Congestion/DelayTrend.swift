internal import Wire

/// What the delays of a path say about its use.
enum PathUse: UInt8, Sendable {
    /// The queue is as it was.
    case normal
    /// The queue grows: more is sent than the path carries.
    case over
    /// The queue drains.
    case under
}

/// Tells from the trend of the delay whether the path is overused (draft-ietf-rmcat-gcc-02 §5).
///
/// A line is fitted through the smoothed delays of the last twenty groups; its slope is the share by which the queue grows.
/// The threshold adapts: upwards while the slope is beyond it, so that a flow that fills the queue does not starve us.
struct DelayTrend: Sendable {
    private static let window = 20
    private static let smoothing = 0.9
    private static let gain = 4.0
    private static let mostSamples = 60
    /// The threshold's speed upwards and downwards, a millisecond, and its bounds (§5.4).
    private static let speed = (up: 0.0087, down: 0.039)
    private static let bounds = 6.0...600.0
    /// How long the slope has to be beyond the threshold.
    private static let patience = 10.0

    private var times: [20 of Double] = .init(repeating: 0)
    private var delays: [20 of Double] = .init(repeating: 0)
    private var samples = 0
    private var origin: Timestamp?
    private var accumulated = 0.0
    private var smoothed = 0.0
    private var previousTrend = 0.0
    private var threshold = 12.5
    private var lastAdaption: Double?
    private var overFor: Double?
    private var overCount = 0
    /// What was found last.
    private(set) var use = PathUse.normal

    /// Takes a change between two groups.
    mutating func add(_ change: PacketGroups.Change) {
        let start = origin ?? change.arrival
        origin = start
        let time = (change.arrival - start).seconds * 1_000
        samples += 1
        accumulated += change.delay.seconds * 1_000
        smoothed = Self.smoothing * smoothed + (1 - Self.smoothing) * accumulated
        let place = samples % Self.window
        times[place] = time
        delays[place] = smoothed
        let slope = samples >= Self.window ? slope() : 0
        judge(slope, step: change.sent.seconds * 1_000, at: time)
    }

    /// The slope of the line that fits the window best.
    private func slope() -> Double {
        var meanTime = 0.0
        var meanDelay = 0.0
        for place in 0..<Self.window {
            meanTime += times[place]
            meanDelay += delays[place]
        }
        meanTime /= Double(Self.window)
        meanDelay /= Double(Self.window)
        var numerator = 0.0
        var denominator = 0.0
        for place in 0..<Self.window {
            let time = times[place] - meanTime
            numerator += time * (delays[place] - meanDelay)
            denominator += time * time
        }
        return denominator > 0 ? numerator / denominator : 0
    }

    private mutating func judge(_ slope: Double, step: Double, at time: Double) {
        let trend = Double(min(samples, Self.mostSamples)) * slope * Self.gain
        if trend > threshold {
            overFor = (overFor ?? -step / 2) + step
            overCount += 1
            if let overFor, overFor > Self.patience, overCount > 1, slope >= previousTrend {
                self.overFor = 0
                overCount = 0
                use = .over
            }
        } else {
            overFor = nil
            overCount = 0
            use = trend < -threshold ? .under : .normal
        }
        previousTrend = slope
        adapt(to: abs(trend), at: time)
    }

    private mutating func adapt(to trend: Double, at time: Double) {
        let last = lastAdaption ?? time
        lastAdaption = time
        // A spike far beyond says nothing about what is usual here.
        guard trend <= threshold + 15 else { return }
        let speed = trend < threshold ? Self.speed.down : Self.speed.up
        let moved = threshold + speed * (trend - threshold) * min(max(time - last, 0), 100)
        threshold = min(max(moved, Self.bounds.lowerBound), Self.bounds.upperBound)
    }

    /// Forgets the delays; the threshold stays what the path has taught.
    mutating func reset() {
        let learned = threshold
        self = DelayTrend()
        threshold = learned
    }
}
