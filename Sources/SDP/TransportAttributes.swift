/// `a=setup`: which side begins the DTLS handshake (RFC 4145 §4, RFC 8842 §5).
public enum DTLSSetup: String, Sendable, TypedAttribute {
    case active, passive, actpass, holdconn

    /// The name before the colon.
    public static let attributeName = "setup"
    /// Reads a value; `nil` if it does not fit the grammar.
    public init?(attributeValue: String) { self.init(rawValue: attributeValue.trimmed.asciiLowercased) }
    /// The value as it is written.
    public var attributeValue: String { rawValue }
}

/// `a=group`: sections that belong together (RFC 5888 §5).
public struct SectionGroup: TypedAttribute, Sendable, Equatable {
    /// The name before the colon.
    public static let attributeName = "group"
    /// How they belong together: `BUNDLE` for one transport (RFC 9143).
    public var semantics: String
    /// Their identification tags, in order.
    public var mids: [String]

    /// Makes a group.
    public init(semantics: String, mids: [String]) {
        self.semantics = semantics
        self.mids = mids
    }

    /// Reads a value; `nil` if it does not fit the grammar.
    public init?(attributeValue: String) {
        let fields = attributeValue.fields()
        guard let first = fields.first else { return nil }
        semantics = String(first)
        mids = fields.dropFirst().map(String.init)
    }

    /// The value as it is written.
    public var attributeValue: String { ([semantics] + mids).joined(separator: " ") }
}

extension AttributeList {
    /// The ICE user name fragment written at this level (RFC 8839 §5.4).
    public var iceUsernameFragment: String? { self["ice-ufrag"] }

    /// The ICE password written at this level (RFC 8839 §5.4).
    public var icePassword: String? { self["ice-pwd"] }

    /// The ICE options written at this level (RFC 8839 §5.6): `trickle`, `renomination`.
    public var iceOptions: [String] { (self["ice-options"] ?? "").fields().map(String.init) }

    /// The values of all fingerprints at this level: hash and bytes (RFC 8122 §5).
    public var fingerprints: [String] { values("fingerprint") }

    /// The values of all candidates at this level (RFC 8839 §5.1), in order.
    public var candidates: [String] { values("candidate") }

    /// The port of the SCTP association (RFC 8841 §5).
    public var sctpPort: UInt16? { self["sctp-port"].flatMap { UInt16(decimal: $0.trimmed) } }

    /// The largest message that may be sent on a data channel, in bytes; 0 for no limit (RFC 8841 §6).
    public var maximumMessageSize: UInt64? {
        self["max-message-size"].flatMap { UInt64(decimal: $0.trimmed) }
    }
}

extension SessionDescription {
    /// The first BUNDLE group: the sections that share one transport (RFC 9143 §5).
    public var bundle: SectionGroup? { attributes.all(SectionGroup.self).first { $0.semantics == "BUNDLE" } }

    /// Whether the writer is an ICE-lite agent (RFC 8839 §5.3).
    public var isICELite: Bool { attributes.contains("ice-lite") }

    /// Whether one- and two-byte header extensions may be mixed in a section's packets (RFC 8285 §6).
    public func allowsMixedExtensions(in section: MediaDescription) -> Bool {
        attributes.contains("extmap-allow-mixed") || section.attributes.contains("extmap-allow-mixed")
    }
}
