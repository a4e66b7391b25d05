internal import Glibc

/// A system call that failed.
public struct SystemError: Error, Equatable, CustomStringConvertible, Sendable {
    /// What was attempted, as a person would say it: "bind UDP 0.0.0.0:40000".
    public let operation: String
    /// The error number.
    public let code: Int32

    init(_ operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    /// Whether somebody else has the address (EADDRINUSE).
    public var isAddressInUse: Bool { code == EADDRINUSE }

    public var description: String {
        let reason = unsafe String(cString: strerror(code))
        return "\(operation): \(reason)"
    }
}
