/// A first-in, first-out queue that holds each key once: a newer value takes the older one's place in the
/// line.
///
/// Every operation is constant time on average.
struct CoalescingQueue<Value: Sendable>: Sendable {
    private var values: [String: Value] = [:]
    /// Keys in order of arrival, from `head` on. Keys that are no longer in `values` are skipped when they
    /// come up.
    private var line: [Entry] = []
    private var head = 0
    /// Tells a key's present place in the line from one it had before it was removed.
    private var tickets: [String: UInt64] = [:]
    private var nextTicket: UInt64 = 0

    private struct Entry: Sendable {
        var key: String
        var ticket: UInt64
    }

    /// How many keys wait.
    var count: Int { values.count }
    /// Whether none waits.
    var isEmpty: Bool { values.isEmpty }

    /// The value that waits under a key.
    subscript(key: String) -> Value? { values[key] }

    /// Puts a value in the line, or in the place its key already has there.
    mutating func put(_ value: Value, for key: String) {
        if values.updateValue(value, forKey: key) == nil {
            tickets[key] = nextTicket
            line.append(Entry(key: key, ticket: nextTicket))
            nextTicket += 1
        }
    }

    /// Puts a value that was taken out before back in the line, unless a newer one came meanwhile.
    mutating func putBack(_ value: Value, for key: String) {
        guard values[key] == nil else { return }
        put(value, for: key)
    }

    /// Takes a key out of the line, wherever it stands.
    @discardableResult
    mutating func remove(_ key: String) -> Value? {
        tickets[key] = nil
        let value = values.removeValue(forKey: key)
        compactWhenMostlyStale()
        return value
    }

    /// Takes the oldest.
    mutating func popFirst() -> (key: String, value: Value)? {
        while head < line.count {
            let entry = line[head]
            head += 1
            guard tickets[entry.key] == entry.ticket, let value = values.removeValue(forKey: entry.key) else {
                continue
            }
            tickets[entry.key] = nil
            compactWhenMostlyStale()
            return (entry.key, value)
        }
        line.removeAll(keepingCapacity: true)
        head = 0
        return nil
    }

    private mutating func compactWhenMostlyStale() {
        guard line.count > 64, line.count > 4 * values.count || head > line.count / 2 else { return }
        line = line[head...].filter { tickets[$0.key] == $0.ticket }
        head = 0
    }
}
