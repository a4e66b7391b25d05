public import Wire

/// What a receiver is sent of one track, and why.
public struct AllocationDecision: Equatable, Sendable {
    /// What stands behind a decision.
    public enum Reason: Equatable, Sendable {
        /// It is all that the publisher sends.
        case best
        /// The receiver shows it in a picture whose shorter side is at most so many pixels.
        case size(maximumHeight: Int)
        /// More would not fit into the estimate, in bits a second, which so many video tracks share.
        case estimate(bitsPerSecond: UInt64, sharers: Int)
        /// More would fit, but has not for so long that it is believed.
        case steadying(Interval)
        /// The receiver does not show it at the moment.
        case hidden
        /// The receiver has paused it.
        case pausedByReceiver
        /// The server carries as much as it can.
        case load
        /// The receiver cannot take the larger layers of a stream in this format.
        case format
        /// A larger layer, its shorter side in pixels if that is known, does not arrive whole from the publisher.
        case incomplete(height: Int?)
        /// The publisher sends no layer of it.
        case notSent
        /// In a large room only the loudest voices are sent.
        case quieter
    }

    /// What is sent; `nil` for nothing.
    public var target: LayerTarget?
    /// What that takes at present, in bits a second.
    public var bitsPerSecond: UInt64
    /// The shorter side of what is sent, in pixels, where it is known.
    public var height: Int?
    /// Whether frames are left out: a lower temporal layer than there is of that size.
    public var isReducedRate = false
    /// Why that, and not more.
    public var reason: Reason
    /// When the target was chosen.
    public var since: Timestamp

    /// Makes a decision from its parts.
    public init(
        target: LayerTarget?, bitsPerSecond: UInt64 = 0, height: Int? = nil, reason: Reason, since: Timestamp
    ) {
        self.target = target
        self.bitsPerSecond = bitsPerSecond
        self.height = height
        self.reason = reason
        self.since = since
    }

    /// Whether the server withholds what the receiver would show: there is no room for it, or nobody to carry it.
    public var isWithheld: Bool {
        guard target == nil else { return false }
        switch reason {
        case .estimate, .steadying, .load: return true
        case .best, .size, .hidden, .pausedByReceiver, .format, .incomplete, .notSent, .quieter: return false
        }
    }

    /// The decision in words, such as "180p because the estimate is 420 kbit/s and three tracks share it".
    public var sentence: String {
        switch reason {
        case .best: "\(subject), the best that is sent"
        case .size(let height): "\(subject) because the picture is shown at \(height) pixels at most"
        case .estimate(let rate, let sharers):
            sharers > 1
                ? "\(subject) because the estimate is \(Self.words(bitsPerSecond: rate))"
                    + " and \(Self.words(count: sharers)) tracks share it"
                : "\(subject) because the estimate is \(Self.words(bitsPerSecond: rate))"
        case .steadying(let time):
            "\(subject) until there has been room for more for \(max(1, (time.milliseconds + 999) / 1_000)) s"
        case .hidden: "not sent because the receiver does not show it"
        case .pausedByReceiver: "not sent because the receiver has paused it"
        case .load: "\(subject) because the server carries as much as it can"
        case .format: "\(subject) because the receiver knows no dependency descriptors"
        case .incomplete(let height):
            "\(subject) because the publisher's \(height.map { "\($0)p" } ?? "larger layer") does not arrive whole"
        case .quieter: "not sent at the moment because others are louder"
        case .notSent: "nothing to send because the publisher sends no layer of it"
        }
    }

    private var subject: String {
        guard let target else { return "paused" }
        guard target != .all else { return "sound" }
        let size = height.map { "\($0)p" } ?? "layer \(target.spatialID)"
        return isReducedRate ? "\(size) with fewer frames" : size
    }

    /// A bit rate as people write it: "420 kbit/s", "1.3 Mbit/s".
    static func words(bitsPerSecond rate: UInt64) -> String {
        let kilobits = rate / 1_000 + (rate % 1_000 >= 500 ? 1 : 0)
        guard kilobits >= 1_000 else { return "\(kilobits) kbit/s" }
        let tenths = kilobits / 100 + (kilobits % 100 >= 50 ? 1 : 0)
        return tenths % 10 == 0 ? "\(tenths / 10) Mbit/s" : "\(tenths / 10).\(tenths % 10) Mbit/s"
    }

    private static func words(count: Int) -> String {
        let small = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
        return small.indices.contains(count) ? small[count] : "\(count)"
    }
}
