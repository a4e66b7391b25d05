public import Wire

/// Tells which frames of one stream have come whole, by their packets' numbers and markers (RFC 3550 §5.1), whatever the
/// codec.
///
/// A frame counts when a receiver can show it. Where the stream is repaired that is in order: what is missing holds up
/// everything behind it, until it comes or a keyframe begins. Where nobody is sent the stream, nothing is asked for again, and a
/// frame counts when all of it is there:
///
///     ▢▢▣ ▢▢▣ ▢·▣ ▢▢▣      ▢ packet   ▣ with the marker   · missing
///      ✓   ✓   –   –        repaired: the last two wait for the one that is missing
///      ✓   ✓   –   ✓        not repaired
public struct WholeFrames: Sendable {
    private var received = ReceiveWindow()
    /// Which of the received packets are the last of their frames.
    private var markers: [32 of UInt64] = .init(repeating: 0)
    /// The packet that the next frame waits for; `nil` before one is known to begin a frame.
    private var next: UInt64?
    /// The timestamp of the newest frame, and when it began to come.
    private var newest: (timestamp: RTPTimestamp, arrival: Timestamp)?

    /// Frames of which something came.
    public private(set) var begun: UInt64 = 0
    /// The usual time between two frames. It follows a higher rate at once, and a lower one slowly, for that may be loss.
    public private(set) var interval = Interval.zero
    /// Whether the packets that come are of a keyframe, and none is missing so far.
    public private(set) var isWithinKeyframe = false

    /// Slower than a frame a second is not told from silence.
    private static let longestInterval = Interval.seconds(1)

    /// Makes an observer that has seen nothing.
    public init() {}

    /// Takes a packet, in whatever order they come.
    ///
    /// - Parameters:
    ///   - isLast: Whether it has the marker.
    ///   - isKeyframeStart: Whether a decoder can begin with it.
    ///   - isRepaired: Whether what is missing of the stream is asked for again.
    /// - Returns: Whether a frame has come whole with it.
    public mutating func receive(
        _ number: ExtendedSequenceNumber, timestamp: RTPTimestamp, isLast: Bool, isKeyframeStart: Bool,
        isRepaired: Bool, at now: Timestamp
    ) -> Bool {
        noteBeginning(of: timestamp, at: now)
        guard mark(number, isLast: isLast) else { return false }
        if isKeyframeStart, next.map({ $0 <= number.rawValue }) ?? true {
            // Whatever is missing before it is of no use any more.
            next = number.rawValue
            isWithinKeyframe = true
        }
        var isWhole = advance()
        if !isRepaired, isLast, next.map({ $0 <= number.rawValue }) ?? true {
            isWhole = isWhole || isAllThere(upTo: number.rawValue)
            next = number.rawValue &+ 1
            isWithinKeyframe = false
        }
        return isWhole
    }

    /// Takes a packet without media: it is no part of a frame, and not missing either.
    public mutating func receivePadding(_ number: ExtendedSequenceNumber) {
        // Between two frames it is as good as the end of the first.
        guard mark(number, isLast: isMarked(number.rawValue &- 1)) else { return }
        _ = advance()
    }

    /// Goes on over what has come. Returns whether the end of a frame was among it.
    private mutating func advance() -> Bool {
        guard var place = next else { return false }
        var isWhole = false
        while received.knowledge(of: ExtendedSequenceNumber(place)) == .received {
            if isMarked(place) {
                isWhole = true
                isWithinKeyframe = false
            }
            place &+= 1
        }
        next = place
        if received.highest.map({ $0.rawValue > place }) ?? false { isWithinKeyframe = false }
        return isWhole
    }

    /// Whether nothing is missing between the end of the frame before and this one.
    private func isAllThere(upTo last: UInt64) -> Bool {
        var place = last
        while place > 0, received.knowledge(of: ExtendedSequenceNumber(place &- 1)) == .received {
            place &-= 1
            if isMarked(place) { return true }
        }
        return false
    }

    private mutating func noteBeginning(of timestamp: RTPTimestamp, at now: Timestamp) {
        guard let last = newest else {
            newest = (timestamp, now)
            begun = 1
            return
        }
        guard timestamp.distance(from: last.timestamp) > 0 else { return }
        newest = (timestamp, now)
        begun &+= 1
        let passed = min(max(now - last.arrival, .zero), Self.longestInterval)
        let difference = (passed - interval).nanoseconds
        interval = Interval(nanoseconds: interval.nanoseconds + difference / (difference < 0 ? 2 : 16))
    }

    /// Enters a packet. Returns false if it is too old or known.
    private mutating func mark(_ number: ExtendedSequenceNumber, isLast: Bool) -> Bool {
        switch received.knowledge(of: number) {
        case .received, .tooOld: return false
        case .new, .missing: break
        }
        received.insert(number)
        let bit: UInt64 = 1 << (number.rawValue % 64)
        let word = Int(number.rawValue % ReceiveWindow.length) / 64
        if isLast { markers[word] |= bit } else { markers[word] &= ~bit }
        return true
    }

    private func isMarked(_ number: UInt64) -> Bool {
        markers[Int(number % ReceiveWindow.length) / 64] & 1 << (number % 64) != 0
    }
}
