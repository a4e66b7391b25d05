public import Ciphers

/// How far an association has come.
public enum DTLSState: Sendable, Equatable {
    /// Hellos, certificates and keys are being exchanged.
    case handshaking
    /// Keys are there.
    case connected
    /// One side said goodbye.
    case closed
    /// It broke; the event said why.
    case failed
}

/// What happened to an association.
public enum DTLSEvent: Sendable, Equatable {
    /// The handshake is done and the peer's certificate is the announced one. The text names the cipher
    /// suite.
    case connected(SRTPKeyingMaterial, cipher: String)
    /// The peer said goodbye.
    case closed
    /// It is over.
    case failed(DTLSFailure)
}
