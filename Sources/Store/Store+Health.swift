import Logging
import Rooms
import Synchronization

extension Store {
    /// A write worked: says so in the log when it had not before.
    func noteSuccess() {
        let now = clock.wallTime()
        let recoveredSince = state.withLock { state in
            defer {
                state.health.state = .healthy
                state.health.error = nil
                state.health.degradedSince = nil
                state.health.lastWrite = now
            }
            return state.health.degradedSince
        }
        if let recoveredSince {
            logger.info("The database is written again.", metadata: ["since": "\(recoveredSince)"])
        }
    }

    /// An attempt failed: says so in the log once for each kind of failure, not once a try.
    func noteFailure(_ error: StoreError) {
        let sentence = error.description
        let now = clock.wallTime()
        let isNews = state.withLock { state in
            let isNews = state.health.error != sentence
            state.health.state = .degraded
            state.health.error = sentence
            state.health.degradedSince = state.health.degradedSince ?? now
            state.health.failedAttempts += 1
            return isNews
        }
        if isNews {
            logger.error("The database cannot be written; calls go on.", metadata: ["error": "\(sentence)"])
        }
    }
}
