import Ciphers
import ICE
import SDP

/// The client's end of the transport, as an offer tells it.
///
/// With BUNDLE all sections share one transport, and the first section of the group describes it (RFC 9143
/// §7.2). Some clients write the attributes at session level, or leave them out of a first section that is a
/// data channel: then the session and after it the other sections are asked.
struct OfferedTransport: Equatable, Sendable {
    var ice: ICECredentials
    var usesRenomination: Bool
    var fingerprints: [CertificateFingerprint]
    var setup: DTLSSetup

    /// Reads the transport of an offer's live, bundled sections.
    init(offer: SessionDescription, bundled: [MediaDescription]) throws(NegotiationError) {
        guard !offer.isICELite else { throw .remoteIsLite }
        let levels =
            bundled.prefix(1).map(\.attributes) + [offer.attributes] + bundled.dropFirst().map(\.attributes)
        guard let fragment = levels.firstValue(\.iceUsernameFragment),
            let password = levels.firstValue(\.icePassword)
        else { throw .noICECredentials }
        guard Self.isUsable(fragment, 4...256), Self.isUsable(password, 22...256) else {
            throw .unusableICECredentials
        }
        ice = ICECredentials(usernameFragment: fragment, password: password)
        usesRenomination = levels.contains { $0.iceOptions.contains("renomination") }
        fingerprints =
            levels.firstValue { level in
                let usable = level.fingerprints.compactMap { CertificateFingerprint(sdpValue: $0) }.filter(
                    \.isStrong
                )
                return usable.isEmpty ? nil : usable
            } ?? []
        guard !fingerprints.isEmpty else { throw .noFingerprint }
        // An offer without the attribute means active (RFC 4145 §4.1); for us that is the same as actpass.
        setup = levels.firstValue { $0.first(DTLSSetup.self) } ?? .active
    }

    /// The lengths of RFC 8839 §5.4.
    ///
    /// The characters are not checked beyond that: they are only compared and sent back.
    private static func isUsable(_ text: String, _ length: ClosedRange<Int>) -> Bool {
        length.contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

extension [AttributeList] {
    fileprivate func firstValue<Value>(_ read: (AttributeList) -> Value?) -> Value? {
        for level in self {
            if let value = read(level) { return value }
        }
        return nil
    }
}

/// The transport that offers and answers have agreed on so far.
struct EstablishedTransport: Equatable, Sendable {
    var localICE: ICECredentials
    var remoteICE: ICECredentials
    var usesRenomination: Bool
    var fingerprints: [CertificateFingerprint]
    var role: DTLSSetupRole
    /// Whether the last offer began a new ICE session in place of an older one.
    var iceRestarted: Bool

    /// Agrees on the first offer's transport: passive wherever the client lets us, since the DTLS server
    /// chooses the SRTP profile (RFC 5764 §4.1.2).
    init(first offered: OfferedTransport, local: ICECredentials) throws(NegotiationError) {
        switch offered.setup {
        case .actpass, .active: role = .server
        case .passive: role = .client
        case .holdconn: throw .unusableSetup
        }
        localICE = local
        remoteICE = offered.ice
        usesRenomination = offered.usesRenomination
        fingerprints = offered.fingerprints
        iceRestarted = false
    }

    /// Takes up a later offer: changed credentials restart ICE (RFC 8839 §4.4.1.1.1), DTLS stays as it is.
    mutating func update(_ offered: OfferedTransport, local: ICECredentials) throws(NegotiationError) {
        guard Set(offered.fingerprints) == Set(fingerprints) else { throw .fingerprintChanged }
        switch (offered.setup, role) {
        case (.actpass, _), (.active, .server), (.passive, .client): break
        case (.holdconn, _): throw .unusableSetup
        case (.active, .client), (.passive, .server): throw .roleChanged
        }
        iceRestarted = offered.ice != remoteICE
        if iceRestarted {
            // Both sides have to change theirs (RFC 8839 §4.4.3.2).
            guard local.usernameFragment != localICE.usernameFragment else { throw .credentialsInUse }
            localICE = local
        }
        remoteICE = offered.ice
        usesRenomination = offered.usesRenomination
    }
}
