import Wire

/// Why a line is not a candidate.
public enum ICECandidateError: Error, Equatable, Sendable {
    /// Longer than 1024 bytes, far above anything that a browser writes.
    case tooLong(Int)
    /// A character that is no visible ASCII and no single blank between two fields.
    case badCharacter
    /// A field that every candidate has is not there.
    case missing(Field)
    /// A field does not obey its grammar.
    case malformed(Field)
    /// A name at the end without a value.
    case extensionWithoutValue

    /// A part of the candidate attribute, RFC 8839 §5.1.
    public enum Field: String, Sendable {
        case foundation, component, transport, priority, address, port, kind, relatedAddress, relatedPort,
            tcpType
    }
}

/// Reading and writing.
///
///     candidate:foundation component transport priority address port typ kind
///               [raddr address] [rport port] *(name value)
///
/// RFC 8839 §5.1.
extension ICECandidate {
    private static let longestLine = 1024

    /// Reads the attribute's value, with or without `candidate:` before it; no `a=`, no end of line.
    /// - Throws: `ICECandidateError`.
    public init(parsing line: some StringProtocol) throws(ICECandidateError) {
        guard line.utf8.count <= Self.longestLine else { throw .tooLong(line.utf8.count) }
        guard line.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .badCharacter }
        var text = String(line)
        if text.hasPrefix("candidate:") { text.removeFirst("candidate:".utf8.count) }
        // Two blanks in a row stand around an empty value, so empty fields are kept.
        var fields = text.split(separator: " ", omittingEmptySubsequences: false)[...]
        func next(_ field: ICECandidateError.Field) throws(ICECandidateError) -> Substring {
            guard let first = fields.popFirst() else { throw .missing(field) }
            guard !first.isEmpty else { throw .malformed(field) }
            return first
        }

        let foundation = String(try next(.foundation))
        guard foundation.utf8.count <= 32, foundation.utf8.allSatisfy(ICECharacter.contains) else {
            throw .malformed(.foundation)
        }
        guard let component = Self.number(try next(.component), digits: 3), (1...256).contains(component)
        else {
            throw .malformed(.component)
        }
        let transport = Transport(token: try next(.transport))
        guard let priority = Self.number(try next(.priority), digits: 10),
            let priority = UInt32(exactly: priority)
        else { throw .malformed(.priority) }
        guard let host = Host(text: try next(.address)) else { throw .malformed(.address) }
        guard let port = Self.port(try next(.port)) else { throw .malformed(.port) }
        guard try next(.kind) == "typ" else { throw .malformed(.kind) }
        let kind = Kind(token: try next(.kind))

        self.init(
            foundation: foundation,
            component: component,
            transport: transport,
            priority: priority,
            host: host,
            port: port,
            kind: kind
        )
        try readExtensions(fields)
    }

    private mutating func readExtensions(_ fields: ArraySlice<Substring>) throws(ICECandidateError) {
        var fields = fields
        while let name = fields.popFirst() {
            guard let value = fields.popFirst(), !name.isEmpty else { throw .extensionWithoutValue }
            switch name {
            case "raddr" where relatedHost == nil:
                guard let host = Host(text: value) else { throw .malformed(.relatedAddress) }
                relatedHost = host
            case "rport" where relatedPort == nil:
                guard let port = Self.port(value) else { throw .malformed(.relatedPort) }
                relatedPort = port
            case "tcptype" where tcpType == nil:
                guard let type = TCPType(rawValue: value.lowercased()) else { throw .malformed(.tcpType) }
                tcpType = type
            default:
                extensions.append(Extension(name: String(name), value: String(value)))
            }
        }
    }

    /// The attribute's value as it stands behind `a=candidate:`.
    public var value: String {
        var text =
            "\(foundation) \(component) \(transport.token) \(priority) \(host) \(port) typ \(kind.token)"
        if let relatedHost { text += " raddr \(relatedHost)" }
        if let relatedPort { text += " rport \(relatedPort)" }
        if let tcpType { text += " tcptype \(tcpType.rawValue)" }
        for pair in extensions { text += " \(pair.name) \(pair.value)" }
        return text
    }

    private static func port(_ text: Substring) -> UInt16? {
        number(text, digits: 5).flatMap { UInt16(exactly: $0) }
    }

    /// A number of at most `digits` digits, which is less than 2³⁴ for the ten that are the most here.
    private static func number(_ text: Substring, digits: Int) -> Int? {
        guard (1...digits).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            return nil
        }
        return Int(text)
    }
}

extension ICECandidate: CustomStringConvertible {
    /// The form of `RTCIceCandidate.candidate`: `candidate:` and the value.
    public var description: String { "candidate:" + value }
}

extension ICECandidate.Host: CustomStringConvertible {
    /// Takes IP literals and names of letters, digits, `-`, `_` and dots, 253 bytes at most.
    init?(text: Substring) {
        if let ip = IPAddress(String(text)) {
            self = .address(ip)
            return
        }
        let isName = text.utf8.allSatisfy { byte in
            ICECharacter.contains(byte) && byte != UInt8(ascii: "+") && byte != UInt8(ascii: "/")
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        }
        // A name without a letter is an address gone wrong.
        guard isName, (1...253).contains(text.utf8.count), text.utf8.contains(where: { $0 >= 0x41 }) else {
            return nil
        }
        self = .name(String(text))
    }

    /// The address or the name.
    public var description: String {
        switch self {
        case .address(let ip): ip.description
        case .name(let name): name
        }
    }
}

extension ICECandidate.Transport {
    init(token: Substring) {
        switch token.lowercased() {
        case "udp": self = .udp
        case "tcp": self = .tcp
        default: self = .other(String(token))
        }
    }

    var token: String {
        switch self {
        case .udp: "udp"
        case .tcp: "tcp"
        case .other(let token): token
        }
    }
}

extension ICECandidate.Kind {
    init(token: Substring) {
        switch token {
        case "host": self = .host
        case "srflx": self = .serverReflexive
        case "prflx": self = .peerReflexive
        case "relay": self = .relayed
        default: self = .other(String(token))
        }
    }

    var token: String {
        switch self {
        case .host: "host"
        case .serverReflexive: "srflx"
        case .peerReflexive: "prflx"
        case .relayed: "relay"
        case .other(let token): token
        }
    }
}
