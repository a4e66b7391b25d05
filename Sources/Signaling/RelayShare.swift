import Rooms

/// How much of what members send each other waits in one outbox, in all and of each sender.
///
/// It is counted apart from what the server says: a member that floods another fills its own share, gets errors,
/// and harms nobody else.
struct RelayShare {
    private let maxMessages: Int
    private let maxBytes: Int
    private let shares: Int
    private var total = Load()
    /// Of those senders only of whom something waits, so never more than `maxMessages`.
    private var bySender: [String: Load] = [:]

    private struct Load {
        var messages = 0
        var bytes = 0

        func exceeds(messages: Int, bytes: Int, with size: Int) -> Bool {
            self.messages >= messages || self.bytes + size > bytes
        }

        mutating func add(_ size: Int) {
            messages += 1
            bytes += size
        }

        mutating func subtract(_ size: Int) {
            messages -= 1
            bytes -= size
        }
    }

    init(maxMessages: Int, maxBytes: Int, shares: Int) {
        self.maxMessages = maxMessages
        self.maxBytes = maxBytes
        self.shares = max(1, shares)
    }

    /// Takes one more message in, if there is room for it.
    mutating func admit(_ size: Int, from sender: String) -> RelayOutcome {
        let own = bySender[sender] ?? Load()
        // One message of each sender goes in however long it is, as long as the whole has room.
        guard
            own.messages == 0
                || !own.exceeds(messages: maxMessages / shares, bytes: maxBytes / shares, with: size)
        else { return .senderIsOverShare }
        guard total.messages == 0 || !total.exceeds(messages: maxMessages, bytes: maxBytes, with: size) else {
            return .isFull
        }
        total.add(size)
        bySender[sender, default: Load()].add(size)
        return .sent
    }

    /// A message that was taken in has been written.
    mutating func release(_ size: Int, from sender: String) {
        total.subtract(size)
        bySender[sender]?.subtract(size)
        if bySender[sender]?.messages == 0 { bySender[sender] = nil }
    }
}
