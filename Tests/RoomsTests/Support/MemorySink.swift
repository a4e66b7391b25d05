import Synchronization

@testable import Rooms

/// A connection without a network: keeps what was sent, up to a capacity, and how it was closed.
final class MemorySink: SignalingSink {
    struct Closing: Equatable, Sendable {
        var code: UInt16
        var reason: String
    }

    private struct State {
        var texts: [String] = []
        var messages: [JSONValue] = []
        var unread = 0
        var closing: Closing?
        var sentAfterClose = 0
        var capacity: Int
        var relayed: [String: Int] = [:]
        var relayShare = Int.max
    }

    private let state: Mutex<State>

    init(capacity: Int = 100_000) { state = Mutex(State(capacity: capacity)) }

    func send(_ text: String) -> Bool {
        state.withLock { state in
            guard state.closing == nil else {
                state.sentAfterClose += 1
                return false
            }
            guard state.unread < state.capacity else { return false }
            state.unread += 1
            state.texts.append(text)
            if let message = try? JSONParser.parse(text) { state.messages.append(message) }
            return true
        }
    }

    func send(_ messages: SharedMessages) -> Bool { messages.texts.allSatisfy { send($0) } }

    func relay(_ text: String, from sender: String) -> RelayOutcome {
        let isWithinShare = state.withLock { state in
            guard state.relayed[sender, default: 0] < state.relayShare else { return false }
            state.relayed[sender, default: 0] += 1
            return true
        }
        guard isWithinShare else { return .senderIsOverShare }
        return send(text) ? .sent : .isFull
    }

    /// From now on nothing that members send is read, and each may have so many messages waiting.
    func limitRelays(to count: Int) { state.withLock { $0.relayShare = count } }

    func close(code: UInt16, reason: String) {
        state.withLock { state in
            if state.closing == nil { state.closing = Closing(code: code, reason: reason) }
        }
    }

    /// Everything that was sent.
    var texts: [String] { state.withLock(\.texts) }

    /// Everything that was sent, read.
    var messages: [JSONValue] { state.withLock(\.messages) }

    var closing: Closing? { state.withLock(\.closing) }

    /// The client stops reading when this many more have come.
    func stall(after count: Int = 0) {
        state.withLock { state in
            state.unread = 0
            state.capacity = count
        }
    }
}

extension JSONValue {
    subscript(_ name: String) -> JSONValue? {
        guard case .object(let object) = self else { return nil }
        return object[name]
    }

    subscript(_ index: Int) -> JSONValue? {
        guard case .array(let values) = self, values.indices.contains(index) else { return nil }
        return values[index]
    }

    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var integer: Int? {
        guard case .number(let spelling) = self else { return nil }
        return Int(spelling)
    }

    var bool: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }

    var array: [JSONValue] {
        guard case .array(let values) = self else { return [] }
        return values
    }

    var type: String? { self["type"]?.string }
}
