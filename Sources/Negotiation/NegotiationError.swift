public import SDP

/// Why an offer cannot be answered at all; nothing of the session has changed then.
public enum NegotiationError: Error, Equatable, Sendable {
    /// The text is not a session description.
    case malformed(SDPError)
    /// The offer has no media section.
    case noSections
    /// The offer has more sections than a session may have.
    case tooManySections(count: Int, limit: Int)
    /// Sections of the offer before are missing.
    case sectionsVanished(expected: Int, found: Int)
    /// A section that is in use has become another one.
    case sectionReplaced(index: Int, mid: String)
    /// Two sections have the same identification tag.
    case duplicateMID(String)
    /// No BUNDLE group.
    case noBundle
    /// No ICE user name fragment or password.
    case noICECredentials
    /// ICE credentials of a forbidden length.
    case unusableICECredentials
    /// The client is ICE-lite, as the server is: nobody would begin.
    case remoteIsLite
    /// No fingerprint with a strong hash function: SHA-256, SHA-384 or SHA-512.
    case noFingerprint
    /// Another certificate than before.
    case fingerprintChanged
    /// A DTLS setup that leaves no part for the server.
    case unusableSetup
    /// The DTLS roles were settled, and the offer wants them the other way round.
    case roleChanged
    /// An ICE restart, and the server's credentials given for it are those in use.
    case credentialsInUse
}

extension NegotiationError {
    /// A name for programs, stable over versions.
    public var code: String {
        switch self {
        case .malformed: "malformed-offer"
        case .noSections: "no-sections"
        case .tooManySections: "too-many-sections"
        case .sectionsVanished: "sections-vanished"
        case .sectionReplaced: "section-replaced"
        case .duplicateMID: "duplicate-mid"
        case .noBundle: "no-bundle"
        case .noICECredentials: "no-ice-credentials"
        case .unusableICECredentials: "unusable-ice-credentials"
        case .remoteIsLite: "remote-is-lite"
        case .noFingerprint: "no-fingerprint"
        case .fingerprintChanged: "fingerprint-changed"
        case .unusableSetup: "unusable-setup"
        case .roleChanged: "role-changed"
        case .credentialsInUse: "credentials-in-use"
        }
    }
}

extension NegotiationError: CustomStringConvertible {
    /// What is wrong, and what to do, in a sentence or two.
    public var description: String {
        switch self {
        case .malformed(let error): "The offer cannot be read. \(error)"
        case .noSections: "The offer has no media section; add a transceiver before making it."
        case .tooManySections(let count, let limit):
            "The offer has \(count) media sections; \(limit) are allowed. Reuse stopped ones."
        case .sectionsVanished(let expected, let found):
            "The offer has \(found) media sections and the one before had \(expected). Stop transceivers instead "
                + "of removing sections, and send offers in the order in which they were made."
        case .sectionReplaced(let index, let mid):
            "Section \(index) was \"\(mid)\", is in use, and has become another one. Stop it first, or make a "
                + "new peer connection."
        case .duplicateMID(let mid): "Two media sections have the a=mid \"\(mid)\"; each needs its own."
        case .noBundle: "The offer has no a=group:BUNDLE; use bundlePolicy \"max-bundle\"."
        case .noICECredentials: "The offer lacks a=ice-ufrag or a=ice-pwd in its first bundled section."
        case .unusableICECredentials:
            "The offer's ICE credentials are not 4 to 256 and 22 to 256 characters without spaces."
        case .remoteIsLite:
            "The offer says a=ice-lite, and so does this server; one side has to be a full ICE agent."
        case .noFingerprint: "The offer lacks an a=fingerprint with a strong hash function; use sha-256."
        case .fingerprintChanged:
            "The offer's certificate is not the one before; make a new peer connection and join again."
        case .unusableSetup: "The offer's a=setup cannot be answered; use actpass."
        case .roleChanged: "The offer's a=setup wants other DTLS roles than were agreed on; use actpass."
        case .credentialsInUse:
            "The offer restarts ICE, and the server has no new credentials for it; try again."
        }
    }
}
