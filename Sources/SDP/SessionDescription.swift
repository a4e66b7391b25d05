/// A session description: what one side of a connection says about it (RFC 8866 §5).
///
/// Every line is kept, known or not, so that text which was read can be written again. The order of lines
/// within a level is kept too, except that `a=` lines come last there, where the grammar wants them.
public struct SessionDescription: Sendable, Equatable {
    /// The `o=` line.
    public var origin: Origin
    /// The `s=` line; `-` says that there is no name.
    public var name: String
    /// Session-level lines other than `v=`, `o=`, `s=` and `a=`, in order.
    public var lines: [Line]
    /// Session-level attributes, in order.
    public var attributes: AttributeList
    /// The media sections, in order.
    public var media: [MediaDescription]

    /// Makes a description; `t=0 0`, a session without start and end, is what WebRTC uses (RFC 9429 §5.2.1).
    public init(
        origin: Origin,
        name: String = "-",
        lines: [Line] = [Line(type: "t", value: "0 0")],
        attributes: AttributeList = [],
        media: [MediaDescription] = []
    ) {
        self.origin = origin
        self.name = name
        self.lines = lines
        self.attributes = attributes
        self.media = media
    }

    /// A line that is not interpreted here.
    public struct Line: Sendable, Equatable {
        /// The letter before the equals sign.
        public var type: Unicode.Scalar
        /// What stands after it.
        public var value: String
        /// Makes a line from its two parts.
        public init(type: Unicode.Scalar, value: String) {
            self.type = type
            self.value = value
        }
    }

    /// The `o=` line: who made the description, and which version of it this is (RFC 8866 §5.2).
    ///
    /// The id stays text: the grammar sets no upper bound, and some senders use all 64 bits and more.
    public struct Origin: Sendable, Equatable {
        /// The user name; `-` says that there is none.
        public var username: String
        /// The session's identifier, digits.
        public var sessionID: String
        /// The version, digits; counts up with each new description.
        public var version: String
        /// `IN`.
        public var networkType: String
        /// `IP4` or `IP6`.
        public var addressType: String
        /// An address; says nothing in WebRTC.
        public var address: String

        /// Makes an origin as RFC 9429 §5.2.1 wants it: no name and no address of meaning.
        public init(sessionID: UInt64, version: UInt64) {
            username = "-"
            self.sessionID = String(sessionID)
            self.version = String(version)
            networkType = "IN"
            addressType = "IP4"
            address = "127.0.0.1"
        }

        /// Reads the value of an `o=` line.
        init?(value: String) {
            let fields = value.fields()
            guard fields.count == 6 else { return nil }
            username = String(fields[0])
            sessionID = String(fields[1])
            version = String(fields[2])
            networkType = String(fields[3])
            addressType = String(fields[4])
            address = String(fields[5])
        }

        var value: String { "\(username) \(sessionID) \(version) \(networkType) \(addressType) \(address)" }
    }
}
