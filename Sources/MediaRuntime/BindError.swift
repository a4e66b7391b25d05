internal import LinuxSystem

/// Why media cannot be received, as a sentence for who started the server.
struct BindError: Error, CustomStringConvertible {
    let description: String

    init(_ error: SystemError) {
        let hint = error.isAddressInUse ? " Perhaps another server is running; --media-port takes other ports." : ""
        description = "\(error).\(hint)"
    }
}
