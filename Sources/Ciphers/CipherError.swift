/// An OpenSSL call that failed, with what the library says about it.
public struct CipherError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was attempted.
    public let operation: String
    /// The library's error queue, oldest first; may be empty.
    public let reasons: [String]

    /// Takes the calling thread's error queue.
    public init(_ operation: String) {
        self.operation = operation
        reasons = ErrorQueue.drain()
    }

    /// What failed, and OpenSSL's reasons.
    public var description: String {
        reasons.isEmpty ? "\(operation) failed" : "\(operation) failed: \(reasons.joined(separator: "; "))"
    }
}
