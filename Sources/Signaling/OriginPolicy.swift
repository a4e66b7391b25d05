/// Which pages may open the WebSocket: browsers send a page's origin, and do not ask before they connect (RFC
/// 6455 §10.2).
public enum OriginPolicy: Sendable, Equatable {
    /// Only pages that this server served, under whatever name it was reached.
    case sameHost
    /// Those, and pages of these origins, such as `https://app.example`.
    case list([String])
    /// Every page.
    case any

    /// Whether a request with these header fields may connect. Clients that are no browsers send no origin.
    func allows(origin: String?, host: String?) -> Bool {
        guard let origin = origin?.lowercased() else { return true }
        switch self {
        case .any: return true
        case .sameHost: return Self.isSameHost(origin, host)
        case .list(let origins):
            return Self.isSameHost(origin, host) || origins.contains { $0.lowercased() == origin }
        }
    }

    /// Whether a page of another origin was named by the operator; it may then also load the client library.
    func names(_ origin: String) -> Bool {
        switch self {
        case .any: true
        case .sameHost: false
        case .list(let origins): origins.contains { $0.lowercased() == origin.lowercased() }
        }
    }

    /// Compares `scheme://host[:port]` with the Host field; the schemes' default ports may be left out on
    /// either side.
    ///
    /// The scheme itself is not compared: behind a proxy that ends TLS this server sees plain HTTP.
    private static func isSameHost(_ origin: String, _ host: String?) -> Bool {
        guard let host = host?.lowercased() else { return false }
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
            let authority = String(origin.dropFirst(scheme.count))
            return authority == host || authority + port == host || authority == host + port
        }
        return false
    }
}
