import DequeModule

/// Lets one operation at a time through, in the order in which they came.
///
/// An actor alone does not: while one of its functions awaits, another runs. A room's join waits for the
/// media plane several times, and nothing may change the room in between. Owned by one actor and only used by
/// it.
struct SerialGate {
    private var isTaken = false
    private var waiting: Deque<CheckedContinuation<Void, Never>> = []

    /// Takes the gate if it is free; otherwise the caller has to `enqueue`.
    mutating func tryEnter() -> Bool {
        guard !isTaken else { return false }
        isTaken = true
        return true
    }

    /// Queues behind the others; the continuation is resumed with the gate taken.
    mutating func enqueue(_ continuation: CheckedContinuation<Void, Never>) { waiting.append(continuation) }

    /// Whether nobody is in and nobody waits.
    var isFree: Bool { !isTaken }

    /// Passes the gate to the next one, or leaves it free.
    mutating func leave() {
        if let next = waiting.popFirst() { next.resume() } else { isTaken = false }
    }
}
