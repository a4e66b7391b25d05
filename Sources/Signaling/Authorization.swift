import Ciphers
import HTTPTypes
import Wire

/// Who may use the status API: who has the bearer key, or without one who sits at this machine.
struct Authorization: Sendable {
    private let keyDigest: [UInt8]?

    init(apiKey: String?) {
        keyDigest = apiKey.map { Self.digest($0) }
    }

    /// Lets the request pass, or says why not.
    ///
    /// - Parameters:
    ///   - peer: The address at the other end of the TCP connection.
    ///   - authority: The Host field.
    ///   - headers: The request's header fields.
    func check(peer: IPAddress?, authority: String?, headers: HTTPFields) throws(APIError) {
        if let keyDigest {
            try checkKey(headers[.authorization], keyDigest)
        } else {
            try checkLoopback(peer, authority, headers)
        }
    }

    private func checkKey(_ field: String?, _ expected: [UInt8]) throws(APIError) {
        guard let field else {
            throw unauthorized("The status API wants the header field \"Authorization: Bearer KEY\".")
        }
        let parts = field.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw unauthorized("The Authorization field is to be \"Bearer KEY\".")
        }
        // Digests are compared, so that not even the key's length shows in the time it takes.
        guard constantTimeEquals(Self.digest(String(parts[1])).span, expected.span) else {
            throw unauthorized("The API key is not the right one.")
        }
    }

    /// The peer's own address counts, never `X-Forwarded-For`: anybody can write that.
    ///
    /// A request that carries it came through a proxy on this machine, on behalf of who knows whom. And a
    /// browser here may have been led to this server under a foreign name (DNS rebinding), so the name must
    /// be one of this machine.
    private func checkLoopback(
        _ peer: IPAddress?, _ authority: String?, _ headers: HTTPFields
    ) throws(APIError) {
        let sentence =
            "The status API has no key, so it answers on loopback only. Set an API key to use it from elsewhere."
        guard let peer, peer.isLoopback, !Self.isForwarded(headers),
            Self.isLocalName(authority)
        else { throw APIError(status: .forbidden, code: "loopback-only", message: sentence) }
    }

    private static func isForwarded(_ headers: HTTPFields) -> Bool {
        headers.contains { field in
            ["forwarded", "x-forwarded-for", "x-real-ip", "via"].contains(field.name.canonicalName)
        }
    }

    private static func isLocalName(_ host: String?) -> Bool {
        guard let host else { return true }
        let name: Substring =
            if host.hasPrefix("[") { host.dropFirst().prefix { $0 != "]" } } else {
                host.prefix { $0 != ":" }
            }
        return name.lowercased() == "localhost" || IPAddress(String(name))?.isLoopback == true
    }

    private func unauthorized(_ message: String) -> APIError {
        APIError(
            status: .unauthorized, code: "unauthorized", message: message,
            headers: [.wwwAuthenticate: "Bearer realm=\"roost\""])
    }

    private static func digest(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return SHA256.digest(bytes.span)
    }
}
