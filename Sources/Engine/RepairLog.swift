internal import Wire

/// Under which transport-wide numbers packets were sent again lately, so that a repeated request can be told from one that
/// has crossed with its answer: feedback says what became of the answer.
struct RepairLog {
    private struct Entry {
        var number: SequenceNumber
        var transportNumber: SequenceNumber
        var sentAt: Timestamp
    }

    /// As many as a receiver asks for in a round trip, where it loses much.
    private static let capacity = 64

    private var entries: [Entry] = []
    private var next = 0

    /// Remembers that the packet `number` was sent again.
    mutating func note(_ number: SequenceNumber, under transportNumber: SequenceNumber, at now: Timestamp) {
        let entry = Entry(number: number, transportNumber: transportNumber, sentAt: now)
        if entries.count < Self.capacity {
            entries.append(entry)
        } else {
            entries[next] = entry
        }
        next = (next + 1) % Self.capacity
    }

    /// The transport-wide number of the last time that the packet `number` was sent again, if that is no longer ago than
    /// `age`.
    func last(_ number: SequenceNumber, within age: Interval, at now: Timestamp) -> SequenceNumber? {
        var newest: Entry?
        for entry in entries where entry.number == number && now - entry.sentAt <= age {
            if newest.map({ $0.sentAt <= entry.sentAt }) ?? true { newest = entry }
        }
        return newest?.transportNumber
    }
}
