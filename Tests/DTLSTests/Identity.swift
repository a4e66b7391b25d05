import Ciphers
import DTLS

/// A certificate and a context for it; making keys takes a while, so tests share a few.
struct Identity {
    let certificate: Certificate
    let context: DTLSContext

    static let server = make()
    static let client = make()
    static let stranger = make()

    /// The same certificate with other profiles.
    func offering(_ profiles: [SRTPProtectionProfile]) throws -> Identity {
        Identity(
            certificate: certificate,
            context: try DTLSContext(certificate: certificate, profiles: profiles)
        )
    }

    private init(certificate: Certificate, context: DTLSContext) {
        self.certificate = certificate
        self.context = context
    }

    private static func make() -> Identity {
        do {
            let certificate = try Certificate.selfSigned(
                commonName: "test",
                validDays: 1,
                dnsNames: [],
                addresses: []
            )
            return Identity(certificate: certificate, context: try DTLSContext(certificate: certificate))
        } catch {
            fatalError("no identity: \(error)")
        }
    }
}
