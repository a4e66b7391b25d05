public import Wire

/// Things that become due at a time: the earliest first, of equal times the one that was put in first.
public struct DueQueue<Item> {
    fileprivate struct Entry {
        var due: Timestamp
        var order: UInt64
        var item: Item

        func precedes(_ other: Entry) -> Bool { due != other.due ? due < other.due : order < other.order }
    }

    private var heap: [Entry] = []
    private var order: UInt64 = 0

    /// Makes an empty queue.
    public init() {}

    /// How many things wait.
    public var count: Int { heap.count }
    /// When the first thing is due; `nil` if nothing waits.
    public var nextDue: Timestamp? { heap.first?.due }

    /// Puts a thing in.
    public mutating func insert(_ item: Item, due: Timestamp) {
        heap.append(Entry(due: due, order: order, item: item))
        order += 1
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].precedes(heap[parent]) else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    /// Takes the first thing that is due at `now`; `nil` if none is.
    public mutating func removeFirst(at now: Timestamp) -> Item? {
        guard let first = heap.first, first.due <= now else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first.item }
        heap[0] = last
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && heap[child].precedes(heap[least]) { least = child }
            guard least != index else { return first.item }
            heap.swapAt(index, least)
            index = least
        }
    }

    /// Forgets everything.
    public mutating func removeAll() { heap.removeAll() }
}

extension DueQueue.Entry: Sendable where Item: Sendable {}
extension DueQueue: Sendable where Item: Sendable {}
