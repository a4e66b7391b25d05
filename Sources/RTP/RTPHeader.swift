public import Wire

/// The header of one RTP packet: its fields, and where in the packet the rest lies (RFC 3550 §5.1).
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                           timestamp                           |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |           synchronization source (SSRC) identifier            |
///     +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
///     |            contributing source (CSRC) identifiers             |
///     |                             ....                              |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// Offsets, not slices: the value may outlive the bytes. It is read once for every packet that comes in, so
/// it is kept to 24 bytes, which offsets of 16 bits make possible: a datagram is never longer.
public struct RTPHeader: Sendable, Equatable {
    /// The part that every packet has, in bytes.
    public static let fixedLength = 12

    /// The source that sent it.
    public let ssrc: SSRC
    /// The sampling instant of the first payload byte, in ticks of the codec's clock.
    public let timestamp: RTPTimestamp
    /// The number of the packet in its source's stream.
    public let sequenceNumber: SequenceNumber
    /// The format of the payload.
    public let payloadType: PayloadType
    /// For video the last packet of a frame, for audio the first of a talk spurt.
    public let marker: Bool

    @usableFromInline let hasExtension: Bool
    @usableFromInline let contributorCount: UInt8
    @usableFromInline let profile: UInt16
    @usableFromInline let extensionEnd: UInt16
    @usableFromInline let payloadEnd: UInt16
    @usableFromInline let packetEnd: UInt16

    /// Reads the header of the packet that `bytes` hold from their first to their last.
    ///
    /// The packet must have been decrypted: the last byte counts the padding, and SRTP hides it.
    /// - Throws: ``RTPParseError`` when the bytes are no RTP packet.
    @inlinable
    public init(parsing bytes: Span<UInt8>) throws(RTPParseError) {
        let count = bytes.count
        guard count >= Self.fixedLength else { throw .truncated(needed: Self.fixedLength, have: count) }
        guard let packetEnd = UInt16(exactly: count) else { throw .tooLong(count) }
        let first = bytes[0]
        let second = bytes[1]
        guard first >> 6 == 2 else { throw .badVersion(first >> 6) }

        contributorCount = first & 0x0F
        marker = second & 0x80 != 0
        payloadType = PayloadType(second)
        sequenceNumber = SequenceNumber(bytes.uint16(at: 2))
        timestamp = RTPTimestamp(bytes.uint32(at: 4))
        ssrc = SSRC(bytes.uint32(at: 8))
        hasExtension = first & 0x10 != 0

        var end = Self.fixedLength + Int(first & 0x0F) * 4
        if first & 0x10 != 0 {
            guard count >= end + 4 else { throw .truncated(needed: end + 4, have: count) }
            profile = bytes.uint16(at: end)
            end += 4 + Int(bytes.uint16(at: end + 2)) * 4
        } else {
            profile = 0
        }
        guard count >= end else { throw .truncated(needed: end, have: count) }
        extensionEnd = UInt16(truncatingIfNeeded: end)

        var padding: UInt8 = 0
        if first & 0x20 != 0 {
            padding = bytes[count - 1]
            guard padding > 0, count - Int(padding) >= end else { throw .badPadding(count: padding) }
        }
        payloadEnd = packetEnd - UInt16(padding)
        self.packetEnd = packetEnd
    }

    /// The protocol's version; always 2.
    @inlinable
    public var version: UInt8 { 2 }

    /// The number of contributing sources, 0 to 15.
    @inlinable
    public var csrcCount: Int { Int(contributorCount) }

    /// The bytes before the payload: fixed part, contributing sources and extension.
    @inlinable
    public var headerLength: Int { Int(extensionEnd) }

    /// The "defined by profile" field of the extension, which says what form it has; `nil` without an
    /// extension.
    @inlinable
    public var extensionProfile: UInt16? { hasExtension ? profile : nil }

    /// The elements of the extension, without its four-byte header; empty without an extension.
    @inlinable
    public var extensionRange: Range<Int> {
        let start = hasExtension ? Self.fixedLength + csrcCount * 4 + 4 : headerLength
        return start..<headerLength
    }

    /// The padding after the payload, its count byte included.
    @inlinable
    public var paddingLength: Int { Int(packetEnd - payloadEnd) }

    /// The payload, without padding.
    ///
    /// A probe of a bandwidth estimator may have none.
    @inlinable
    public var payloadRange: Range<Int> { Int(extensionEnd)..<Int(payloadEnd) }

    /// The contributing source at `index` below ``csrcCount``, read from the packet's bytes.
    public func csrc(at index: Int, in bytes: Span<UInt8>) -> SSRC? {
        guard index >= 0, index < csrcCount, bytes.count >= headerLength else { return nil }
        return SSRC(bytes.uint32(at: Self.fixedLength + index * 4))
    }

    /// The source of a packet that may still be encrypted; `nil` if it is too short to have one.
    @inlinable
    public static func ssrc(of bytes: Span<UInt8>) -> SSRC? {
        bytes.count >= fixedLength ? SSRC(bytes.uint32(at: 8)) : nil
    }
}
