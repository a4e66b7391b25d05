/// Whom a channel's messages are for or from, as its protocol says it:
/// `to:<participant>`, `from:<participant>` or `direct-from:<participant>`, then perhaps `;` and the application's own.
struct ChannelAddress: Equatable, Sendable {
    /// The participant that the channel's messages are for; `nil` for everybody in the room.
    var receiver: String?
    /// What the application calls its protocol.
    var application: String

    /// Reads a protocol's name.
    init(_ name: String) {
        let (head, rest) = Self.split(name)
        if let receiver = Self.value(of: head, after: "to:") {
            self.receiver = receiver
            application = rest
        } else if Self.value(of: head, after: "from:") != nil || Self.value(of: head, after: "direct-from:") != nil {
            // Only the server says who something is from.
            application = rest
        } else {
            application = name
        }
    }

    /// The protocol of the channels toward the receivers.
    func towardReceiver(from sender: String) -> String {
        join(receiver == nil ? "from:\(sender)" : "direct-from:\(sender)")
    }

    /// The protocol of the channel that carries answers.
    func answer(from sender: String) -> String { join("direct-from:\(sender)") }

    private func join(_ head: String) -> String { application.isEmpty ? head : "\(head);\(application)" }

    private static func split(_ name: String) -> (head: Substring, rest: String) {
        guard let separator = name.firstIndex(of: ";") else { return (name[...], "") }
        return (name[..<separator], String(name[name.index(after: separator)...]))
    }

    private static func value(of head: Substring, after prefix: String) -> String? {
        head.hasPrefix(prefix) ? String(head.dropFirst(prefix.count)) : nil
    }
}
