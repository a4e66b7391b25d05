public import Wire

/// Who wants a keyframe, and why.
public enum KeyframeReason: UInt8, CaseIterable, Sendable, Hashable {
    /// A receiver begins with the layer.
    case join
    /// A receiver changes to the layer.
    case layerSwitch
    /// Packets from the publisher are lost for good, or a queue between workers overflowed.
    case loss
    /// A receiver sent a Picture Loss Indication (RFC 4585 §6.3.1).
    case pictureLossIndication
    /// A receiver sent a Full Intra Request (RFC 5104 §4.3.1).
    case fullIntraRequest
}

/// Decides when the publisher of one layer is asked for a keyframe, so that many wishes become few requests.
///
///                    wish                       request sent
///         idle ──────────────▶ wanted ──────────────────────────▶ awaited ──┐
///          ▲    (at once, but 400 or 500 ms after the last request) │  ▲      │ after 1, 2, 4, 4 … s,
///          └───────────────────── keyframe ─────────────────────────┘  └──────┘ or so soon with a new wish
///
/// A keyframe costs ten times a normal frame, so a room where everybody joins at once must not ask for one
/// each. A wish is upheld until a keyframe begins: requests are lost too.
public struct KeyframeArbiter: Sendable {
    /// The least time between two requests.
    static let minimumInterval = Interval.milliseconds(500)
    /// The same for who begins with the layer: nothing is shown until then, and encoders answer once in 300 ms at most.
    static let joinInterval = Interval.milliseconds(400)
    /// The time after which a request that brought nothing is repeated; it doubles up to `maximumRepeat`.
    static let firstRepeat = Interval.seconds(1)
    static let maximumRepeat = Interval.seconds(4)

    private var lastRequest: Timestamp?
    private var firstWish: Timestamp?
    /// How long after the last request the new wishes are heard; `nil` without one.
    private var newWishInterval: Interval?
    private var repetition = KeyframeArbiter.firstRepeat
    private var wishes: [5 of UInt64] = .init(repeating: 0)

    /// Requests that went to the publisher.
    public private(set) var requestCount: UInt64 = 0
    /// How long the last keyframe took from the first wish to its first packet, `nil` before one was wanted.
    public private(set) var lastWait: Interval?

    /// Makes an arbiter that wants nothing.
    public init() {}

    /// Whether a keyframe is wanted and has not come.
    public var isWaiting: Bool { firstWish != nil }

    /// How often a keyframe was wished for, for this reason.
    public func wishCount(_ reason: KeyframeReason) -> UInt64 { wishes[Int(reason.rawValue)] }

    /// Somebody needs a keyframe.
    public mutating func wish(_ reason: KeyframeReason, at now: Timestamp) {
        wishes[Int(reason.rawValue)] &+= 1
        let interval = reason == .join ? Self.joinInterval : Self.minimumInterval
        newWishInterval = min(newWishInterval ?? interval, interval)
        if firstWish == nil { firstWish = now }
    }

    /// When the next request may be due, `nil` while no keyframe is wanted.
    public var nextTimeout: Timestamp? {
        guard let firstWish else { return nil }
        guard let lastRequest else { return firstWish }
        return lastRequest + (newWishInterval ?? repetition)
    }

    /// Whether to ask the publisher now. Call it after ``wish(_:at:)`` and at ``nextTimeout``; true counts as
    /// asked.
    public mutating func shouldRequest(at now: Timestamp) -> Bool {
        guard let due = nextTimeout, now >= due else { return false }
        if newWishInterval == nil { repetition = min(repetition * 2, Self.maximumRepeat) }
        newWishInterval = nil
        lastRequest = now
        requestCount &+= 1
        return true
    }

    /// Nobody is sent the layer any more, or waits for it.
    public mutating func withdraw() {
        firstWish = nil
        newWishInterval = nil
        repetition = Self.firstRepeat
    }

    /// The first packet of a keyframe has come: all wishes are fulfilled.
    public mutating func keyframeBegan(at now: Timestamp) {
        if let firstWish { lastWait = now - firstWish }
        firstWish = nil
        newWishInterval = nil
        repetition = Self.firstRepeat
    }
}

/// How often one receiver's own requests for keyframes are listened to: 200 ms apart, three in ten seconds.
///
/// One receiver on a bad network must not make everybody's picture worse. What the server itself knows to
/// need a keyframe (a join, a change of layer) does not pass through here.
public struct ReceiverKeyframeBudget: Sendable {
    static let minimumInterval = Interval.milliseconds(200)
    static let period = Interval.seconds(10)

    /// When the last three were admitted, newest first.
    private var admitted: (Timestamp?, Timestamp?, Timestamp?) = (nil, nil, nil)
    /// Requests that were not listened to.
    public private(set) var refusedCount: UInt64 = 0

    /// Makes a full budget.
    public init() {}

    /// Whether a request at `now` is listened to; counts it if so.
    public mutating func admit(at now: Timestamp) -> Bool {
        if let last = admitted.0, now - last < Self.minimumInterval {
            refusedCount &+= 1
            return false
        }
        if let third = admitted.2, now - third < Self.period {
            refusedCount &+= 1
            return false
        }
        admitted = (now, admitted.0, admitted.1)
        return true
    }
}
