internal import Wire

/// Which peer has something to do next: a binary heap in which each peer knows its own place.
///
/// Setting a timer costs a few comparisons however many peers there are, and a time-out visits only those that are due.
struct TimerQueue {
    private var heap: [Peer] = []

    /// The earliest moment at which any peer has something to do.
    var earliest: Timestamp { heap.first?.wakesAt ?? .distantFuture }

    /// Whether anything waits.
    var count: Int { heap.count }

    /// Wakes `peer` at `due`, or sooner if that is planned already.
    mutating func schedule(_ peer: Peer, at due: Timestamp) {
        if peer.timerPlace < 0 {
            guard due < .distantFuture else { return }
            peer.wakesAt = due
            peer.timerPlace = heap.count
            heap.append(peer)
            rise(from: heap.count - 1)
        } else if due < peer.wakesAt {
            peer.wakesAt = due
            rise(from: peer.timerPlace)
        }
    }

    /// Takes out the peer that is due first, if it is due by `now`.
    mutating func takeDue(by now: Timestamp) -> Peer? {
        guard let first = heap.first, first.wakesAt <= now else { return nil }
        remove(first)
        return first
    }

    /// Takes a peer out.
    mutating func remove(_ peer: Peer) {
        let place = peer.timerPlace
        guard place >= 0 else { return }
        peer.timerPlace = -1
        let last = heap.removeLast()
        guard last !== peer else { return }
        heap[place] = last
        last.timerPlace = place
        rise(from: place)
        sink(from: last.timerPlace)
    }

    private mutating func rise(from start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[place].wakesAt < heap[parent].wakesAt else { break }
            exchange(place, parent)
            place = parent
        }
        heap[place].timerPlace = place
    }

    private mutating func sink(from start: Int) {
        var place = start
        while true {
            var least = place
            for child in 2 * place + 1...2 * place + 2 where child < heap.count {
                if heap[child].wakesAt < heap[least].wakesAt { least = child }
            }
            guard least != place else { return }
            exchange(place, least)
            place = least
        }
    }

    private mutating func exchange(_ first: Int, _ second: Int) {
        heap.swapAt(first, second)
        heap[first].timerPlace = first
        heap[second].timerPlace = second
    }
}
