public import Wire

/// What a synthetic packet says about itself: which stream and frame it is of, when it was sent, and a checksum.
///
/// It lies behind the codec's own headers, so that a relay's rewriting of picture numbers does not touch it. Each of
/// its five 64-bit words is written as ten bytes of seven bits with the highest bit set: no byte is zero, so an H.264
/// unit needs no emulation prevention (H.264 §7.4.1).
///
///     word 0   magic (32)            stream (32)
///     word 1   frame (32)            frame it refers to (32)
///     word 2   send time in nanoseconds
///     word 3   packet (16)  packets of the frame (16)  flags (8)  layer (8)  bytes of mark and filling (16)
///     word 4   checksum of words 0 to 3 and the filling
public struct MediaMark: Sendable, Equatable {
    /// Which of the publishers' streams it is.
    public var stream: StreamID
    /// The simulcast layer, lowest 0.
    public var layer: UInt8
    /// The frame's number in its layer, counted from 0.
    public var frame: UInt32
    /// The frame that must have been decoded before; the frame itself for a keyframe.
    public var reference: UInt32
    /// The packet's place in its frame, from 0.
    public var packet: UInt16
    /// How many packets the frame has.
    public var packets: UInt16
    /// Whether the frame refers to no other.
    public var isKeyframe: Bool
    /// When the packet was sent.
    public var sent: Timestamp

    /// A stream of one publisher: all layers of one camera are one stream.
    public struct StreamID: Hashable, Sendable, CustomStringConvertible {
        /// The 32 bits in the packet.
        public var rawValue: UInt32
        /// Makes an id from its 32 bits.
        public init(_ rawValue: UInt32) { self.rawValue = rawValue }
        public var description: String { String(rawValue) }
    }

    /// Why bytes are no mark.
    public enum ReadError: Error, Equatable, Sendable {
        /// The bytes end before the mark does, or are more or fewer than it says.
        case wrongLength
        /// The bytes are something else.
        case noMark
        /// The checksum is of other bytes.
        case wrongChecksum
    }

    /// The bytes of a mark without filling.
    public static let length = 50

    private static let magic: UInt64 = 0x526F_6F73  // "Roos"
    private static let keyframeFlag: UInt64 = 1

    /// Makes a mark from its fields.
    public init(
        stream: StreamID, layer: UInt8, frame: UInt32, reference: UInt32, packet: UInt16, packets: UInt16,
        isKeyframe: Bool, sent: Timestamp
    ) {
        self.stream = stream
        self.layer = layer
        self.frame = frame
        self.reference = reference
        self.packet = packet
        self.packets = packets
        self.isKeyframe = isKeyframe
        self.sent = sent
    }

    /// Appends the mark and filling, `count` bytes together, of which there are at least ``length``.
    public func append(to bytes: inout [UInt8], count: Int) {
        let count = min(max(count, Self.length), Int(UInt16.max))
        let words = (
            Self.magic << 32 | UInt64(stream.rawValue),
            UInt64(frame) << 32 | UInt64(reference),
            UInt64(bitPattern: sent.nanoseconds),
            UInt64(packet) << 48 | UInt64(packets) << 32 | (isKeyframe ? Self.keyframeFlag : 0) << 24
                | UInt64(layer) << 16 | UInt64(count)
        )
        let sum = Self.checksum(
            words.0, words.1, words.2, words.3, filling: MediaFilling.sum(count - Self.length))
        Self.append(words.0, to: &bytes)
        Self.append(words.1, to: &bytes)
        Self.append(words.2, to: &bytes)
        Self.append(words.3, to: &bytes)
        Self.append(sum, to: &bytes)
        bytes.append(contentsOf: MediaFilling.bytes(count - Self.length))
    }

    /// Reads a mark whose bytes and filling are all of `bytes`.
    public init(parsing bytes: Span<UInt8>) throws(ReadError) {
        guard bytes.count >= Self.length else { throw .wrongLength }
        guard let first = Self.word(at: 0, in: bytes), let second = Self.word(at: 10, in: bytes),
            let third = Self.word(at: 20, in: bytes), let fourth = Self.word(at: 30, in: bytes),
            let checksum = Self.word(at: 40, in: bytes), first >> 32 == Self.magic
        else { throw .noMark }
        let filling = MediaChecksum.sum(of: bytes.extracting(Self.length..<bytes.count))
        guard Self.checksum(first, second, third, fourth, filling: filling) == checksum else { throw .wrongChecksum }
        guard Int(fourth & 0xFFFF) == bytes.count else { throw .wrongLength }
        stream = StreamID(UInt32(truncatingIfNeeded: first))
        frame = UInt32(truncatingIfNeeded: second >> 32)
        reference = UInt32(truncatingIfNeeded: second)
        sent = Timestamp(nanoseconds: Int64(bitPattern: third))
        packet = UInt16(truncatingIfNeeded: fourth >> 48)
        packets = UInt16(truncatingIfNeeded: fourth >> 32)
        isKeyframe = fourth >> 24 & Self.keyframeFlag != 0
        layer = UInt8(truncatingIfNeeded: fourth >> 16)
    }

    private static func checksum(
        _ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64, filling: UInt64
    ) -> UInt64 {
        var sum = MediaChecksum()
        sum.add(first)
        sum.add(second)
        sum.add(third)
        sum.add(fourth)
        sum.add(filling)
        return sum.value
    }

    private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        var shift: UInt64 = 63
        while true {
            bytes.append(0x80 | UInt8(truncatingIfNeeded: word >> shift))
            guard shift > 0 else { return }
            shift -= 7
        }
    }

    /// The word at `offset`; `nil` when a byte there cannot have been written by ``append(to:count:)``.
    private static func word(at offset: Int, in bytes: Span<UInt8>) -> UInt64? {
        var word: UInt64 = 0
        var bits: UInt8 = 0x80
        for index in offset..<offset + 10 {
            word = word << 7 | UInt64(bytes[index] & 0x7F)
            bits &= bytes[index]
        }
        // Ten times seven is 70: of the first byte only the lowest bit is a bit of the word.
        guard bits & 0x80 != 0, bytes[offset] & 0x7E == 0 else { return nil }
        return word
    }
}
