public import Wire

/// The datagrams an engine wants sent: written here in place, sent by the runtime, forgotten.
///
/// One slab of equal slots, allocated in the control plane and never while packets pass. A full batch is a named drop.
@safe
public final class EgressBatch {
    /// Bytes a slot: an Ethernet payload, and room for what SRTP adds.
    public static let slotSize = 1_536

    /// One datagram.
    public struct Entry: Sendable {
        /// Where it begins in the slab.
        public var offset: Int
        /// Its length in bytes.
        public var length: Int
        /// Where it goes.
        public var path: NetworkPath
    }

    /// Datagrams written and not yet sent.
    public private(set) var count = 0
    private var capacity: Int
    private var slab: UnsafeMutablePointer<UInt8>
    private var entries: UnsafeMutablePointer<Entry>

    /// Makes a batch of `capacity` datagrams.
    public init(capacity: Int) {
        self.capacity = capacity
        unsafe slab = .allocate(capacity: capacity * Self.slotSize)
        unsafe slab.initialize(repeating: 0, count: capacity * Self.slotSize)
        unsafe entries = .allocate(capacity: capacity)
    }

    deinit {
        unsafe slab.deallocate()
        unsafe entries.deallocate()
    }

    /// Makes room for at least `wanted` datagrams. The batch must be empty: call it between packets.
    public func reserve(_ wanted: Int) {
        guard wanted > capacity, count == 0 else { return }
        unsafe slab.deallocate()
        unsafe entries.deallocate()
        capacity = max(wanted, capacity * 2)
        unsafe slab = .allocate(capacity: capacity * Self.slotSize)
        unsafe slab.initialize(repeating: 0, count: capacity * Self.slotSize)
        unsafe entries = .allocate(capacity: capacity)
    }

    /// The first byte of the slab, for the system call.
    public var slabStart: UnsafePointer<UInt8> { unsafe UnsafePointer(slab) }

    /// The datagram at `index`, which is below `count`.
    @inline(__always)
    public func entry(_ index: Int) -> Entry {
        precondition(index >= 0 && index < count, "no such datagram in the batch")
        return unsafe entries[index]
    }

    /// The bytes of the datagram at `index`, for tests and simulations.
    public func datagram(_ index: Int) -> [UInt8] {
        let entry = entry(index)
        return unsafe [UInt8](UnsafeBufferPointer(start: slab + entry.offset, count: entry.length))
    }

    /// The next free slot, `nil` when the batch is full. Nothing is taken until `commit`.
    @inline(__always)
    func nextSlot() -> UnsafeMutablePointer<UInt8>? {
        guard count < capacity else { return nil }
        return unsafe slab + count * Self.slotSize
    }

    /// Takes the slot that `nextSlot` gave, with `length` bytes in it.
    @inline(__always)
    func commit(length: Int, to path: NetworkPath) {
        precondition(count < capacity && length <= Self.slotSize, "a datagram must lie in its slot")
        unsafe (entries + count).initialize(to: Entry(offset: count * Self.slotSize, length: length, path: path))
        count += 1
    }

    /// Copies a control datagram into the batch; false when it is full or the datagram too long.
    func append(_ bytes: [UInt8], to path: NetworkPath) -> Bool {
        guard bytes.count <= Self.slotSize, let slot = unsafe nextSlot() else { return false }
        unsafe slot.update(from: bytes, count: bytes.count)
        commit(length: bytes.count, to: path)
        return true
    }

    /// Forgets every datagram; the memory stays.
    public func removeAll() { count = 0 }
}
