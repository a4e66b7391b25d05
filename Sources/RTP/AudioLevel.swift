/// How loud a packet of sound is, without decoding it (RFC 6464 §3).
///
///      0 1 2 3 4 5 6 7
///     +-+-+-+-+-+-+-+-+
///     |V|    level    |
///     +-+-+-+-+-+-+-+-+
public struct AudioLevel: Hashable, Sendable {
    /// Digital silence, without voice.
    public static let silence = AudioLevel(rawValue: 127)

    /// The byte on the wire.
    public let rawValue: UInt8

    /// Makes a level from its byte.
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Makes a level from its parts; more than 127 below overload is written as 127.
    @inlinable
    public init(isVoice: Bool, decibelsBelowOverload: UInt8) {
        rawValue = (isVoice ? 0x80 : 0) | min(decibelsBelowOverload, 127)
    }

    /// Whether the sender thinks that somebody speaks.
    @inlinable
    public var isVoice: Bool { rawValue & 0x80 != 0 }

    /// How far below overload the level is, in dB: 0 is the loudest, 127 silence.
    @inlinable
    public var decibelsBelowOverload: UInt8 { rawValue & 0x7F }
}
