public import Ciphers
public import ICE
public import RTP

/// What one offer and its answer agreed on.
public struct NegotiatedSession: Sendable, Equatable {
    /// The server's ICE credentials, as the answer carries them.
    public var localICE: ICECredentials
    /// The client's ICE credentials.
    public var remoteICE: ICECredentials
    /// Whether the client began a new ICE session with this offer.
    ///
    /// Its old path stays good until a new one is nominated.
    public var iceRestarted: Bool
    /// Whether another section than before describes the transport, because that one was stopped.
    ///
    /// Chromium and Firefox then close their DTLS association and begin a new transport: checks from another port, and
    /// another handshake with the same certificate and in the same roles. The ICE credentials stay unless
    /// `iceRestarted` says otherwise, and the server's with them. A client may also keep its
    /// transport, which RFC 9143 has nothing against: the old path and keys are good until a new handshake is
    /// through. A client does well never to stop its first section.
    public var replacesTransport: Bool
    /// Whether the client marks its nominations with a rising value (draft-thatcher-ice-renomination).
    public var usesRenomination: Bool
    /// The fingerprints of which the client's DTLS certificate has to match one (RFC 8122 §5.1).
    public var fingerprints: [CertificateFingerprint]
    /// The server's part in the DTLS handshake.
    public var dtlsRole: DTLSSetupRole
    /// Every header extension in use on the transport; what a section may carry is in the section.
    public var extensions: ExtensionMap
    /// The sections on which the client sends.
    public var uplinks: [UplinkSection]
    /// The sections on which the client receives.
    public var downlinks: [DownlinkSection]
    /// The section that carries data channels, if one was accepted.
    public var dataChannel: DataSection?
    /// The section whose attributes describe the transport (RFC 9143 §7.3); `nil` if none was accepted.
    public var transportMID: String?
    /// What the offer asked for and did not get.
    public var refused: [Refusal]

    /// Makes a session from its parts.
    public init(
        localICE: ICECredentials,
        remoteICE: ICECredentials,
        iceRestarted: Bool = false,
        replacesTransport: Bool = false,
        usesRenomination: Bool = false,
        fingerprints: [CertificateFingerprint],
        dtlsRole: DTLSSetupRole = .server,
        extensions: ExtensionMap = ExtensionMap(),
        uplinks: [UplinkSection] = [],
        downlinks: [DownlinkSection] = [],
        dataChannel: DataSection? = nil,
        transportMID: String? = nil,
        refused: [Refusal] = []
    ) {
        self.localICE = localICE
        self.remoteICE = remoteICE
        self.iceRestarted = iceRestarted
        self.replacesTransport = replacesTransport
        self.usesRenomination = usesRenomination
        self.fingerprints = fingerprints
        self.dtlsRole = dtlsRole
        self.extensions = extensions
        self.uplinks = uplinks
        self.downlinks = downlinks
        self.dataChannel = dataChannel
        self.transportMID = transportMID
        self.refused = refused
    }
}

/// A side's part in the DTLS handshake (RFC 8842 §5).
public enum DTLSSetupRole: Sendable, Equatable {
    /// Waits for the client's hello (`passive`): chooses the SRTP profile.
    case server
    /// Sends the hello (`active`).
    case client
}
