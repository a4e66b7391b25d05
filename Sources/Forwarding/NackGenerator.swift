public import Wire

/// Notices which packets of an incoming stream are missing, and when to ask for them (RFC 4585 §6.2.1).
///
///     missing ──tolerance──▶ asked ──a round trip──▶ asked again, 10 times or a second ──▶ given up
///        └────came late───────┴──────────────came──────────────▶ recovered
///
/// The first request goes out as soon as the gap shows, unless the path has been seen to reorder: then it waits for as long
/// as what overtook there was late. Each reordered packet raises this tolerance, each true loss lowers it a little. What is
/// given up, or would need a longer list than 1000, is not repaired but replaced: by a keyframe, asked for once. The
/// generator also tells duplicates, which have to die here: a packet that was recovered over RTX can still come by itself.
public struct NackGenerator: Sendable {
    /// What a packet turned out to be.
    public enum Arrival: Equatable, Sendable {
        /// Newer than all before it.
        case inOrder
        /// Late, without having been asked for.
        case reordered
        /// Late, after it had been asked for.
        case recovered
        /// Received before.
        case duplicate
        /// Too old to tell; treat it as a duplicate.
        case tooOld
    }

    /// Running totals.
    public struct Counters: Equatable, Sendable {
        /// Packets that were found missing.
        public var missing: UInt64 = 0
        /// Requests for a packet, repetitions included.
        public var requests: UInt64 = 0
        /// Missing packets that came after they had been asked for.
        public var recovered: UInt64 = 0
        /// Missing packets that came by themselves.
        public var reordered: UInt64 = 0
        /// Packets that came more than once, or too late to tell.
        public var duplicates: UInt64 = 0
        /// Missing packets that were given up.
        public var abandoned: UInt64 = 0
    }

    struct Missing: Sendable {
        var number: UInt64
        var foundAt: Timestamp
        var due: Timestamp
        /// From finding it missing to the first request, in microseconds.
        var firstRequest: UInt32 = 0
        var tries: UInt8 = 0
        var isSettled = false
    }

    /// No path reorders by more than this and is worth waiting for: a repair takes about as long.
    static let mostTolerance = Interval.milliseconds(20)
    static let maximumTries: UInt8 = 10
    static let maximumMissing = 1000
    static let defaultRoundTripTime = Interval.milliseconds(100)
    static let leastRetryInterval = Interval.milliseconds(20)
    /// After so many requests a repair is not lost each time, but waits in a queue that the round trip does not know of yet.
    static let quickTries: UInt8 = 3
    static let leastLaterInterval = Interval.milliseconds(80)
    /// Senders keep packets for a second or three round trips, as browsers do.
    static let leastAge = Interval.seconds(1)

    /// Whether missing packets are asked for: whether the codec's feedback has `nack`.
    public let isEnabled: Bool
    /// Running totals.
    public private(set) var counters = Counters()

    private var window = ReceiveWindow()
    /// Missing packets, ascending; settled ones stay until they are first, or until room is needed.
    private var missing: [Missing] = []
    private var earliestDue = Timestamp.distantFuture
    private var needsKeyframe = false
    /// When so much was missing that nothing of it is asked for, until somebody has looked.
    private var overflowedAt: Timestamp?
    /// How late packets come that were only overtaken.
    private(set) var tolerance = Interval.zero
    /// How long a request takes to be answered, `nil` before the first answer.
    private(set) var answerTime: Interval?
    /// How long pictures have to wait for what is asked for.
    public private(set) var repairDelay = RepairDelay()

    /// Makes a generator; one that is not enabled only tells duplicates.
    public init(isEnabled: Bool = true) { self.isEnabled = isEnabled }

    /// The highest number received, `nil` before the first.
    public var highest: ExtendedSequenceNumber? { window.highest }

    /// When ``collect(at:roundTripTime:_:)`` has something to do, `nil` for never.
    public var nextTimeout: Timestamp? { missing.isEmpty ? overflowedAt : earliestDue }

    /// The missing packets that are still hoped for.
    public var missingCount: Int {
        var count = 0
        for entry in missing where !entry.isSettled { count += 1 }
        return count
    }

    /// Takes a packet, from the stream itself or, with `isRetransmission`, unwrapped from RTX.
    public mutating func receive(
        _ number: ExtendedSequenceNumber, isRetransmission: Bool = false, at now: Timestamp
    ) -> Arrival {
        switch window.knowledge(of: number) {
        case .new:
            if let highest = window.highest {
                noteGap(from: highest.rawValue + 1, to: number.rawValue, at: now)
            }
            window.insert(number)
            return .inOrder
        case .missing:
            window.insert(number)
            if settle(number.rawValue, isRetransmission: isRetransmission, at: now) {
                counters.recovered += 1
                return .recovered
            }
            counters.reordered += 1
            return .reordered
        case .received:
            counters.duplicates += 1
            return .duplicate
        case .tooOld:
            counters.duplicates += 1
            return .tooOld
        }
    }

