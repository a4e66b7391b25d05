import NIOCore
import NIOWebSocket
import Rooms
import Synchronization

/// What waits to be written to one WebSocket: bounded, in order, never making the sender wait.
final class Outbox: SignalingSink {
    /// One thing to write.
    enum Item: Sendable {
        case text(String)
        /// Messages that others get, too; they are written together.
        case shared(SharedMessages)
        /// What another member sends to this one.
        case relayed(String, sender: String)
        case pong(ByteBuffer)
        /// The last thing: a close frame, then nothing.
        case close(code: UInt16, reason: String)
    }

    /// The items, for the one task that writes.
    let items: AsyncStream<Item>

    private let continuation: AsyncStream<Item>.Continuation
    private let maxMessages: Int
    private let maxBytes: Int
    private let onClose: @Sendable () -> Void
    private let state: Mutex<State>

    private struct State {
        var relays: RelayShare
        var messages = 0
        var bytes = 0
        var isClosed = false
        var controlFrames = 0
    }

    /// Answers to pings that may wait; a peer that asks faster than it reads gets no more.
    private static let maxControlFrames = 16

    /// - Parameter onClose: called once, when a close has been asked for.
    init(_ configuration: RoomsConfiguration, onClose: @escaping @Sendable () -> Void) {
        (items, continuation) = AsyncStream.makeStream(of: Item.self, bufferingPolicy: .unbounded)
        maxMessages = configuration.outboxMessages
        maxBytes = configuration.outboxBytes
        self.onClose = onClose
        let relays = RelayShare(
            maxMessages: configuration.relayedMessages, maxBytes: configuration.relayedBytes,
            shares: configuration.relayShares)
        state = Mutex(State(relays: relays))
    }

    func send(_ text: String) -> Bool {
        let size = text.utf8.count
        return state.withLock { state in
            guard !state.isClosed else { return true }
            // One message always goes in, however long it is.
            guard state.messages == 0 || (state.messages < maxMessages && state.bytes + size <= maxBytes)
            else {
                return false
            }
            state.messages += 1
            state.bytes += size
            continuation.yield(.text(text))
            return true
        }
    }

    func send(_ messages: SharedMessages) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return true }
            // They are there once for everybody and are written at once, so they count as one.
            guard
                state.messages == 0
                    || (state.messages < maxMessages && state.bytes + messages.byteCount <= maxBytes)
            else { return false }
            state.messages += 1
            state.bytes += messages.byteCount
            continuation.yield(.shared(messages))
            return true
        }
    }

    func relay(_ text: String, from sender: String) -> RelayOutcome {
        state.withLock { state in
            guard !state.isClosed else { return .isClosed }
            let outcome = state.relays.admit(text.utf8.count, from: sender)
            if outcome == .sent { continuation.yield(.relayed(text, sender: sender)) }
            return outcome
        }
    }

    func close(code: UInt16, reason: String) {
        let isFirst = state.withLock { state in
            guard !state.isClosed else { return false }
            state.isClosed = true
            continuation.yield(.close(code: code, reason: reason))
            continuation.finish()
            return true
        }
        if isFirst { onClose() }
    }

    /// Whether the last thing has been put in the line.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Puts a pong in the line.
    func control(_ item: Item) {
        state.withLock { state in
            guard !state.isClosed, state.controlFrames < Self.maxControlFrames else { return }
            state.controlFrames += 1
            continuation.yield(item)
        }
    }

    /// The writer has written an item; its place is free again.
    func didWrite(_ item: Item) {
        state.withLock { state in
            switch item {
            case .text(let text):
                state.messages -= 1
                state.bytes -= text.utf8.count
            case .shared(let messages):
                state.messages -= 1
                state.bytes -= messages.byteCount
            case .relayed(let text, let sender): state.relays.release(text.utf8.count, from: sender)
            case .pong: state.controlFrames -= 1
            case .close: break
            }
        }
    }
}

extension Outbox.Item {
    /// The frames that carry it, as they go over the wire.
    func bytes(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        switch self {
        case .text(let text), .relayed(let text, _): return OutgoingFrame.text(text, allocator)
        case .shared(let messages): return messages.form { OutgoingFrame.texts($0, allocator) }
        case .pong(let data): return OutgoingFrame.control(.pong, data, allocator)
        case .close(let code, let reason):
            return OutgoingFrame.control(.connectionClose, Self.closeBody(code, reason, allocator), allocator)
        }
    }

    /// The code and as much of the reason as a control frame holds, cut between characters.
    private static func closeBody(_ code: UInt16, _ reason: String, _ allocator: ByteBufferAllocator)
        -> ByteBuffer
    {
        var reason = reason
        while reason.utf8.count > 123 { reason.removeLast() }
        var body = allocator.buffer(capacity: 125)
        body.writeInteger(code)
        body.writeString(reason)
        return body
    }
}
