public import Wire

/// The times and limits of an agent, each with where it comes from.
public struct ICEConfiguration: Sendable {
    /// Silence on the selected path after which the peer counts as disconnected.
    ///
    /// 10 s: Firefox leaves gaps of nearly that long between the checks it sends to a lite agent, and LiveKit
    /// waits as long for the same reason.
    public var disconnectedAfter: Interval = .seconds(10)

    /// Silence on a path after which nothing may be sent to it any more.
    ///
    /// 30 s: how long consent lasts, RFC 7675 §5.1.
    public var failedAfter: Interval = .seconds(30)

    /// How long a new session, or one whose path is gone and that is being restarted, may take to be
    /// connected.
    ///
    /// 30 s: twice what libwebrtc takes to give a pair up, so that the client is the first to notice.
    public var connectTimeout: Interval = .seconds(30)

    /// How long after the first nomination the best nominated pair is kept; later the latest nomination wins.
    ///
    /// 5 s: Firefox nominates every pair it checks and uses the best (the aggressive nomination of RFC 5245
    /// §8.1.1.2); it is done with its check list within that time. What comes later is a peer that has
    /// changed its network.
    public var aggressiveNominationWindow: Interval = .seconds(5)

    /// Silence of media on the selected path after which media on another validated path moves it.
    ///
    /// 1 s: longer than packets on two paths overtake each other, shorter than people wait before they hang
    /// up.
    public var mediaMoveDelay: Interval = .seconds(1)

    /// How many paths are remembered.
    ///
    /// 16: a client with four interfaces behind a NAT that changes its ports once; beyond that the one
    /// unheard for the longest time gives way, so that a peer gone mad cannot make memory grow.
    public var maximumPaths: Int = 16

    /// The priorities of the server's own candidates by socket index, for exact pair priorities.
    ///
    /// Where none is given, the peer's priorities alone decide.
    public var localPriorities: [UInt32] = []

    /// The defaults.
    public init() {}
}
