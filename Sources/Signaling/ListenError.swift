import Glibc
import NIOCore

/// Why the server cannot listen, as a sentence for who started it.
struct ListenError: Error, CustomStringConvertible {
    let description: String

    init(_ error: IOError, host: String, port: Int) {
        let reason = unsafe strerror(error.errnoCode).map { unsafe String(cString: $0) } ?? "error \(error.errnoCode)"
        let isTaken = error.errnoCode == EADDRINUSE
        let hint = isTaken ? " Perhaps another server is running; --http-port takes another port." : ""
        description = "TCP port \(port) on \(host) cannot be listened on: \(reason).\(hint)"
    }
}
