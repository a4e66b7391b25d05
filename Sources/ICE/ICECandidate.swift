public import Wire

/// An address at which an agent may be reached (RFC 8445 §4), as SDP and signalling write it (RFC 8839 §5.1).
public struct ICECandidate: Hashable, Sendable {
    /// Equal for candidates that are likely to work or fail together: 1 to 32 `ice-char`.
    public var foundation: String
    /// 1 to 256; 1 is RTP, and with RTCP multiplexed the only one.
    public var component: Int
    /// The protocol below.
    public var transport: Transport
    /// 1 to 2³¹ − 1; the higher, the better.
    public var priority: UInt32
    /// An address, or a name that stands for one.
    public var host: Host
    /// The port, host byte order.
    public var port: UInt16
    /// How the agent came by the address.
    public var kind: Kind
    /// `raddr`: for diagnosis, what a reflexive or relayed address is derived from.
    public var relatedHost: Host?
    /// `rport`, belongs to `raddr`.
    public var relatedPort: UInt16?
    /// Which side opens the connection, of TCP candidates (RFC 6544 §4.5).
    public var tcpType: TCPType?
    /// All further pairs of name and value in their order, understood or not.
    public var extensions: [Extension]

    /// Makes a candidate from its parts, unchecked.
    public init(
        foundation: String,
        component: Int = 1,
        transport: Transport = .udp,
        priority: UInt32,
        host: Host,
        port: UInt16,
        kind: Kind,
        relatedHost: Host? = nil,
        relatedPort: UInt16? = nil,
        tcpType: TCPType? = nil,
        extensions: [Extension] = []
    ) {
        self.foundation = foundation
        self.component = component
        self.transport = transport
        self.priority = priority
        self.host = host
        self.port = port
        self.kind = kind
        self.relatedHost = relatedHost
        self.relatedPort = relatedPort
        self.tcpType = tcpType
        self.extensions = extensions
    }

    /// Where to send to, `nil` for a name: names are never resolved here, mDNS names in particular
    /// (draft-ietf-mmusic-mdns-ice-candidates); their owner shows its address by sending a check.
    public var address: SocketAddress? {
        guard case .address(let ip) = host else { return nil }
        return SocketAddress(ip: ip, port: port)
    }

    /// The protocol below: `udp`, `tcp`, or a token that is carried along.
    public enum Transport: Hashable, Sendable {
        case udp, tcp
        case other(String)
    }

    /// How an agent comes by an address (RFC 8445 §5.1.1), or a token that is carried along.
    public enum Kind: Hashable, Sendable {
        /// An address of the agent's own.
        case host
        /// What a STUN server saw.
        case serverReflexive
        /// What the other agent saw.
        case peerReflexive
        /// An address at a TURN server.
        case relayed
        /// Something newer.
        case other(String)
    }

    /// Who opens a TCP connection (RFC 6544 §4.5).
    public enum TCPType: String, Hashable, Sendable {
        case active, passive
        case simultaneousOpen = "so"
    }

    /// `connection-address`: an IP literal or a fully qualified name.
    public enum Host: Hashable, Sendable {
        case address(IPAddress)
        case name(String)
    }

    /// `cand-extension`: a name and a value, which may be empty.
    public struct Extension: Hashable, Sendable {
        /// For example `generation`, `ufrag`, `network-cost`.
        public var name: String
        /// Whatever stands behind it, without blanks.
        public var value: String

        /// Makes a pair, unchecked.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
}
