/// Where the server's signalling is: a `ws` or `wss` URL.
///
/// `http` and `https` are taken for them, and a missing path for `/ws`: people paste what their browser shows.
public struct ServerAddress: Sendable, Equatable {
    /// Whether TLS is spoken.
    public let isSecure: Bool
    /// A name or an address, without brackets.
    public let host: String
    /// The TCP port.
    public let port: Int
    /// The path of the WebSocket.
    public let path: String

    /// Why a text is no address.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        /// The sentence for people.
        public let description: String
    }

    /// Reads a URL.
    public init(parsing text: String) throws(Failure) {
        guard let colon = text.range(of: "://") else {
            throw Failure(description: "\"\(text)\" is no URL: write ws://HOST:PORT/ws or wss://HOST:PORT/ws")
        }
        switch text[..<colon.lowerBound].lowercased() {
        case "ws", "http": isSecure = false
        case "wss", "https": isSecure = true
        default: throw Failure(description: "\"\(text)\": the scheme has to be ws or wss")
        }
        let rest = text[colon.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest[authority.endIndex...]
        path = tail.isEmpty || tail == "/" ? "/ws" : String(tail)
        let name: Substring
        var digits: Substring?
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            name = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            digits = after.hasPrefix(":") ? after.dropFirst() : nil
        } else if let last = authority.lastIndex(of: ":") {
            name = authority[..<last]
            digits = authority[authority.index(after: last)...]
        } else {
            name = authority
        }
        guard !name.isEmpty else { throw Failure(description: "\"\(text)\" names no host") }
        host = String(name)
        guard let digits else {
            port = isSecure ? 443 : 80
            return
        }
        guard let number = Int(digits), (1...65_535).contains(number) else {
            throw Failure(description: "\"\(text)\": the port has to be a number from 1 to 65535")
        }
        port = number
    }

    /// The host as TLS names a server, by which its certificate is checked; `nil` for an address, which is no name (RFC 6066 §3).
    var tlsName: String? { host.contains { $0.isLetter } && !host.contains(":") ? host : nil }

    /// Whether the host is this machine's loopback interface.
    public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}

extension String {
    /// The first place of `text`; Foundation's search without Foundation.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
