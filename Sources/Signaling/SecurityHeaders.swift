import HTTPTypes
import Hummingbird

/// The header fields that keep a browser from doing with our answers what it should not.
struct SecurityHeaders: Sendable {
    private let contentSecurityPolicy: String

    /// Only our own files run or style; media come from the peer connection (`mediastream:`) or from memory
    /// (`blob:`); connections go to this host, by `wss:` under every name a proxy gives it. Pages whose
    /// origin the operator named may show ours in a frame.
    init(embedders: OriginPolicy) {
        var directives = [
            "default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
            "media-src 'self' blob: mediastream:", "connect-src 'self' ws: wss:", "worker-src 'self' blob:",
            "object-src 'none'", "base-uri 'none'", "form-action 'self'",
        ]
        switch embedders {
        case .sameHost: directives.append("frame-ancestors 'self'")
        case .list(let origins):
            let clean = origins.filter {
                $0.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x2C && $0 != 0x3B }
            }
            directives.append((["frame-ancestors 'self'"] + clean).joined(separator: " "))
        case .any: break
        }
        contentSecurityPolicy = directives.joined(separator: "; ")
    }

    /// What the page itself may ask for, and nobody it might embed.
    private static let permissionsPolicy = [
        "camera=(self)", "microphone=(self)", "display-capture=(self)", "speaker-selection=(self)",
        "screen-wake-lock=(self)", "fullscreen=(self)", "autoplay=(self)", "geolocation=()", "payment=()",
        "usb=()",
    ].joined(separator: ", ")

    func add(to response: inout Response) {
        response.headers[.contentSecurityPolicy] = contentSecurityPolicy
        response.headers[.permissionsPolicy] = Self.permissionsPolicy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "no-referrer"
        response.headers[.crossOriginOpenerPolicy] = "same-origin"
    }
}

extension HTTPField.Name {
    fileprivate static let permissionsPolicy = Self("Permissions-Policy")
    fileprivate static let referrerPolicy = Self("Referrer-Policy")
    fileprivate static let crossOriginOpenerPolicy = Self("Cross-Origin-Opener-Policy")
}

extension HTTPFields {
    /// Sets a field whose name is one of ours and known to be well formed.
    fileprivate subscript(name: HTTPField.Name?) -> String? {
        get { name.flatMap { self[$0] } }
        set { if let name { self[name] = newValue } }
    }
}
