/// Messages that wait for one association, oldest first, counted in bytes. How many it may be is for the owner to say.
struct SendQueue: Sendable {
    /// Messages that may wait, however small they are.
    static let maxMessages = 8_192

    private var messages: [SCTPMessage] = []
    private var head = 0
    private(set) var byteCount = 0

    var count: Int { messages.count - head }
    var first: SCTPMessage? { head < messages.count ? messages[head] : nil }

    /// Whether a message for a stream waits.
    func contains(_ stream: UInt16) -> Bool { messages[head...].contains { $0.stream == stream } }

    mutating func append(_ message: SCTPMessage) {
        messages.append(message)
        byteCount += message.bytes.count
    }

    mutating func removeFirst() {
        guard head < messages.count else { return }
        byteCount -= messages[head].bytes.count
        head += 1
        // Moving the rest down costs as much as what has been taken, so it is done when half is empty.
        if head >= 64, head * 2 >= messages.count {
            messages.removeFirst(head)
            head = 0
        } else if head == messages.count {
            messages.removeAll(keepingCapacity: head <= 64)
            head = 0
        }
    }
}
