public import Ciphers
public import ICE

/// The server's end of a transport, as an answer tells it.
public struct LocalTransportDescription: Sendable {
    /// ICE credentials for the case that the offer begins an ICE session: the first offer, or an ICE restart.
    ///
    /// Any other answer repeats the credentials in use, so passing fresh ones each time is right.
    /// `NegotiatedSession` says which ones the answer carries.
    public var ice: ICECredentials
    /// The fingerprint of the server's DTLS certificate.
    public var fingerprint: CertificateFingerprint
    /// All candidates there will ever be, best first.
    public var candidates: [ICECandidate]

    /// Makes a description from its parts.
    public init(ice: ICECredentials, fingerprint: CertificateFingerprint, candidates: [ICECandidate]) {
        self.ice = ice
        self.fingerprint = fingerprint
        self.candidates = candidates
    }
}
