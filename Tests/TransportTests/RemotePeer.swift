import Ciphers
import DTLS
import ICE
import STUN
import Transport
import Wire

/// The browser's end of one transport: it checks paths and does its half of the DTLS handshake.
final class RemotePeer {
    let certificate: Certificate
    let association: DTLSAssociation
    let credentials = ICECredentials(usernameFragment: "clnt", password: "clientpasswordclientpass")
    /// The keys, once its half is done.
    private(set) var keys: SRTPKeyingMaterial?
    private(set) var failure: DTLSFailure?
    private(set) var isClosed = false

    static let server = ICECredentials(usernameFragment: "00serverAA", password: "serverpasswordserverpass")

    /// The same browser's next transport: another association with the same certificate.
    func nextTransport(expecting server: Certificate) throws -> RemotePeer {
        try RemotePeer(expecting: server, certificate: certificate)
    }

    init(_ role: DTLSRole = .client, expecting server: Certificate, certificate known: Certificate? = nil) throws {
        certificate =
            try known ?? .selfSigned(commonName: "browser", validDays: 1, dnsNames: [], addresses: [])
        association = try DTLSAssociation(
            context: DTLSContext(certificate: certificate),
            role: role,
            expectedFingerprints: [server.fingerprint],
            at: .zero
        )
    }

    /// A check that nominates its path.
    func check(password: String = RemotePeer.server.password, nominates: Bool = true) -> [UInt8] {
        var builder = STUNBuilder(
            method: .binding,
            messageClass: .request,
            transactionID: STUNTransactionID(high: 1, low: 2)
        )
        builder.add(username: "\(Self.server.usernameFragment):\(credentials.usernameFragment)")
        builder.add(iceControlling: 1)
        builder.add(priority: 100)
        if nominates { builder.addUseCandidate() }
        return builder.finish(integrityKey: Array(password.utf8), fingerprint: true)
    }

    /// Carries DTLS in both directions until neither side has anything to say.
    func exchange(with transport: PeerTransport, on path: NetworkPath) {
        for _ in 0..<100 {
            var isQuiet = true
            while let datagram = association.pollTransmit() {
                isQuiet = false
                _ = transport.handleDTLS(datagram.span, on: path, at: .zero)
            }
            while let transmit = transport.pollTransmit() {
                isQuiet = false
                if transmit.bytes.first.map({ (20...63).contains($0) }) == true {
                    association.handle(transmit.bytes.span, at: .zero)
                }
            }
            if isQuiet { break }
        }
        while let event = association.pollEvent() {
            switch event {
            case .connected(let keys, _): self.keys = keys
            case .failed(let failure): self.failure = failure
            case .closed: isClosed = true
            }
        }
    }
}

extension Certificate {
    var fingerprint: CertificateFingerprint {
        CertificateFingerprint(algorithm: "sha-256", bytes: fingerprintSHA256)
    }
}

extension PeerTransport {
    /// Hands the transport a STUN datagram.
    func receiveSTUN(_ bytes: [UInt8], on path: NetworkPath, at now: Timestamp = .zero) throws -> CheckOutcome
    {
        handleSTUN(try STUNMessage(parsing: bytes.span), bytes: bytes.span, on: path, at: now)
    }

    func drainEvents() -> [Event] {
        var events: [Event] = []
        while let event = pollEvent() { events.append(event) }
        return events
    }
}
