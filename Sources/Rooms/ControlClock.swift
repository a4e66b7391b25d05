import Foundation
public import Wire

/// The control plane's time: what it measures spans with, what it writes into records, and how it waits.
///
/// Injected, so that graces, keep-alive and rate limits are tested without waiting.
public protocol ControlClock: Sendable {
    /// The monotonic clock; only differences mean anything.
    func now() -> Timestamp
    /// The time of day.
    func wallTime() -> WallTime
    /// Waits, or throws `CancellationError` when the task is cancelled.
    func sleep(for interval: Interval) async throws
}

/// The machine's clocks.
public struct SystemControlClock: ControlClock {
    private let start = ContinuousClock.now

    /// Makes a clock whose monotonic time starts now.
    public init() {}

    public func now() -> Timestamp { Timestamp(nanoseconds: Self.nanoseconds(ContinuousClock.now - start)) }

    public func wallTime() -> WallTime {
        WallTime(millisecondsSinceEpoch: Int64((Date().timeIntervalSince1970 * 1000).rounded()))
    }

    public func sleep(for interval: Interval) async throws {
        try await Task.sleep(for: .nanoseconds(interval.nanoseconds))
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds &* 1_000_000_000 &+ duration.components.attoseconds / 1_000_000_000
    }
}

extension ControlClock {
    /// Waits until a task is done, but no longer than `limit`; the task goes on then.
    func wait(for task: Task<Void, Never>, atMost limit: Interval) async {
        let (signals, signal) = AsyncStream.makeStream(of: Void.self)
        let waiter = Task {
            await task.value
            signal.yield()
        }
        let timer = Task {
            try? await sleep(for: limit)
            signal.yield()
        }
        var iterator = signals.makeAsyncIterator()
        _ = await iterator.next()
        waiter.cancel()
        timer.cancel()
    }
}
