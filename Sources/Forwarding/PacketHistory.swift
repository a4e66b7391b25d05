public import Wire

/// The last packets of one publication layer, as they came out of SRTP, for retransmission.
///
/// Kept once per publication on each worker, however many receive it; what differs between receivers is in
/// each one's ``EgressIndex``. Whole packets are stored, header included, so that a retransmission is rebuilt
/// by the same code as the first transmission.
///
/// Bytes are appended to blocks; a block is reused as a whole when its newest packet has come of age, and a
/// new one is allocated only when none has. So the memory follows bit rate times age, for audio and for
/// video, and stays put once the stream has shown its peak. Age, number of packets and memory are all
/// bounded.
///
///     blocks   [ 17 18 19 20 ][ 21 22 23 … ][ free ]
///     positions   number mod capacity → block, offset, length
public struct PacketHistory: Sendable {
    /// The bounds of a history.
    public struct Configuration: Sendable {
        /// The most packets that are kept; rounded up to a power of two.
        public var capacity: Int
        /// How long a packet can be found.
        public var maximumAge: Interval
        /// The size of a block in bytes; at most 65 536. Larger packets are not kept.
        public var blockSize: Int
        /// The most blocks.
        public var maximumBlocks: Int

        /// Makes bounds.
        public init(capacity: Int, maximumAge: Interval, blockSize: Int, maximumBlocks: Int) {
            self.capacity = capacity
            self.maximumAge = maximumAge
            self.blockSize = blockSize
            self.maximumBlocks = maximumBlocks
        }

        /// One second of video: 1024 packets and 1 MiB at most, which is 8 Mbit/s.
        public static let video = Configuration(
            capacity: 1024, maximumAge: .seconds(1), blockSize: 32_768, maximumBlocks: 32)
        /// One second of audio: 128 packets and 64 KiB at most.
        public static let audio = Configuration(
            capacity: 128, maximumAge: .seconds(1), blockSize: 8192, maximumBlocks: 8)
    }

    /// A packet that was found. Its bytes can be had until they are overwritten or a block is added.
    public struct StoredPacket: Sendable {
        /// The number it was stored under.
        public let number: ExtendedSequenceNumber
        /// When it came in.
        public let arrival: Timestamp
        /// Its length in bytes.
        public let length: Int
        let block: Int
        let offset: Int
        let generation: UInt32
    }

    /// Where a packet's bytes are. Number zero marks a place that was never used.
    struct Position: Sendable {
        var number: UInt64 = 0
        var arrival = Timestamp.zero
        var generation: UInt32 = 0
        var block: UInt16 = 0
        var offset: UInt16 = 0
        var length: UInt16 = 0
    }

    private struct Block: Sendable {
        var bytes: [UInt8]
        var used = 0
        var generation: UInt32
        var newest = Timestamp.zero
    }

    private let configuration: Configuration
    private let mask: UInt64
    private var positions: [Position] = []
    private var blocks: [Block] = []
    /// The block that is being filled; the one after it, going round, is the oldest.
    private var filling = 0
    /// Every filling of a block has its own number, by which what was overwritten is recognised.
    private var generations: UInt32 = 0

    /// Makes an empty history; memory is allocated with the first packets.
    public init(_ configuration: Configuration = .video) {
        var bounded = configuration
        bounded.blockSize = min(max(configuration.blockSize, 1), 65_536)
        bounded.maximumBlocks = min(max(configuration.maximumBlocks, 2), Int(UInt16.max))
        var capacity = 1
        while capacity < configuration.capacity, capacity < 65_536 { capacity *= 2 }
        bounded.capacity = capacity
        self.configuration = bounded
        mask = UInt64(capacity - 1)
    }

    /// The bytes of memory that are allocated for packets.
    public var allocatedBytes: Int { blocks.count * configuration.blockSize }

