public import STUN
public import Wire

/// The full, controlling agent that faces a lite one: it checks the lite agent's candidates from one socket, nominates
/// the first that answers, and asks for consent as long as the session lives (RFC 8445 §6 to §8, RFC 7675).
///
///     checking ──answer to a nominating check──▶ connected ──30 s without an answer──▶ failed
///         └──every check unanswered───────────────────────────────────────────────────▶ failed
///
/// - A check goes out every `pace` (RFC 8445 §14.2), the candidate with the highest priority first. The first pair that
///   answers is checked again with USE-CANDIDATE (RFC 8445 §8.1.1); with a single candidate the first check nominates.
/// - `connected` → `failed`: RFC 7675 §5.1; checks for consent go out every 5 s, give or take a fifth.
///
/// A lite agent sends no checks, so none are answered. Give it a response or the passing of time, then drain
/// `pollTransmit()`. Transaction identifiers come from the caller's generator.
public struct ICEControllingAgent: Sendable {
    /// How far the agent has come.
    public enum State: Equatable, Sendable { case checking, connected, failed }

    /// A check to send.
    public struct Transmit: Sendable {
        /// The datagram.
        public let bytes: [UInt8]
        /// Where it goes.
        public let remote: SocketAddress
    }

    /// One remote candidate that is being tried.
    struct Pair: Sendable {
        var remote: SocketAddress
        var nextAttempt: Timestamp?
        var attempts = 0
        var isNominating: Bool
    }

    /// A request that is not answered yet.
    private struct Transaction: Sendable {
        var id: STUNTransactionID
        var pair: Int
        var sent: Timestamp
        var nominates: Bool
    }

    /// The pause between the first checks of two pairs: the Ta that RFC 8445 §14.2 has at least 5 ms and usually 50.
    static let pace = Interval.milliseconds(20)
    /// The first wait for an answer. Deviation: RFC 8489 §6.2.1 begins at 500 ms; browsers begin about here, and what is
    /// measured with this agent shall be what they would see.
    static let firstRetry = Interval.milliseconds(100)
    /// The longest wait for an answer.
    static let longestRetry = Interval.milliseconds(1_600)
    /// The checks of one pair before it is given up: Rc of RFC 8489 §6.2.1.
    static let maximumAttempts = 7
    /// The pause between two checks for consent (RFC 7675 §5.1), from which a fifth is taken off or added by chance.
    static let consentInterval = Interval.seconds(5)
    /// How long consent lasts (RFC 7675 §5.1).
    static let consentLifetime = Interval.seconds(30)

    /// Our credentials, those of the offer.
    public let local: ICECredentials
    /// The lite agent's, those of the answer.
    public let remote: ICECredentials
    /// How far the agent has come.
    public private(set) var state = State.checking
    /// Where everything is sent; `nil` before a nomination was answered.
    public private(set) var selectedRemote: SocketAddress?
    /// The last measured round trip.
    public private(set) var roundTripTime: Interval?

    private let tieBreaker: UInt64
    private let priority: UInt32
    private var pairs: [Pair]
    private var transactions: [Transaction] = []
    private var transmits: [Transmit] = []
    private var selected = 0
    private var hasNominated: Bool
    private var nextConsent = Timestamp.distantFuture
    private var consentUntil = Timestamp.distantFuture

    /// Makes an agent that begins its checks at `now`.
    ///
    /// - Parameters:
    ///   - candidates: The lite agent's; names and other transports than UDP are left out, and so is what is behind the
    ///     first eight.
    ///   - tieBreaker: A random number (RFC 8445 §7.3.1.1).
    public init(
        local: ICECredentials, remote: ICECredentials, candidates: [ICECandidate], tieBreaker: UInt64,
        at now: Timestamp
    ) {
        self.local = local
        self.remote = remote
        self.tieBreaker = tieBreaker
        priority = ICECandidate.priority(kind: .peerReflexive, localPreference: .max)
        let usable = candidates.filter { $0.transport == .udp && $0.component == 1 }.sorted {
            $0.priority > $1.priority
        }
        let addresses = usable.compactMap(\.address).prefix(8)
        hasNominated = addresses.count == 1
        pairs = []
        for (place, address) in addresses.enumerated() {
            let first = now + Self.pace * Int64(place)
            pairs.append(Pair(remote: address, nextAttempt: first, isNominating: addresses.count == 1))
        }
        if pairs.isEmpty { state = .failed }
    }

