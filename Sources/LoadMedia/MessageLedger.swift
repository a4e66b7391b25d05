/// What one receiver has of the messages that one sender sent it on a channel: which are missing, and what came wrongly.
///
/// On an ordered channel a gap is a loss at once (RFC 8831 §6.6): what precedes a message has come or will never come. On an
/// unordered one what is missing may be on its way, so it is judged in the end only.
public struct MessageLedger: Sendable {
    /// What has happened so far.
    public struct Figures: Sendable, Equatable {
        /// Different messages that came.
        public var received: UInt64 = 0
        /// Messages that should have come, of those that were judged.
        public var expected: UInt64 = 0
        /// Of these, those that did not.
        public var lost: UInt64 = 0
        /// Messages that came after one that was sent later, on an ordered channel.
        public var disordered: UInt64 = 0
        /// Messages that came again.
        public var duplicates: UInt64 = 0

        /// Makes figures of zero.
        public init() {}

        /// Adds others.
        public static func += (left: inout Figures, right: Figures) {
            left.received &+= right.received
            left.expected &+= right.expected
            left.lost &+= right.lost
            left.disordered &+= right.disordered
            left.duplicates &+= right.duplicates
        }
    }

    private let isOrdered: Bool
    private let first: UInt32
    /// The number behind the highest that came.
    private var next: UInt32
    private var missing: Set<UInt32> = []
    /// Those before `first` that came although nobody could count on them.
    private var early: Set<UInt32> = []
    private var last: UInt32?
    private var counted = Figures()

    /// Makes a ledger of which messages from `first` on should come.
    public init(isOrdered: Bool, from first: UInt32) {
        self.isOrdered = isOrdered
        self.first = first
        next = first
    }

    /// Takes a message.
    public mutating func receive(_ sequence: UInt32) {
        if sequence >= next {
            for number in next..<sequence { missing.insert(number) }
            next = sequence &+ 1
        } else if missing.remove(sequence) == nil {
            guard sequence < first, early.insert(sequence).inserted else {
                counted.duplicates += 1
                return
            }
        }
        counted.received += 1
        if isOrdered, let last, sequence < last { counted.disordered += 1 }
        last = max(last ?? 0, sequence)
    }

    /// Whether everything came of what was sent up to the message before `next`.
    public func isComplete(before next: UInt32) -> Bool { missing.isEmpty && self.next >= next }

    /// Judges what has not come: everything before `next`, or when that is `nil`, because sender or receiver went while
    /// messages were on their way, only what can not come any more.
    public mutating func finish(before next: UInt32?) {
        if let next {
            if next > self.next { for number in self.next..<next { missing.insert(number) } }
            self.next = max(self.next, next)
        } else if !isOrdered {
            missing = []
        }
        counted.lost += UInt64(missing.count)
        counted.expected += UInt64(missing.count)
        missing = []
    }

    /// What has happened so far.
    public var figures: Figures {
        var figures = counted
        figures.expected += figures.received - UInt64(early.count)
        if isOrdered {
            figures.lost += UInt64(missing.count)
            figures.expected += UInt64(missing.count)
        }
        return figures
    }
}
