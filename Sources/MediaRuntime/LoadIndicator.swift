internal import Engine
internal import Synchronization

/// A worker's load level as other threads see it: written by the worker, once a second at most.
final class LoadIndicator: Sendable {
    private let value = Atomic<Int>(0)

    var level: LoadLevel {
        get { LoadLevel(rawValue: value.load(ordering: .relaxed)) ?? .normal }
        set { value.store(newValue.rawValue, ordering: .relaxed) }
    }
}