    /// When `handleTimeout` wants to be called; `nil` when it never does.
    public var nextTimeout: Timestamp? {
        switch state {
        case .checking: pairs.lazy.compactMap(\.nextAttempt).min()
        case .connected: min(nextConsent, consentUntil)
        case .failed: nil
        }
    }

    /// Sends the checks that are due.
    public mutating func handleTimeout(at now: Timestamp, using generator: inout some RandomNumberGenerator) {
        switch state {
        case .checking:
            for index in pairs.indices {
                guard let due = pairs[index].nextAttempt, due <= now else { continue }
                guard pairs[index].attempts < Self.maximumAttempts else {
                    pairs[index].nextAttempt = nil
                    continue
                }
                let wait = Self.retry(after: pairs[index].attempts)
                pairs[index].attempts += 1
                pairs[index].nextAttempt = now + wait
                check(index, nominating: pairs[index].isNominating, at: now, using: &generator)
            }
            if pairs.allSatisfy({ $0.nextAttempt == nil }) { state = .failed }
        case .connected:
            guard now < consentUntil else {
                state = .failed
                selectedRemote = nil
                return
            }
            guard now >= nextConsent else { return }
            check(selected, nominating: true, at: now, using: &generator)
            scheduleConsent(at: now, using: &generator)
        case .failed: break
        }
    }

    /// Takes a response; whatever belongs to no check of ours, or was not made by the peer, is ignored.
    public mutating func handle(
        _ message: STUNMessage, bytes: Span<UInt8>, from source: SocketAddress, at now: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) {
        guard message.messageClass == .success, message.method == .binding,
            let index = transactions.firstIndex(where: { $0.id == message.transactionID }),
            message.verifiesIntegrity(of: bytes, key: remote.integrityKey)
        else { return }
        let transaction = transactions.remove(at: index)
        // RFC 8445 §7.2.5.2.1: an answer from another address proves no path.
        guard pairs[transaction.pair].remote == source else { return }
        roundTripTime = now - transaction.sent
        switch state {
        case .checking where transaction.nominates:
            state = .connected
            selected = transaction.pair
            selectedRemote = source
            consentUntil = now + Self.consentLifetime
            scheduleConsent(at: now, using: &generator)
            transactions = []
        case .checking where !hasNominated:
            nominate(transaction.pair, at: now)
        case .connected where transaction.pair == selected:
            consentUntil = now + Self.consentLifetime
        default: break
        }
    }

    /// The next check to send, `nil` when drained.
    public mutating func pollTransmit() -> Transmit? { transmits.isEmpty ? nil : transmits.removeFirst() }

    /// From here on only this pair counts: its next check nominates it, at once.
    private mutating func nominate(_ index: Int, at now: Timestamp) {
        hasNominated = true
        for other in pairs.indices where other != index { pairs[other].nextAttempt = nil }
        pairs[index].isNominating = true
        pairs[index].attempts = 0
        pairs[index].nextAttempt = now
    }

    private mutating func scheduleConsent(at now: Timestamp, using generator: inout some RandomNumberGenerator) {
        let fifth = Self.consentInterval.nanoseconds / 5
        let chance = Int64.random(in: -fifth...fifth, using: &generator)
        nextConsent = now + Self.consentInterval + Interval(nanoseconds: chance)
    }

    private mutating func check(
        _ index: Int, nominating: Bool, at now: Timestamp, using generator: inout some RandomNumberGenerator
    ) {
        let id = STUNTransactionID.random(using: &generator)
        var builder = STUNBuilder(method: .binding, messageClass: .request, transactionID: id)
        builder.add(username: "\(remote.usernameFragment):\(local.usernameFragment)")
        builder.add(priority: priority)
        builder.add(iceControlling: tieBreaker)
        if nominating { builder.addUseCandidate() }
        let bytes = builder.finish(integrityKey: remote.integrityKey, fingerprint: true)
        // An answer may come late, but not after all its repetitions: what is older than eight checks is forgotten.
        if transactions.count >= 8 { transactions.removeFirst() }
        transactions.append(Transaction(id: id, pair: index, sent: now, nominates: nominating))
        transmits.append(Transmit(bytes: bytes, remote: pairs[index].remote))
    }

    private static func retry(after attempts: Int) -> Interval {
        min(Interval(nanoseconds: firstRetry.nanoseconds << Int64(min(attempts, 8))), longestRetry)
    }
}
