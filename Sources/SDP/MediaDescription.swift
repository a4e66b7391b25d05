public import Wire

/// A media section: an `m=` line and what follows it up to the next (RFC 8866 §5.14).
public struct MediaDescription: Sendable, Equatable {
    /// The media type as written: `audio`, `video`, `application`.
    public var kind: String
    /// The port; zero refuses the section, or says it is stopped, unless it is bundle-only (RFC 9143 §6).
    public var port: UInt16
    /// What stands after the port and a slash, digits; WebRTC does not use it.
    public var portCount: String?
    /// The transport, `UDP/TLS/RTP/SAVPF` for example.
    public var transport: String
    /// The formats: payload types for RTP, a name for data channels.
    public var formats: [String]
    /// Lines other than `m=` and `a=`, in order.
    public var lines: [SessionDescription.Line]
    /// The attributes, in order.
    public var attributes: AttributeList

    /// Makes a section.
    public init(
        kind: String,
        port: UInt16,
        transport: String,
        formats: [String],
        lines: [SessionDescription.Line] = [],
        attributes: AttributeList = []
    ) {
        self.kind = kind
        self.port = port
        self.transport = transport
        self.formats = formats
        self.lines = lines
        self.attributes = attributes
    }

    /// Reads the value of an `m=` line.
    init?(value: String) {
        let fields = value.fields()
        guard fields.count >= 4 else { return nil }
        let portFields = fields[1].fields(separatedBy: "/")
        guard portFields.count <= 2, let first = portFields.first, let port = UInt16(decimal: first) else {
            return nil
        }
        self.init(
            kind: String(fields[0]),
            port: port,
            transport: String(fields[2]),
            formats: fields.dropFirst(3).map(String.init)
        )
        if portFields.count == 2 { portCount = String(portFields[1]) }
    }

    /// What stands after `m=`.
    var value: String {
        let count = portCount.map { "/\($0)" } ?? ""
        return "\(kind) \(port)\(count) \(transport) \(formats.joined(separator: " "))"
    }

    /// The section's identification tag (RFC 5888 §4).
    public var mid: String? { attributes["mid"] }

    /// Whether the section is refused or stopped: port zero and not bundle-only (RFC 9143 §6, RFC 9429
    /// §5.2.2).
    public var isRejected: Bool { port == 0 && !attributes.contains("bundle-only") }

    /// The formats that are payload types, in order of preference.
    public var payloadTypes: [PayloadType] { formats.compactMap { PayloadType(sdp: Substring($0)) } }

    /// Whether the formats are payload types.
    public var isRTP: Bool { transport.hasSuffix("RTP/SAVPF") || transport.hasSuffix("RTP/SAVP") }
}

extension PayloadType {
    /// Reads a payload type; `nil` for what is above 127 or no number.
    init?(sdp text: Substring) {
        guard let value = UInt8(decimal: text), value <= 127 else { return nil }
        self.init(value)
    }
}
