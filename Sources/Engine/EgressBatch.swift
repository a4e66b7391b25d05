public import Wire

/// The datagrams an engine wants sent: written here in place, sent by the runtime, forgotten.
///
/// One slab of equal slots, allocated in the control plane and never while packets pass. A full batch is a named drop.
/// Datagrams to one destination are chained in their order, so that the runtime can hand a run of them to the kernel as
/// one send, however they were interleaved when they were written.
///
///     destinations   A ──▶ 0 ─▶ 3 ─▶ 4      B ──▶ 1 ─▶ 5      C ──▶ 2
@safe
public final class EgressBatch {
    /// Bytes a slot: an Ethernet payload, and room for what SRTP adds.
    public static let slotSize = 1_536

    /// One datagram.
    public struct Entry: Sendable {
        /// Where it begins in the slab.
        public var offset: UInt32
        /// Its length in bytes.
        public var length: UInt32
        /// The next datagram to the same destination; negative for the last.
        public var next: Int32
    }

    /// Where some of the datagrams go.
    public struct Destination: Sendable {
        /// The way there.
        public var path: NetworkPath
        /// The first datagram's place.
        public var first: Int32
        /// The last one's.
        public var last: Int32
    }

    /// A peer's memory of its destination in the present batch, which saves the search for it.
    public struct Lane: Sendable {
        var batch: UInt64 = 0
        var destination: Int32 = 0
        /// Makes a lane that belongs to no batch yet.
        public init() {}
    }

    /// Datagrams written and not yet sent.
    public private(set) var count = 0
    /// Destinations with at least one datagram.
    public private(set) var destinationCount = 0
    /// Datagrams it can hold.
    public private(set) var capacity: Int
    private var number: UInt64 = 1
    private var slab: UnsafeMutablePointer<UInt8>
    private var entries: UnsafeMutablePointer<Entry>
    private var destinations: UnsafeMutablePointer<Destination>

    /// Makes a batch of `capacity` datagrams, at least one.
    public init(capacity: Int) {
        self.capacity = max(capacity, 1)
        unsafe slab = .allocate(capacity: self.capacity * Self.slotSize)
        unsafe slab.initialize(repeating: 0, count: self.capacity * Self.slotSize)
        unsafe entries = .allocate(capacity: self.capacity)
        unsafe destinations = .allocate(capacity: self.capacity)
    }

    deinit {
        unsafe slab.deallocate()
        unsafe entries.deallocate()
        unsafe destinations.deallocate()
    }

    /// The first byte of the slab, for the system call.
    public var slabStart: UnsafePointer<UInt8> { unsafe UnsafePointer(slab) }

    /// The first datagram's description, for the system call.
    public var entriesStart: UnsafePointer<Entry> { unsafe UnsafePointer(entries) }

    /// The datagram at `index`, which is below `count`.
    @inline(__always)
    public func entry(_ index: Int) -> Entry {
        precondition(index >= 0 && index < count, "no such datagram in the batch")
        return unsafe entries[index]
    }

    /// The destination at `index`, which is below `destinationCount`.
    @inline(__always)
    public func destination(_ index: Int) -> Destination {
        precondition(index >= 0 && index < destinationCount, "no such destination in the batch")
        return unsafe destinations[index]
    }

    /// The bytes of the datagram at `index`, for tests and simulations.
    public func datagram(_ index: Int) -> [UInt8] {
        let entry = entry(index)
        return unsafe [UInt8](UnsafeBufferPointer(start: slab + Int(entry.offset), count: Int(entry.length)))
    }

    /// Every datagram with its way, in the order in which the runtime sends them, for tests and simulations.
    public func forEachDatagram(_ body: ([UInt8], NetworkPath) -> Void) {
        for place in 0..<destinationCount {
            let destination = destination(place)
            var index = destination.first
            while index >= 0 {
                body(datagram(Int(index)), destination.path)
                index = entry(Int(index)).next
            }
        }
    }

    /// The next free slot, `nil` when the batch is full. Nothing is taken until `commit`.
    @inline(__always)
    func nextSlot() -> UnsafeMutablePointer<UInt8>? {
        guard count < capacity else { return nil }
        return unsafe slab + count * Self.slotSize
    }

    /// Takes the slot that `nextSlot` gave, with `length` bytes in it.
    @inline(__always)
    func commit(length: Int, to path: NetworkPath, lane: inout Lane) {
        precondition(count < capacity && length <= Self.slotSize, "a datagram must lie in its slot")
        let place = Int32(truncatingIfNeeded: count)
        unsafe (entries + count).initialize(
            to: Entry(
                offset: UInt32(truncatingIfNeeded: count * Self.slotSize), length: UInt32(truncatingIfNeeded: length),
                next: -1))
        count += 1
        if lane.batch == number, unsafe destinations[Int(lane.destination)].path == path {
            let destination = Int(lane.destination)
            unsafe entries[Int(destinations[destination].last)].next = place
            unsafe destinations[destination].last = place
        } else {
            // There are never more destinations than datagrams, so there is room for one.
            unsafe (destinations + destinationCount).initialize(
                to: Destination(path: path, first: place, last: place))
            lane.batch = number
            lane.destination = Int32(truncatingIfNeeded: destinationCount)
            destinationCount += 1
        }
    }

    /// Copies a control datagram into the batch; false when it is full or the datagram too long.
    func append(_ bytes: [UInt8], to path: NetworkPath, lane: inout Lane) -> Bool {
        guard bytes.count <= Self.slotSize, let slot = unsafe nextSlot() else { return false }
        unsafe slot.update(from: bytes, count: bytes.count)
        commit(length: bytes.count, to: path, lane: &lane)
        return true
    }

    /// Forgets every datagram; the memory stays.
    public func removeAll() {
        count = 0
        destinationCount = 0
        number &+= 1
    }
}
