import Ciphers
public import Wire

/// The STUN and TURN servers that clients are given when they join.
///
/// TURN credentials are coturn's time-limited ones (`use-auth-secret`; draft-uberti-behave-turn-rest-00): the
/// user name is the second at which they expire and the participant, the password its HMAC-SHA1 under a
/// secret shared with the TURN server.
public struct ICEServerConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// STUN URLs such as `stun:192.0.2.1:3478`.
    public var stunURLs: [String]
    /// TURN URLs such as `turn:192.0.2.1:3478?transport=udp`. Left out while there is no secret.
    public var turnURLs: [String]
    /// The secret shared with the TURN server (coturn's `static-auth-secret`).
    public var turnSharedSecret: String?
    /// How long TURN credentials are good for. They only need to outlast the making of an allocation, and ICE
    /// restarts.
    public var turnTimeToLive: Interval

    /// Makes a configuration from its parts.
    public init(
        stunURLs: [String] = [], turnURLs: [String] = [], turnSharedSecret: String? = nil,
        turnTimeToLive: Interval = .seconds(3600)
    ) {
        self.stunURLs = stunURLs
        self.turnURLs = turnURLs
        self.turnSharedSecret = turnSharedSecret
        self.turnTimeToLive = turnTimeToLive
    }

    /// The URLs. The secret is never printed.
    public var description: String { "stun: \(stunURLs), turn: \(turnURLs)" }

    /// The URLs alone, so that `dump` of whatever holds a configuration gives no secret away.
    public var customMirror: Mirror { Mirror(self, children: ["stunURLs": stunURLs, "turnURLs": turnURLs]) }

    /// The servers as `RTCConfiguration.iceServers` wants them, with credentials for one participant.
    func servers(for participant: String, at now: WallTime) -> [ICEServer] {
        var servers: [ICEServer] = []
        if !stunURLs.isEmpty { servers.append(ICEServer(urls: stunURLs)) }
        if !turnURLs.isEmpty, let secret = turnSharedSecret {
            let expiry = now.millisecondsSinceEpoch / 1000 + turnTimeToLive.nanoseconds / 1_000_000_000
            let username = "\(expiry):\(participant)"
            let credential = Self.credential(username: username, secret: secret)
            servers.append(ICEServer(urls: turnURLs, username: username, credential: credential))
        }
        return servers
    }

    /// The password that belongs to a time-limited user name.
    static func credential(username: String, secret: String) -> String {
        let message = Array(username.utf8)
        return Base64.encode(HMACSHA1.authenticate(message.span, key: Array(secret.utf8)))
    }
}

/// One entry of `RTCConfiguration.iceServers`.
struct ICEServer: Equatable, Sendable {
    var urls: [String]
    var username: String?
    var credential: String?
}
