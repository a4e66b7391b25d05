/// Everything about the HTTP side that an operator can set: one port for the page, the WebSocket and the
/// status API.
public struct HTTPServerConfiguration: Sendable {
    /// The address to listen on; `::` is both IPv6 and IPv4.
    public var host = "0.0.0.0"
    /// The TCP port; 0 lets the system choose.
    public var port = 8080
    /// Where certificate and key come from; `nil` is plain HTTP.
    public var tls: TLSSource?
    /// Proxies whose `X-Forwarded-For` is believed.
    public var trustedProxies: [AddressRange] = []
    /// Which pages may open the WebSocket.
    public var allowedOrigins = OriginPolicy.sameHost
    /// The status API's bearer key; without one the API answers on loopback only.
    public var apiKey: String?
    /// The server's version, for the status page.
    public var version = "development"
    /// Sizes, counts and times that a client cannot exceed.
    public var limits = Limits()

    /// Makes the configuration of defaults.
    public init() {}

    /// Where certificate and key come from.
    public enum TLSSource: Sendable, Equatable {
        /// PEM files, read again when they change.
        case files(certificate: String, key: String)
        /// PEM texts, for a certificate made at the start: `Certificate.selfSigned`.
        case inMemory(certificatePEM: String, keyPEM: String)
    }

    /// Sizes, counts and times that a client cannot exceed.
    public struct Limits: Sendable {
        /// TCP connections at once.
        public var connections = 4096
        /// TCP connections at once from one address, or one IPv6 /64; trusted proxies are not counted.
        public var connectionsPerAddress = 128
        /// From the connection to the end of the first request's head, the TLS handshake included.
        public var handshakeTimeout: Duration = .seconds(10)
        /// How long a connection may be silent between requests, or inside of one.
        public var idleTimeout: Duration = .seconds(60)
        /// Bytes of all header fields of a request together.
        public var headerBytes = 32_768
        /// How long a closing WebSocket has to take what is left for it and to answer the close.
        public var closeTimeout: Duration = .seconds(3)
        /// How long stopping may take before what is still open is cut.
        public var shutdownTimeout: Duration = .seconds(5)
        /// How often certificate files are looked at for changes.
        public var certificateCheckInterval: Duration = .seconds(10)
        /// Makes the limits of defaults.
        public init() {}
    }
}
