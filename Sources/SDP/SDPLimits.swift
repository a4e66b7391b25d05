/// How much of a session description is read before it is refused.
///
/// The defaults hold a browser's offer of forty receive slots (about 5 kB each) several times over.
public struct SDPLimits: Sendable, Equatable {
    /// The most bytes in the whole text.
    public var bytes: Int
    /// The most lines.
    public var lines: Int
    /// The most bytes in one line.
    public var lineBytes: Int
    /// The most `m=` lines.
    public var sections: Int

    /// Makes limits; each has a default that fits browsers.
    public init(
        bytes: Int = 1 << 20,
        lines: Int = 32_768,
        lineBytes: Int = 8_192,
        sections: Int = 256
    ) {
        self.bytes = bytes
        self.lines = lines
        self.lineBytes = lineBytes
        self.sections = sections
    }

    /// The defaults.
    public static let standard = SDPLimits()
}
