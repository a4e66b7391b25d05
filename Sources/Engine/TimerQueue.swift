internal import Wire

/// Which peer has something to do next: a binary heap in which each peer knows its own place.
///
/// Setting a timer costs a few comparisons however many peers there are, and a time-out visits only those that are due.
/// Moving a peer within the heap counts no references: whoever forgets a peer removes it here first.
@safe
struct TimerQueue {
    private struct Entry {
        var due: Timestamp
        unowned(unsafe) let peer: Peer
    }

    private var heap: [Entry] = []

    /// Timers that may wait a little fall on multiples of this, where one wake-up serves all peers.
    private static let grid = Interval.milliseconds(20)

    /// When to wake for something that has time until `due` and a little longer; `.distantFuture` stays.
    static func sharedMoment(after due: Timestamp) -> Timestamp { due.roundedUp(to: grid) }

    /// The earliest moment at which any peer has something to do.
    var earliest: Timestamp { heap.first?.due ?? .distantFuture }

    /// How many peers wait.
    var count: Int { heap.count }

    /// Wakes `peer` at `due`, or sooner if that is planned already.
    mutating func schedule(_ peer: Peer, at due: Timestamp) {
        let place = peer.timerPlace
        if place < 0 {
            guard due < .distantFuture else { return }
            heap.append(Entry(due: due, peer: peer))
            rise(from: heap.count - 1)
        } else if due < heap[place].due {
            heap[place].due = due
            rise(from: place)
        }
    }

    /// Wakes `peer` at `due`, whatever was planned: where it is to be later, a wake-up for nothing is saved.
    mutating func reschedule(_ peer: Peer, at due: Timestamp) {
        let place = peer.timerPlace
        guard place >= 0, due < .distantFuture else { return schedule(peer, at: due) }
        let isLater = due > heap[place].due
        heap[place].due = due
        if isLater { sink(from: place) } else { rise(from: place) }
    }

    /// Takes out the peer that is due first, if it is due by `now`.
    mutating func takeDue(by now: Timestamp) -> Peer? {
        guard let first = heap.first, first.due <= now else { return nil }
        let peer = unsafe first.peer
        remove(peer)
        return peer
    }

    /// Takes a peer out.
    mutating func remove(_ peer: Peer) {
        let place = peer.timerPlace
        guard place >= 0 else { return }
        peer.timerPlace = -1
        let last = heap.removeLast()
        guard place < heap.count else { return }
        put(last, at: place)
        rise(from: place)
        sink(from: place)
    }

    /// Moves the entry at `start` towards the root until its parent is due before it.
    private mutating func rise(from start: Int) {
        let entry = heap[start]
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard entry.due < heap[parent].due else { break }
            put(heap[parent], at: place)
            place = parent
        }
        put(entry, at: place)
    }

    /// Moves the entry at `start` away from the root until both its children are due after it.
    private mutating func sink(from start: Int) {
        let entry = heap[start]
        var place = start
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].due < heap[child].due { child += 1 }
            guard heap[child].due < entry.due else { break }
            put(heap[child], at: place)
            place = child
        }
        put(entry, at: place)
    }

    private mutating func put(_ entry: Entry, at place: Int) {
        heap[place] = entry
        unsafe entry.peer.timerPlace = place
    }
}
