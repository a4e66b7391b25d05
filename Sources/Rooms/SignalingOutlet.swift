import Synchronization

/// The way out to one connection: after it is closed nothing more goes out, whoever still holds it.
final class SignalingOutlet: Sendable {
    /// What became of a message.
    enum Delivery { case sent, full, closed }

    /// The connection, for the logs.
    let connection: String
    private let sink: any SignalingSink
    private let closed = Atomic<Bool>(false)

    init(connection: String, sink: any SignalingSink) {
        self.connection = connection
        self.sink = sink
    }

    /// Whether nothing more can be sent.
    var isClosed: Bool { closed.load(ordering: .acquiring) }

    /// Puts a message into the outbox.
    func send(_ message: ServerMessage) -> Delivery {
        guard !isClosed else { return .closed }
        return sink.send(message.text) ? .sent : .full
    }

    /// Puts messages into the outbox that others get, too.
    func send(_ messages: SharedMessages) -> Delivery {
        guard !isClosed else { return .closed }
        return sink.send(messages) ? .sent : .full
    }

    /// Puts another member's message into the outbox.
    func relay(_ message: ServerMessage, from sender: String) -> RelayOutcome {
        guard !isClosed else { return .isClosed }
        return sink.relay(message.text, from: sender)
    }

    /// Says goodbye and closes. Only the first call does anything.
    func close(_ reason: GoodbyeReason, message: String? = nil) {
        guard !closed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        _ = sink.send(ServerMessage.goodbye(reason, message: message).text)
        sink.close(code: reason.closeCode, reason: reason.rawValue)
    }

    /// Closes without a goodbye. Only the first call does anything.
    func close(code: UInt16, reason: String) {
        guard !closed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        sink.close(code: code, reason: reason)
    }

    /// The connection is gone: nothing is sent any more.
    func abandon() { closed.store(true, ordering: .releasing) }
}
