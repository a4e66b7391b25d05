/// An address and a UDP port: who a datagram came from or goes to.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The host's address.
    public let ip: IPAddress
    /// The port, host byte order.
    public let port: UInt16

    /// Makes an address from its parts.
    public init(ip: IPAddress, port: UInt16) {
        self.ip = ip
        self.port = port
    }

    /// `192.0.2.1:5000` or `[2001:db8::1]:5000`.
    public var description: String {
        switch ip.family {
        case .v4: "\(ip):\(port)"
        case .v6: "[\(ip)]:\(port)"
        }
    }
}

/// One of a worker's sockets, by its place in the worker's list: replies leave from the address that was asked.
public struct SocketIndex: Hashable, Sendable {
    /// The place in the worker's list of sockets.
    public let rawValue: UInt8
    /// Makes an index from its place.
    public init(_ rawValue: UInt8) { self.rawValue = rawValue }
}

/// Where a datagram came in and from whom; the way back to a peer.
public struct NetworkPath: Hashable, Sendable, CustomStringConvertible {
    /// The server's socket.
    public let socket: SocketIndex
    /// The peer's address.
    public let remote: SocketAddress
    /// Makes a path from its two ends.
    public init(socket: SocketIndex, remote: SocketAddress) {
        self.socket = socket
        self.remote = remote
    }
    public var description: String { "\(socket.rawValue)/\(remote)" }
}
