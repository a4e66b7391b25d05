public import Wire

/// Whether a publisher's path carries much less than is sent over it, by the gaps in its transport-wide sequence numbers
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 §2).
///
///              two windows in a row with three of ten packets lost
///     bearing ─────────────────────────────────────────────────────▶ overloaded
///        ▲                                                              │
///        └────────────── no such window for three seconds ──────────────┘
///
/// It is suspected from eight lost packets of one window on, until a window is better or for a fifth of a second.
///
/// A full queue lets through what fits and drops the rest, all the time, so that losses and arrivals are mixed. A path that is
/// gone for a moment loses everything and then nothing: that is one gap, and falls into one window.
public struct PathOverload: Sendable {
    /// How long a window is at least. A queue that is full for a fifth of a second and longer is no accident.
    static let window = Interval.milliseconds(100)
    /// How many packets it has at least: of a path that loses one in ten at random, two windows in a row are as bad as this
    /// once a day.
    static let windowPackets = 24
    /// The share of packets that are lost where it is too much, in tenths.
    static let tooManyTenths = 3
    /// How long there has to be no bad window before it can be overloaded anew: where it is about as much too much as this, bad
    /// windows come and go, and layers that have come whole meanwhile must not be given up over and over.
    static let calm = Interval.seconds(3)
    /// How long a suspicion holds that no window decides about: few packets come.
    static let suspicion = Interval.milliseconds(200)

    /// How long what was only overtaken may be late: a window is judged so long after its end.
    static let overtaking = Interval.milliseconds(15)

    /// What came, and what seems to be lost, up to a number.
    private struct Window {
        var arrived = 0
        var missing = 0
        var last = ExtendedSequenceNumber(0)
        var count: Int { arrived + missing }
        var isBad: Bool { PathOverload.isTooMany(missing, of: count) }
    }

    private var extender = SequenceExtender()
    private var start = Timestamp.zero
    private var present = Window()
    /// The window before, until it is judged.
    private var ended: (window: Window, at: Timestamp)?
    private var wasBad = false
    private var lastBad = Timestamp.zero
    private var suspectUntil = Timestamp.zero
    /// Whether it is so now.
    public private(set) var isOverloaded = false

    /// Makes a path of which nothing is known.
    public init() {}

    /// Takes a packet's transport-wide number.
    ///
    /// - Returns: Whether the path has just been found overloaded.
    public mutating func receive(_ number: SequenceNumber, at now: Timestamp) -> Bool {
        var hasBecomeOverloaded = false
        if let ended, now - ended.at >= Self.overtaking { hasBecomeOverloaded = judge(ended.window, at: now) }
        let before = extender.highest
        let extended = extender.extend(number)
        let distance = before.map { extended.distance(from: $0) } ?? 1
        if distance > 0 {
            present.missing += Int(clamping: distance - 1)
        } else if distance < 0 {
            // It was only overtaken.
            if let last = ended?.window.last, extended <= last {
                if let missing = ended?.window.missing, missing > 0 { ended?.window.missing = missing - 1 }
            } else if present.missing > 0 {
                present.missing -= 1
            }
        }
        present.arrived += 1
        if Self.isTooMany(present.missing, of: max(present.count, Self.windowPackets)) {
            suspectUntil = now + Self.suspicion
        } else if distance < 0, !wasBad, ended?.window.isBad != true {
            suspectUntil = .zero
        }
        if ended == nil, present.count >= Self.windowPackets, now - start >= Self.window {
            present.last = extender.highest ?? extended
            ended = (present, now)
            start = now
            present = Window()
        }
        return hasBecomeOverloaded
    }

    private mutating func judge(_ window: Window, at now: Timestamp) -> Bool {
        ended = nil
        let wasOverloaded = isOverloaded
        if window.isBad { lastBad = now }
        isOverloaded = window.isBad && wasBad || wasOverloaded && now - lastBad < Self.calm
        if window.isBad {
            suspectUntil = now + Self.suspicion
        } else if !Self.isTooMany(present.missing, of: max(present.count, Self.windowPackets)) {
            suspectUntil = .zero
        }
        wasBad = window.isBad
        return isOverloaded && !wasOverloaded
    }

    /// Whether it may be overloaded: what is asked for again now could be all that the path carries.
    public func isSuspect(at now: Timestamp) -> Bool { now < suspectUntil }

    private static func isTooMany(_ missing: Int, of count: Int) -> Bool { missing * 10 >= count * tooManyTenths }
}
