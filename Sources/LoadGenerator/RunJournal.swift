internal import Synchronization

/// What happened to participants during a run, as far as it is not media: counted from any thread.
final class RunJournal: Sendable {
    /// Totals.
    struct Totals: Sendable {
        /// Joins that were begun.
        var joins = 0
        /// Of these, those whose answer came.
        var answered = 0
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
    }

    private let totals = Mutex(Totals())

    /// What happened so far.
    var now: Totals { totals.withLock { $0 } }

    func noteJoin() { totals.withLock { $0.joins += 1 } }
    func noteAnswer() { totals.withLock { $0.answered += 1 } }
    func noteConnected() { totals.withLock { $0.connected += 1 } }
    func noteChurn() { totals.withLock { $0.churned += 1 } }

    func noteFailure(_ word: String, _ sentence: String) {
        totals.withLock {
            $0.failures[word, default: 0] += 1
            if $0.sentences[word] == nil { $0.sentences[word] = sentence }
        }
    }

    func noteLoss(_ word: String, _ sentence: String) {
        totals.withLock {
            $0.losses[word, default: 0] += 1
            if $0.sentences[word] == nil { $0.sentences[word] = sentence }
        }
    }
}