    /// Stores a packet that came in at `arrival`.
    ///
    /// Returns false, and stores nothing, for a number that is stored already, one that lies a whole capacity
    /// behind, and a packet that does not fit a block.
    @discardableResult
    public mutating func insert(_ packet: Span<UInt8>, number: ExtendedSequenceNumber, at arrival: Timestamp)
        -> Bool
    {
        guard number.rawValue > 0, packet.count <= min(configuration.blockSize, Int(UInt16.max)) else {
            return false
        }
        if positions.isEmpty { positions = Array(repeating: Position(), count: configuration.capacity) }
        let place = Int(number.rawValue & mask)
        guard positions[place].number < number.rawValue else { return false }

        if blocks.isEmpty || blocks[filling].used + packet.count > configuration.blockSize {
            openBlock(at: arrival)
        }
        let offset = blocks[filling].used
        var block = blocks[filling].bytes.mutableSpan
        var target = block._mutatingExtracting(offset..<offset + packet.count)
        for index in 0..<packet.count { target[index] = packet[index] }
        blocks[filling].used = offset + packet.count
        blocks[filling].newest = max(blocks[filling].newest, arrival)
        positions[place] = Position(
            number: number.rawValue, arrival: arrival, generation: blocks[filling].generation,
            block: UInt16(truncatingIfNeeded: filling), offset: UInt16(truncatingIfNeeded: offset),
            length: UInt16(truncatingIfNeeded: packet.count))
        return true
    }

    /// Makes room: the oldest block if it has come of age, else a new one, else the oldest before its time.
    private mutating func openBlock(at now: Timestamp) {
        generations &+= 1
        let oldest = blocks.isEmpty ? 0 : (filling + 1) % blocks.count
        let isOfAge = blocks.count > 1 && now - blocks[oldest].newest > configuration.maximumAge
        if !isOfAge, blocks.count < configuration.maximumBlocks {
            // The new block stands between the newest and the oldest; those behind it move up by one place.
            let place = blocks.isEmpty ? 0 : filling + 1
            let moved = blocks.count - place
            let bytes = [UInt8](repeating: 0, count: configuration.blockSize)
            blocks.insert(Block(bytes: bytes, generation: generations, newest: now), at: place)
            if moved > 0 { renumber(from: place) }
            filling = place
            return
        }
        filling = oldest
        blocks[oldest].used = 0
        blocks[oldest].generation = generations
        blocks[oldest].newest = now
    }

    /// Follows blocks that moved up by one place. Happens only while the history grows.
    private mutating func renumber(from place: Int) {
        for index in positions.indices where Int(positions[index].block) >= place {
            positions[index].block += 1
        }
    }

    /// The packet stored under `number`, if it is still there and not older than the history's age.
    public func find(_ number: ExtendedSequenceNumber, at now: Timestamp) -> StoredPacket? {
        guard !positions.isEmpty, number.rawValue > 0 else { return nil }
        let position = positions[Int(number.rawValue & mask)]
        guard position.number == number.rawValue, now - position.arrival <= configuration.maximumAge,
            blocks[Int(position.block)].generation == position.generation
        else { return nil }
        return StoredPacket(
            number: number, arrival: position.arrival, length: Int(position.length),
            block: Int(position.block),
            offset: Int(position.offset), generation: position.generation)
    }

    /// Calls `body` with the bytes of a packet that was found, or returns `nil` if they were overwritten
    /// meanwhile.
    public func withBytes<Result>(of packet: StoredPacket, _ body: (Span<UInt8>) -> Result) -> Result? {
        guard packet.block < blocks.count, blocks[packet.block].generation == packet.generation else {
            return nil
        }
        let bytes = blocks[packet.block].bytes
        return body(bytes.span.extracting(packet.offset..<packet.offset + packet.length))
    }

    /// Copies the bytes of a packet that was found into `target` from `offset` on.
    ///
    /// Returns their number, or `nil` if they do not fit or were overwritten meanwhile.
    public func copy(_ packet: StoredPacket, into target: inout MutableSpan<UInt8>, at offset: Int = 0)
        -> Int?
    {
        guard packet.block < blocks.count, blocks[packet.block].generation == packet.generation,
            offset >= 0, offset <= target.count, packet.length <= target.count - offset
        else { return nil }
        let stored = blocks[packet.block].bytes
        let bytes = stored.span.extracting(packet.offset..<packet.offset + packet.length)
        var place = target._mutatingExtracting(offset..<offset + packet.length)
        for index in 0..<bytes.count { place[index] = bytes[index] }
        return packet.length
    }

    /// Forgets every packet and keeps the memory.
    public mutating func removeAll() {
        for index in positions.indices { positions[index] = Position() }
        for index in blocks.indices {
            generations &+= 1
            blocks[index].used = 0
            blocks[index].generation = generations
        }
    }
}
