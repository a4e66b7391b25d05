public import Wire

/// What a synthetic message says about itself: who sent it to whom, its number, when it was sent, and a checksum.
///
///      0               4               8               12              16
///     +---------------+---------------+---------------+---------------+
///     |  magic        |  bytes in all |  sender       |  receiver     |
///     +---------------+---------------+---------------+---------------+
///     |  sequence     |  0            |  send time, nanoseconds       |
///     +---------------+---------------+---------------+---------------+
///     |  checksum of what precedes it, and of the filling             |
///     +---------------------------------------------------------------+
///     |  filling …
///
/// Data channels pass bytes on unread, so unlike a ``MediaMark`` it may have any byte. Numbers are big-endian.
public struct MessageMark: Sendable, Equatable {
    /// The number of the stay of whoever sent it.
    public var sender: UInt32
    /// The number of whoever it is for; `nil` for the room.
    public var receiver: UInt32?
    /// Its number among the messages of its channel, from 0.
    public var sequence: UInt32
    /// When it was sent.
    public var sent: Timestamp

    /// The bytes of a message without filling.
    public static let length = 40

    private static let magic: UInt32 = 0x526F_6F63  // "Rooc"
    private static let everybody = UInt32.max

    /// Makes a mark from its fields.
    public init(sender: UInt32, receiver: UInt32?, sequence: UInt32, sent: Timestamp) {
        self.sender = sender
        self.receiver = receiver
        self.sequence = sequence
        self.sent = sent
    }

    /// The message: the mark and filling, `count` bytes together, of which there are at least ``length``.
    public func message(count: Int) -> [UInt8] {
        let count = min(max(count, Self.length), 1 << 24)
        let words = (
            UInt64(Self.magic) << 32 | UInt64(count), UInt64(sender) << 32 | UInt64(receiver ?? Self.everybody),
            UInt64(sequence) << 32, UInt64(bitPattern: sent.nanoseconds)
        )
        var writer = ByteWriter(capacity: count)
        for word in [words.0, words.1, words.2, words.3] { writer.append(word) }
        writer.append(Self.checksum(words, filling: MediaFilling.sum(count - Self.length)))
        writer.append(contentsOf: MediaFilling.bytes(count - Self.length))
        return writer.bytes
    }

    /// Reads a message.
    /// - Throws: `MediaMark.ReadError` when it is none, or not as it was sent.
    public init(parsing bytes: Span<UInt8>) throws(MediaMark.ReadError) {
        guard bytes.count >= Self.length else { throw .wrongLength }
        guard bytes.uint32(at: 0) == Self.magic else { throw .noMark }
        let words = (bytes.uint64(at: 0), bytes.uint64(at: 8), bytes.uint64(at: 16), bytes.uint64(at: 24))
        let filling = MediaChecksum.sum(of: bytes.extracting(Self.length..<bytes.count))
        guard Self.checksum(words, filling: filling) == bytes.uint64(at: 32) else { throw .wrongChecksum }
        guard Int(words.0 & 0xFFFF_FFFF) == bytes.count else { throw .wrongLength }
        sender = UInt32(truncatingIfNeeded: words.1 >> 32)
        let receiver = UInt32(truncatingIfNeeded: words.1)
        self.receiver = receiver == Self.everybody ? nil : receiver
        sequence = UInt32(truncatingIfNeeded: words.2 >> 32)
        sent = Timestamp(nanoseconds: Int64(bitPattern: words.3))
    }

    private static func checksum(_ words: (UInt64, UInt64, UInt64, UInt64), filling: UInt64) -> UInt64 {
        var sum = MediaChecksum()
        sum.add(words.0)
        sum.add(words.1)
        sum.add(words.2)
        sum.add(words.3)
        sum.add(filling)
        return sum.value
    }
}
