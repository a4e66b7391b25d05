public import Wire

/// The datagrams a client wants sent: written here in place, sent by the runtime, forgotten.
///
/// All clients of a thread share one. It is drained after each input to a client, so what lies in it is always that
/// client's.
@safe
public final class DatagramOutbox {
    /// Bytes a slot: an Ethernet payload, and room for what SRTP adds.
    public static let slotSize = 1_536

    /// One datagram.
    public struct Entry: Sendable {
        /// Where it begins in the slab.
        public var offset: Int
        /// Its length in bytes.
        public var length: Int
        /// Where it goes.
        public var remote: SocketAddress
    }

    /// Datagrams written and not yet sent.
    public private(set) var count = 0
    /// Datagrams that found the outbox full.
    public private(set) var overflows: UInt64 = 0
    private let capacity: Int
    private let slab: UnsafeMutablePointer<UInt8>
    private let entries: UnsafeMutablePointer<Entry>

    /// Makes room for `capacity` datagrams.
    public init(capacity: Int = 256) {
        self.capacity = capacity
        unsafe slab = .allocate(capacity: capacity * Self.slotSize)
        unsafe slab.initialize(repeating: 0, count: capacity * Self.slotSize)
        unsafe entries = .allocate(capacity: capacity)
    }

    deinit {
        unsafe slab.deallocate()
        unsafe entries.deallocate()
    }

    /// The first byte of the slab, for the system call.
    public var slabStart: UnsafePointer<UInt8> { unsafe UnsafePointer(slab) }

    /// The datagram at `index`, which is below `count`.
    @inline(__always)
    public func entry(_ index: Int) -> Entry {
        precondition(index >= 0 && index < count, "no such datagram in the outbox")
        return unsafe entries[index]
    }

    /// The bytes of the datagram at `index`.
    public func datagram(_ index: Int) -> [UInt8] {
        let entry = entry(index)
        return unsafe [UInt8](UnsafeBufferPointer(start: slab + entry.offset, count: entry.length))
    }

    /// Forgets every datagram; the memory stays.
    public func removeAll() { count = 0 }

    /// The next free slot, `nil` when the outbox is full. Nothing is taken until `commit`.
    @inline(__always)
    func nextSlot() -> UnsafeMutablePointer<UInt8>? {
        guard count < capacity else {
            overflows &+= 1
            return nil
        }
        return unsafe slab + count * Self.slotSize
    }

    /// Takes the slot that `nextSlot` gave, with `length` bytes in it.
    @inline(__always)
    func commit(length: Int, to remote: SocketAddress) {
        precondition(count < capacity && length <= Self.slotSize, "a datagram must lie in its slot")
        unsafe (entries + count).initialize(to: Entry(offset: count * Self.slotSize, length: length, remote: remote))
        count += 1
    }

    /// Copies a control datagram into the outbox.
    public func append(_ bytes: [UInt8], to remote: SocketAddress) {
        guard bytes.count <= Self.slotSize, let slot = unsafe nextSlot() else { return }
        unsafe slot.update(from: bytes, count: bytes.count)
        commit(length: bytes.count, to: remote)
    }
}
