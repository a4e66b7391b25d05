public import Wire

/// `a=ssrc`: something said about one synchronisation source (RFC 5576 §4.1).
public struct SourceAttribute: TypedAttribute, Sendable, Equatable {
    /// The name before the colon.
    public static let attributeName = "ssrc"
    /// The source.
    public var ssrc: SSRC
    /// What is said: `cname`, `msid`.
    public var name: String
    /// Its value, if it has one.
    public var value: String?

    /// Makes a source attribute.
    public init(ssrc: SSRC, name: String, value: String? = nil) {
        self.ssrc = ssrc
        self.name = name
        self.value = value
    }

    /// Reads a value; `nil` if it does not fit the grammar.
    public init?(attributeValue: String) {
        let fields = attributeValue.fields(maxSplits: 1)
        guard let first = fields.first, let number = UInt32(decimal: first) else { return nil }
        // A source without any attribute is against the grammar, but what it says is clear.
        let attribute = Attribute(line: fields.count == 2 ? String(fields[1]) : "")
        self.init(ssrc: SSRC(number), name: attribute.name, value: attribute.value)
    }

    /// The value as it is written.
    public var attributeValue: String { "\(ssrc) \(name)" + (value.map { ":\($0)" } ?? "") }
}

/// `a=ssrc-group`: sources that belong together (RFC 5576 §4.2).
public struct SourceGroup: TypedAttribute, Sendable, Equatable {
    /// The name before the colon.
    public static let attributeName = "ssrc-group"
    /// How they belong together: `FID` a stream and its retransmissions (RFC 4588 §8.6), `SIM` simulcast
    /// layers.
    public var semantics: String
    /// The sources, in order.
    public var ssrcs: [SSRC]

    /// Makes a group.
    public init(semantics: String, ssrcs: [SSRC]) {
        self.semantics = semantics
        self.ssrcs = ssrcs
    }

    /// Reads a value; `nil` if it does not fit the grammar.
    public init?(attributeValue: String) {
        let fields = attributeValue.fields()
        guard let first = fields.first else { return nil }
        semantics = String(first)
        ssrcs = []
        for field in fields.dropFirst() {
            guard let number = UInt32(decimal: field) else { return nil }
            ssrcs.append(SSRC(number))
        }
    }

    /// The value as it is written.
    public var attributeValue: String { ([semantics] + ssrcs.map(\.description)).joined(separator: " ") }
}

/// `a=msid`: the stream and the track that a section's media belong to (RFC 8830 §2).
public struct MediaStreamID: TypedAttribute, Sendable, Equatable {
    /// The name before the colon.
    public static let attributeName = "msid"
    /// The stream's identifier; `-` says that the track belongs to none.
    public var stream: String
    /// The track's identifier.
    public var track: String?

    /// Makes an identifier from its two parts.
    public init(stream: String, track: String? = nil) {
        self.stream = stream
        self.track = track
    }

    /// Reads a value; `nil` if it does not fit the grammar.
    public init?(attributeValue: String) {
        let fields = attributeValue.fields()
        guard let first = fields.first else { return nil }
        stream = String(first)
        if fields.count > 1 { track = String(fields[1]) }
    }

    /// The value as it is written.
    public var attributeValue: String { stream + (track.map { " \($0)" } ?? "") }
}
