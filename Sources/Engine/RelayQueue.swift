internal import RTP
internal import Synchronization
internal import Wire

/// What one worker tells another about a publication: a queue of records for one ordered pair of workers.
///
/// Bounded, and free of locks: one thread writes, one reads, and each publishes its position with one atomic store. A
/// record that does not fit is refused; what that means is the writer's business.
///
///     │ record │ record │ … free … │ record │ (end of ring: a marker, and on from the start)
///              ▲ read              ▲ written
@safe
public final class RelayQueue: @unchecked Sendable {
    // Safe to share, as long as `append` is called by one thread and `next`, `release` by one: the writer owns the bytes
    // from `written` on, the reader those before it down to `read`, and both positions are handed over with
    // release and acquire.

    /// What a record says.
    enum Kind: UInt8 {
        /// A media packet, decrypted.
        case media
        /// A packet without media, by its number only.
        case padding
        /// What a layer's RTP clock shows at a moment of the server's clock.
        case clock
        /// Receivers need a keyframe of a layer.
        case keyframeWish
        /// Which layers receivers are sent or wait for.
        case demand
    }

    /// A record's fixed part.
    struct Header {
        var publication: UInt64 = 0
        /// A sequence number, a time, a reason or a set of layers, by the kind.
        var value: UInt64 = 0
        /// A media packet: the highest number before it came in. A clock: how long to keep pictures, in nanoseconds.
        var highestBefore: UInt64 = 0
        /// A media packet: its SSRC. A clock: the RTP timestamp.
        var word: UInt32 = 0
        /// Bytes that follow.
        var length: UInt32 = 0
        var kind = Kind.media
        var serial: UInt8 = 0
        var rank: UInt8 = 0
        var payloadType: UInt8 = 0
        /// A media packet: the layers that do not arrive whole, a bit for each rank.
        var incompleteRanks: UInt8 = 0
    }

    /// Bytes of the ring; a power of two.
    public static let defaultCapacity = 1 << 20
    private static let headerSize = 48
    /// Where a ring's end is skipped, the record's size says so.
    private static let wrapMarker = UInt32.max

    private let capacity: Int
    private let storage: UnsafeMutableRawPointer
    private let written = Atomic<Int>(0)
    private let read = Atomic<Int>(0)
    /// The writer's own: how far it has written, and how far the reader was when last looked at.
    private var writePosition = 0
    private var knownRead = 0
    /// The reader's own: how far it has looked.
    private var readPosition = 0

    /// Makes an empty queue of `capacity` bytes, rounded up to a power of two.
    public init(capacity: Int = defaultCapacity) {
        var rounded = 4_096
        while rounded < capacity, rounded < 1 << 28 { rounded *= 2 }
        self.capacity = rounded
        unsafe storage = .allocate(byteCount: rounded, alignment: 64)
    }

    deinit { unsafe storage.deallocate() }

    // MARK: The writer

    /// Appends a record; false when there is no room for it.
    func append(_ header: Header, bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let size = (Self.headerSize + bytes.count + 7) & ~7
        guard size <= capacity / 4 else { return false }
        let offset = writePosition & (capacity - 1)
        let untilEnd = capacity - offset
        let needed = size <= untilEnd ? size : untilEnd + size
        if capacity - (writePosition - knownRead) < needed {
            knownRead = read.load(ordering: .acquiring)
            guard capacity - (writePosition - knownRead) >= needed else { return false }
        }
        var place = unsafe storage + offset
        if size > untilEnd {
            unsafe place.storeBytes(of: Self.wrapMarker, as: UInt32.self)
            unsafe place = storage
        }
        unsafe place.storeBytes(of: UInt32(truncatingIfNeeded: size), as: UInt32.self)
        var header = header
        header.length = UInt32(truncatingIfNeeded: bytes.count)
        unsafe (place + 8).storeBytes(of: header, as: Header.self)
        if let start = bytes.baseAddress {
            unsafe (place + Self.headerSize).copyMemory(from: start, byteCount: bytes.count)
        }
        writePosition += needed
        written.store(writePosition, ordering: .releasing)
        return true
    }

    /// Appends a record that has no bytes.
    func append(_ header: Header) -> Bool {
        unsafe append(header, bytes: UnsafeBufferPointer(start: nil, count: 0))
    }

    // MARK: The reader

    /// The next record, `nil` when there is none. Its bytes stay as they are until `release`.
    func next() -> (header: Header, bytes: UnsafeBufferPointer<UInt8>)? {
        guard readPosition != written.load(ordering: .acquiring) else { return nil }
        var place = unsafe storage + (readPosition & (capacity - 1))
        var size = unsafe place.load(as: UInt32.self)
        if size == Self.wrapMarker {
            readPosition += capacity - (readPosition & (capacity - 1))
            unsafe place = storage
            size = unsafe place.load(as: UInt32.self)
        }
        let header = unsafe (place + 8).load(as: Header.self)
        readPosition += Int(size)
        let start = unsafe UnsafePointer(
            (place + Self.headerSize).bindMemory(to: UInt8.self, capacity: Int(header.length)))
        return unsafe (header, UnsafeBufferPointer(start: start, count: Int(header.length)))
    }

    /// Gives the room of every record that `next` returned back to the writer.
    func release() { read.store(readPosition, ordering: .releasing) }

    /// Whether there is anything to read. Any thread may ask.
    public var hasRecords: Bool { read.load(ordering: .relaxed) != written.load(ordering: .acquiring) }
}