    /// Calls `body` with every number to ask for now, in ascending order.
    ///
    /// `roundTripTime` is the sender's, `nil` if it is not known yet. Calls at ``nextTimeout`` and after a
    /// batch of packets are enough.
    public mutating func collect(
        at now: Timestamp, roundTripTime: Interval?, _ body: (ExtendedSequenceNumber) -> Void
    ) {
        guard !missing.isEmpty, now >= earliestDue else { return }
        let roundTrip = roundTripTime ?? answerTime ?? Self.defaultRoundTripTime
        // A little more than a round trip: senders refuse what comes sooner.
        let retry = max(roundTrip + Interval(nanoseconds: roundTrip.nanoseconds / 8), Self.leastRetryInterval)
        let mostAge = max(Self.leastAge, roundTrip * 3)
        var earliest = Timestamp.distantFuture
        for index in missing.indices where !missing[index].isSettled {
            if now >= missing[index].due {
                let age = now - missing[index].foundAt
                guard missing[index].tries < Self.maximumTries, age <= mostAge else {
                    missing[index].isSettled = true
                    counters.abandoned += 1
                    needsKeyframe = true
                    continue
                }
                body(ExtendedSequenceNumber(missing[index].number))
                counters.requests += 1
                if missing[index].tries == 0 {
                    missing[index].firstRequest = UInt32(clamping: age.nanoseconds / 1_000)
                }
                missing[index].tries += 1
                let isQuick = missing[index].tries < Self.quickTries
                missing[index].due = now + (isQuick ? retry : max(retry, Self.leastLaterInterval))
            }
            earliest = min(earliest, missing[index].due)
        }
        earliestDue = earliest
        dropSettledFront()
    }

    /// Stops asking for what precedes a keyframe: nobody needs it any more.
    public mutating func forget(before number: ExtendedSequenceNumber) {
        for index in missing.indices where missing[index].number < number.rawValue {
            missing[index].isSettled = true
        }
        dropSettledFront()
    }

    /// Whether something was given up since the last call, so that only a keyframe helps.
    public mutating func takeKeyframeNeeded() -> Bool {
        defer { (needsKeyframe, overflowedAt) = (false, nil) }
        return needsKeyframe
    }

    private mutating func noteGap(from first: UInt64, to end: UInt64, at now: Timestamp) {
        guard first < end else { return }
        counters.missing += end - first
        guard isEnabled else { return }
        if end - first > UInt64(Self.maximumMissing - missing.count) { missing.removeAll { $0.isSettled } }
        guard end - first <= UInt64(Self.maximumMissing - missing.count) else {
            counters.abandoned += end - first + UInt64(missing.count)
            missing.removeAll(keepingCapacity: true)
            needsKeyframe = true
            overflowedAt = now
            return
        }
        if missing.capacity == 0 { missing.reserveCapacity(Self.maximumMissing) }
        let due = now + tolerance
        for number in first..<end { missing.append(Missing(number: number, foundAt: now, due: due)) }
        earliestDue = min(earliestDue, due)
    }

    /// Strikes a number that came off the list; whether it had been asked for.
    private mutating func settle(_ number: UInt64, isRetransmission: Bool, at now: Timestamp) -> Bool {
        var low = 0
        var high = missing.count
        while low < high {
            let middle = (low + high) / 2
            if missing[middle].number < number { low = middle + 1 } else { high = middle }
        }
        guard low < missing.count, missing[low].number == number, !missing[low].isSettled else {
            return false
        }
        missing[low].isSettled = true
        learn(from: missing[low], isRetransmission: isRetransmission, at: now)
        let wasAsked = missing[low].tries > 0
        dropSettledFront()
        return wasAsked
    }

    /// Tells loss from reordering, and how long a repair takes.
    private mutating func learn(from entry: Missing, isRetransmission: Bool, at now: Timestamp) {
        let lateness = now - entry.foundAt
        let answer = lateness - .microseconds(Int64(entry.firstRequest))
        // Without RTX a repair looks like a late packet; too soon for an answer it can only be that.
        let isAnswer =
            entry.tries > 0
            && (isRetransmission || answer * 2 >= answerTime ?? Self.defaultRoundTripTime)
        guard isAnswer else {
            if !isRetransmission {
                let wanted = Interval(nanoseconds: lateness.nanoseconds / 4 * 5)
                if lateness <= Self.mostTolerance { tolerance = min(max(tolerance, wanted), Self.mostTolerance) }
            }
            return
        }
        repairDelay.note(lateness, at: now)
        tolerance = Interval(nanoseconds: tolerance.nanoseconds / 16 * 15)
        // The first request may have been lost: what came sooner is believed more readily.
        let known = answerTime ?? answer
        let difference = (answer - known).nanoseconds
        answerTime = Interval(nanoseconds: known.nanoseconds + difference / (difference < 0 ? 2 : 16))
    }

    private mutating func dropSettledFront() {
        var settled = 0
        while settled < missing.count, missing[settled].isSettled { settled += 1 }
        if settled > 0 { missing.removeFirst(settled) }
        if missing.isEmpty { earliestDue = .distantFuture }
    }
}
