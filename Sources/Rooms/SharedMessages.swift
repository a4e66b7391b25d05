import Synchronization

/// Messages that several members get, written once for all of them.
///
/// A server's frames are not masked (RFC 6455 §5.1), so what goes over the wire is the same for everybody, too. The edge
/// keeps it here: in a room of a thousand, what a message costs is made once instead of a thousand times.
public final class SharedMessages: Sendable {
    /// The messages, in order; at least one.
    public let texts: [String]
    /// Their bytes, all together.
    public let byteCount: Int
    private let form = Mutex<(any Sendable)?>(nil)

    /// Takes messages that are already written.
    public init(_ texts: [String]) {
        self.texts = texts
        byteCount = texts.reduce(0) { $0 + $1.utf8.count }
    }

    /// The messages in the edge's own form, which is made by whoever asks first.
    public func form<Form: Sendable>(_ make: ([String]) -> Form) -> Form {
        form.withLock { known in
            if let form = known as? Form { return form }
            let form = make(texts)
            known = form
            return form
        }
    }
}
