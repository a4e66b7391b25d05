import SDP

/// The section of an offer that carries data channels (RFC 8841).
public struct DataSection: Sendable, Equatable {
    /// The section's identification tag.
    public var mid: String
    /// The client's SCTP port.
    public var port: UInt16
    /// The largest message the client takes, bytes; `nil` for any size.
    public var maxMessageSize: Int?

    /// Makes a section from its parts.
    public init(mid: String, port: UInt16 = 5_000, maxMessageSize: Int? = 65_536) {
        self.mid = mid
        self.port = port
        self.maxMessageSize = maxMessageSize
    }

    /// The SCTP port that answers announce.
    static let serverPort: UInt16 = 5_000

    /// Reads a section that is not stopped.
    /// - Throws: the reason to refuse it.
    init(_ section: MediaDescription, bundle: [String]) throws(Refusal.Reason) {
        switch section.transport {
        case "UDP/DTLS/SCTP", "TCP/DTLS/SCTP": break
        // With the port for a format and a=sctpmap, as drafts before RFC 8841 had it.
        case "DTLS/SCTP": throw .oldDataChannel
        default: throw .unknownTransport(section.transport)
        }
        guard section.formats == ["webrtc-datachannel"] else {
            throw .unknownMedia(section.formats.joined(separator: " "))
        }
        guard let mid = section.mid, mid.isSDPToken, mid.utf8.count <= 16 else { throw .unusableMID }
        guard bundle.contains(mid) else { throw .notBundled }
        // Without the attribute there is no association (RFC 8841 §5.2), and 0 means the same.
        guard let port = section.attributes["sctp-port"].flatMap({ UInt16($0) }), port != 0 else { throw .noSCTPPort }
        self.mid = mid
        self.port = port
        // RFC 8841 §6.1: 65,536 where it is missing, any size where it is zero.
        let size = section.attributes["max-message-size"].flatMap { UInt64($0) } ?? 65_536
        maxMessageSize = size == 0 ? nil : Int(clamping: size)
    }
}
