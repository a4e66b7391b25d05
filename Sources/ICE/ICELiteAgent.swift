public import Wire

/// ICE-lite agent for one peer: answers checks, follows nominations, and knows where media may be sent.
///
/// A lite agent (RFC 8445 §2.5) sends no checks of its own and is always controlled. That the peer still
/// wants to hear from us (RFC 7675) it therefore learns from what the peer sends: every authenticated packet
/// renews consent for the path it came over, checks and media alike, since some peers send no checks while
/// they send media.
///
///     new ──accepted check──▶ checking ──nomination, or media on a valid path──▶ connected ◀─┐
///      │                       │   ▲                              silent for       │         │
///      │ connectTimeout        │   │ consent expired            disconnectedAfter  │         │
///      │                       │   │ during a restart                              ▼         │
///      │                       │   └──────────────────────────────────────────disconnected───┤
///      │                       │                                   silent for      │         │
///      │                       │                                   failedAfter     │         │
///      ▼                       │                                                   │         │
///     failed ◀─────────────────┴───────────────────────────────────────────────────┘         │
///      ├──restart──▶ checking                                                                │
///      └───────nomination, or media on a valid path──────────────────────────────────────────┘
///
/// - `new` → `checking` → `connected`: RFC 8445 §7.3, §8.1.1. Checks are accepted in every state.
/// - `connected` → `disconnected` → `failed`: RFC 7675 §5.1; a failed agent has no selected path. It is heard
///   again on the selected path, or another path is selected: `connected`.
/// - A restart (RFC 8445 §9) leaves the state alone as long as there is a path, and starts again in
///   `checking` otherwise.
///
/// Which nomination counts stands at `ICELiteAgent+Nomination.swift`.
///
/// A lite agent cannot test whether a source address is forged by somebody who knows the password. The damage
/// is bounded: the session is that peer's own, and the flow ends `failedAfter` after the forging does. A check
/// that somebody overheard and sends again from elsewhere diverts ciphertext until the peer's own packets bring
/// the path back, `mediaMoveDelay` later.
///
/// Inputs: `handle`, `noteAuthenticatedPacket`, `restart`, `handleTimeout`. After each, drain `pollEvent()`
/// and set a timer for `nextTimeout`. No clock, no I/O; `now` must not run backwards.
public struct ICELiteAgent: Sendable {
    /// The times and limits in force.
    public let configuration: ICEConfiguration
    /// Our credentials, which the answer announced last.
    public var local: ICECredentials { current.credentials }
    /// Our credentials from before a restart that is not finished: they are still answered.
    public var previousLocal: ICECredentials? { previous?.credentials }
    /// The peer's credentials, which a lite agent, since it sends no checks, needs for diagnosis only.
    public private(set) var remote: ICECredentials?

    /// How far the agent has come.
    public internal(set) var state: ICEState = .new
    /// The path everything is sent over, `nil` when nothing may be sent.
    public internal(set) var selectedPath: NetworkPath?
    /// What the agent has seen so far.
    public internal(set) var statistics = ICEStatistics()

    var current: ICEGeneration
    var previous: ICEGeneration?
    var paths: ICEPathTable
    var selectedAt: Timestamp
    /// When an agent without a path gives up.
    var connectDeadline: Timestamp
    /// The counts when the last attempt to connect began, so that its failure is not explained by an earlier
    /// one.
    var requestsBefore: UInt64 = 0
    var acceptedBefore: UInt64 = 0
    /// Whether `disconnected` or `failed` was told and `recovered` not yet.
    var owesRecovery = false
    private var events: [ICEEvent] = []

    /// Makes an agent that waits for checks.
    public init(
        local: ICECredentials,
        configuration: ICEConfiguration = ICEConfiguration(),
        at now: Timestamp
    ) {
        self.configuration = configuration
        current = ICEGeneration(number: 0, credentials: local)
        paths = ICEPathTable(capacity: configuration.maximumPaths)
        selectedAt = now
        connectDeadline = now + configuration.connectTimeout
    }

    /// Takes note of the peer's credentials from its offer.
    public mutating func setRemote(_ credentials: ICECredentials) { remote = credentials }

    /// Begins an ICE restart (RFC 8445 §9): new credentials on both sides.
    ///
    /// The old path stays selected and the old credentials are answered until a check with the new ones
    /// nominates. When restarts overtake each other, the credentials that the selected path lives by are
    /// kept, not those in between.
    public mutating func restart(local: ICECredentials, remote: ICECredentials, at now: Timestamp) {
        if let kept = previous, kept.hasNominated {
            emit(.retired(usernameFragment: current.credentials.usernameFragment))
        } else {
            retirePrevious()
            previous = current
        }
        current = ICEGeneration(number: current.number &+ 1, credentials: local)
        self.remote = remote
        connectDeadline = now + configuration.connectTimeout
        requestsBefore = statistics.requests
        acceptedBefore = statistics.accepted
        if state == .failed { state = .checking }
    }

    /// Whether an accepted check has come over a path, lately enough for us to send there.
    public func isValidated(_ path: NetworkPath) -> Bool { paths.index(of: path) != nil }

    /// Every path that `isValidated(_:)` says yes to, oldest first.
    public var validatedPaths: [NetworkPath] { paths.entries.map(\.path) }

    /// The oldest event that has not been taken yet.
    public mutating func pollEvent() -> ICEEvent? { events.isEmpty ? nil : events.removeFirst() }

    mutating func emit(_ event: ICEEvent) { events.append(event) }

    /// Stops answering the credentials from before the restart.
    mutating func retirePrevious() {
        guard let retired = previous else { return }
        previous = nil
        emit(.retired(usernameFragment: retired.credentials.usernameFragment))
    }
}

/// One pair of credentials of ours and what was nominated with it.
struct ICEGeneration: Sendable {
    let number: UInt32
    let credentials: ICECredentials
    /// When the first check with these credentials nominated.
    var firstNominated: Timestamp?
    /// The highest NOMINATION seen.
    var highestNomination: UInt32?

    var hasNominated: Bool { firstNominated != nil }
}
