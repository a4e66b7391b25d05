public import Wire

/// `a=rtpmap`: what a payload type stands for (RFC 8866 §6.6).
public struct RTPMap: TypedAttribute, Sendable, Equatable {
    /// The name before the colon.
    public static let attributeName = "rtpmap"
    /// The number on the wire.
    public var payloadType: PayloadType
    /// The encoding's name as written; names ignore case.
    public var encoding: String
    /// The RTP clock in hertz.
    public var clockRate: UInt32
    /// The number of audio channels; 1 where nothing is written.
    public var channels: UInt8
    /// Whether the channels are written though there is only one.
    private var hasChannels: Bool

    /// Makes a mapping; one channel is not written.
    public init(payloadType: PayloadType, encoding: String, clockRate: UInt32, channels: UInt8 = 1) {
        self.payloadType = payloadType
        self.encoding = encoding
        self.clockRate = clockRate
        self.channels = channels
        hasChannels = channels > 1
    }

    /// Reads a value; `nil` if it does not fit the grammar.
    public init?(attributeValue: String) {
        let fields = attributeValue.fields()
        guard fields.count == 2, let payloadType = PayloadType(sdp: fields[0]) else { return nil }
        let parts = fields[1].fields(separatedBy: "/")
        guard parts.count == 2 || parts.count == 3, let clock = UInt32(decimal: parts[1]) else { return nil }
        self.init(payloadType: payloadType, encoding: String(parts[0]), clockRate: clock)
        if parts.count == 3 {
            guard let count = UInt8(decimal: parts[2]) else { return nil }
            channels = count
            hasChannels = true
        }
    }

    /// The value as it is written.
    public var attributeValue: String {
        "\(payloadType) \(encoding)/\(clockRate)" + (hasChannels ? "/\(channels)" : "")
    }
}

/// `a=fmtp`: the parameters of a payload type (RFC 8866 §6.15).
public struct FormatParameters: TypedAttribute, Sendable, Equatable {
    /// The name before the colon.
    public static let attributeName = "fmtp"
    /// The payload type they belong to.
    public var payloadType: PayloadType
    /// The parameters as written.
    public var text: String

    /// Makes parameters from their text.
    public init(payloadType: PayloadType, text: String) {
        self.payloadType = payloadType
        self.text = text
    }

    /// Reads a value; `nil` if it does not fit the grammar.
    public init?(attributeValue: String) {
        let fields = attributeValue.fields(maxSplits: 1)
        guard fields.count == 2, let payloadType = PayloadType(sdp: fields[0]) else { return nil }
        self.init(payloadType: payloadType, text: String(fields[1].trimmed))
    }

    /// The value as it is written.
    public var attributeValue: String { "\(payloadType) \(text)" }

    /// The value of a parameter of the usual form `name=value;name=value`; names ignore case.
    public subscript(name: String) -> String? {
        for part in text.fields(separatedBy: ";") {
            let pair = part.trimmed.fields(separatedBy: "=", maxSplits: 1)
            if pair.count == 2, pair[0].trimmed.asciiLowercased == name { return String(pair[1].trimmed) }
        }
        return nil
    }
}

/// `a=rtcp-fb`: a kind of feedback that may be sent (RFC 4585 §4.2).
public struct RTCPFeedback: TypedAttribute, Sendable, Equatable {
    /// The name before the colon.
    public static let attributeName = "rtcp-fb"
    /// The payload type it is for; `nil` for all (`*`).
    public var payloadType: PayloadType?
    /// The kind and its parameters, one space between them: `nack pli` for example.
    public var kind: String

    /// Makes a feedback line.
    public init(payloadType: PayloadType?, kind: String) {
        self.payloadType = payloadType
        self.kind = kind
    }

    /// Reads a value; `nil` if it does not fit the grammar.
    public init?(attributeValue: String) {
        let fields = attributeValue.fields()
        guard fields.count >= 2 else { return nil }
        if fields[0] != "*" {
            guard let parsed = PayloadType(sdp: fields[0]) else { return nil }
            payloadType = parsed
        }
        kind = fields.dropFirst().joined(separator: " ")
    }

    /// The value as it is written.
    public var attributeValue: String { "\(payloadType.map(\.description) ?? "*") \(kind)" }
}
