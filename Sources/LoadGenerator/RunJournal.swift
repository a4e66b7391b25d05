internal import Synchronization
internal import Wire

/// What happened to participants during a run, as far as it is not media: counted from any thread.
///
/// Each join is settled once: its media transport comes up, or it has failed, or it is cut off before that could be told.
final class RunJournal: Sendable {
    /// Totals.
    struct Totals: Sendable {
        /// Joins that were begun.
        var joins = 0
        /// Of these, those whose media transport came up.
        var connected = 0
        /// Joins that failed, by the word for it.
        var failures: [String: Int] = [:]
        /// The first sentence for each word.
        var sentences: [String: String] = [:]
        /// Stays that ended without having been asked to, by the word for it.
        var losses: [String: Int] = [:]
        /// Leaves and joins of the churn.
        var churned = 0
        /// How much later than planned a join was begun at most.
        var rampLateness = Interval.zero

        /// Joins that ended before it could be told whether they fail, and those that are still under way.
        var cutOff: Int { max(0, joins - connected - failures.values.reduce(0, +)) }

        fileprivate mutating func noteFailure(_ word: String, _ sentence: String) {
            failures[word, default: 0] += 1
            if sentences[word] == nil { sentences[word] = sentence }
        }
    }

    private struct State {
        var totals = Totals()
        /// When the joins that are not settled were begun, by the number of the stay.
        var open: [Int: Timestamp] = [:]
    }

    /// The word for joins that were answered, or not even that, and whose media transport did not come up.
    static let notConnected = "media not connected"

    /// The word for subscription settings that the server did not take.
    static let refusedWish = "subscription-settings refused"

    /// How long a join may take. One that is ended before says nothing.
    private let patience: Interval
    private let state = Mutex(State())

    init(patience: Interval) { self.patience = patience }

    /// How long a join may take: five seconds, or where a run gives the last to join less than that, that long, but never
    /// less than two.
    static func patience(_ settings: LoadSettings) -> Interval {
        Interval(nanoseconds: Int64(min(5, max(2, settings.number("duration") ?? 30)) * 1e9))
    }

    /// What happened so far.
    var now: Totals { state.withLock { $0.totals } }

    func noteChurn() { state.withLock { $0.totals.churned += 1 } }

    /// A join is begun, which was due at `due` if it was planned.
    func noteJoin(_ number: Int, at now: Timestamp, due: Timestamp? = nil) {
        state.withLock {
            $0.totals.joins += 1
            if let due { $0.totals.rampLateness = max($0.totals.rampLateness, now - due) }
            $0.open[number] = now
        }
    }

    /// The media transport of a stay is up.
    func noteConnected(_ number: Int) {
        state.withLock {
            guard $0.open.removeValue(forKey: number) != nil else { return }
            $0.totals.connected += 1
        }
    }

    /// A join failed.
    func noteFailure(_ number: Int, _ word: String, _ sentence: String) {
        state.withLock {
            guard $0.open.removeValue(forKey: number) != nil else { return }
            $0.totals.noteFailure(word, sentence)
        }
    }

    /// A stay ended that should not have. One without a media transport is a join that failed.
    func noteLoss(_ number: Int, _ word: String, _ sentence: String) {
        state.withLock {
            guard $0.open.removeValue(forKey: number) == nil else {
                return $0.totals.noteFailure(Self.notConnected, sentence)
            }
            $0.totals.losses[word, default: 0] += 1
            if $0.totals.sentences[word] == nil { $0.totals.sentences[word] = sentence }
        }
    }

    /// The server did not take what a participant wants of the pictures.
    func noteRefusedWish(_ sentence: String) {
        state.withLock {
            if $0.totals.sentences[Self.refusedWish] == nil { $0.totals.sentences[Self.refusedWish] = sentence }
        }
    }

    /// A participant is asked to leave, which settles its join.
    func noteLeave(_ number: Int, at now: Timestamp) {
        state.withLock {
            guard let began = $0.open.removeValue(forKey: number), now - began >= patience else { return }
            $0.totals.noteFailure(
                Self.notConnected,
                "the media transport was not up \(LoadSetting.text(patience.seconds)) s after the join")
        }
    }
}
