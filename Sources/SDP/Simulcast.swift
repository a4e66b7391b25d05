public import Wire

/// `a=rid`: a name for one stream of a section, with the restrictions it keeps (RFC 8851 §10).
public struct RestrictionIdentifier: TypedAttribute, Sendable, Equatable {
    /// The name before the colon.
    public static let attributeName = "rid"
    /// Which way the stream flows, seen by the writer.
    public enum Direction: String, Sendable { case send, recv }

    /// The name.
    public var id: String
    /// Which way the stream flows.
    public var direction: Direction
    /// The restrictions as written: `pt=96,97;max-width=1280`.
    public var restrictions: String?

    /// Makes an identifier.
    public init(id: String, direction: Direction, restrictions: String? = nil) {
        self.id = id
        self.direction = direction
        self.restrictions = restrictions
    }

    /// Reads a value; `nil` if it does not fit the grammar.
    public init?(attributeValue: String) {
        let fields = attributeValue.fields(maxSplits: 2)
        guard fields.count >= 2, Self.isName(fields[0]),
            let direction = Direction(rawValue: String(fields[1]))
        else {
            return nil
        }
        self.init(id: String(fields[0]), direction: direction)
        if fields.count == 3 { restrictions = String(fields[2]) }
    }

    /// The value as it is written.
    public var attributeValue: String {
        "\(id) \(direction.rawValue)" + (restrictions.map { " \($0)" } ?? "")
    }

    /// The payload types that the stream is restricted to; `nil` if all will do.
    public var payloadTypes: [PayloadType]? {
        for part in restrictions?.fields(separatedBy: ";") ?? [] {
            let pair = part.trimmed.fields(separatedBy: "=", maxSplits: 1)
            if pair.count == 2, pair[0] == "pt" {
                return pair[1].fields(separatedBy: ",").compactMap { PayloadType(sdp: $0.trimmed) }
            }
        }
        return nil
    }

    /// Whether a text can name a stream: letters, digits, `-` and `_` (RFC 8851 §10).
    static func isName(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
                default: false
                }
            }
    }
}

/// `a=simulcast`: the streams of one source that a section carries side by side (RFC 8853 §5.1).
public struct SimulcastDescription: TypedAttribute, Sendable, Equatable {
    /// The name before the colon.
    public static let attributeName = "simulcast"

    /// One way to send a stream.
    public struct Alternative: Sendable, Equatable {
        /// The restriction identifier.
        public var rid: String
        /// Whether it starts paused (`~`).
        public var isPaused: Bool
        /// Makes an alternative.
        public init(rid: String, isPaused: Bool = false) {
            self.rid = rid
            self.isPaused = isPaused
        }
    }

    /// The streams sent; each is a choice of alternatives, the preferred one first.
    public var send: [[Alternative]]
    /// The streams received.
    public var receive: [[Alternative]]

    /// Makes a description.
    public init(send: [[Alternative]] = [], receive: [[Alternative]] = []) {
        self.send = send
        self.receive = receive
    }

    /// Reads a value; `nil` if it does not fit the grammar.
    public init?(attributeValue: String) {
        let fields = attributeValue.fields()
        guard fields.count == 2 || fields.count == 4 else { return nil }
        self.init()
        var seen: Set<RestrictionIdentifier.Direction> = []
        for index in stride(from: 0, to: fields.count, by: 2) {
            guard let direction = RestrictionIdentifier.Direction(rawValue: String(fields[index])),
                seen.insert(direction).inserted, let streams = Self.parse(fields[index + 1])
            else { return nil }
            switch direction {
            case .send: send = streams
            case .recv: receive = streams
            }
        }
    }

    private static func parse(_ text: Substring) -> [[Alternative]]? {
        var streams: [[Alternative]] = []
        for stream in text.fields(separatedBy: ";") {
            var alternatives: [Alternative] = []
            for choice in stream.fields(separatedBy: ",") {
                let isPaused = choice.utf8.first == UInt8(ascii: "~")
                let name = isPaused ? choice.dropFirst() : choice
                guard RestrictionIdentifier.isName(name) else { return nil }
                alternatives.append(Alternative(rid: String(name), isPaused: isPaused))
            }
            streams.append(alternatives)
        }
        return streams
    }

    /// The value as it is written.
    public var attributeValue: String {
        var parts: [String] = []
        for (word, streams) in [("send", send), ("recv", receive)] where !streams.isEmpty {
            let list = streams.map { $0.map { ($0.isPaused ? "~" : "") + $0.rid }.joined(separator: ",") }
            parts.append("\(word) \(list.joined(separator: ";"))")
        }
        return parts.joined(separator: " ")
    }
}
