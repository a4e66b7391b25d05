internal import CLinux
public import Wire

/// A non-blocking UDP socket bound to one local address. Owned by one worker thread.
public final class UDPSocket {
    /// The descriptor, for the poller.
    public let descriptor: Int32
    /// The address it is bound to, with the port the kernel chose where 0 was asked for.
    public let localAddress: SocketAddress
    /// Bytes the kernel granted for waiting datagrams.
    public let receiveBufferSize: Int
    /// How often a segmented send may still be refused before this socket sends each datagram by itself; 0 from the start
    /// where the kernel cannot segment.
    var segmentationTrust: Int32

    /// Whether runs of datagrams go to the kernel as one segmented send.
    public var segments: Bool { segmentationTrust > 0 }

    /// Opens and binds a socket; buffer sizes in bytes are requests that the kernel may cut.
    public init(binding address: SocketAddress, receiveBuffer: Int, sendBuffer: Int) throws(SystemError) {
        var granted: Int32 = 0
        var wanted = address.cAddress
        let result = unsafe roost_udp_open(
            &wanted, Int32(clamping: receiveBuffer), Int32(clamping: sendBuffer), &granted)
        guard result >= 0 else { throw SystemError("bind UDP \(address)", code: -result) }
        descriptor = result
        receiveBufferSize = Int(granted)
        // A device without the feature refuses every time; one odd destination must not turn it off for all.
        segmentationTrust = roost_udp_can_segment(result) != 0 ? 8 : 0
        localAddress = SocketAddress(ip: address.ip, port: UInt16(clamping: roost_udp_port(result)))
    }

    deinit { roost_close(descriptor) }

    /// Sends each datagram by itself from now on.
    public func stopSegmenting() { segmentationTrust = 0 }

    /// Lets the kernel note when each datagram came in, for batches that ask for it.
    public func stampArrivals() throws(SystemError) {
        let result = roost_udp_stamp_arrivals(descriptor)
        guard result == 0 else { throw SystemError("stamp arrivals on UDP \(localAddress)", code: -result) }
    }

    /// Fills `batch` with waiting datagrams; returns how many, 0 when none wait.
    public func receive(into batch: ReceiveBatch) throws(SystemError) -> Int {
        let count = unsafe roost_udp_receive(
            descriptor, batch.arrays, batch.slab, Int32(ReceiveBatch.slotSize), batch.lengths, batch.senders,
            batch.arrivals)
        guard count >= 0 else { throw SystemError("receive on UDP \(localAddress)", code: -count) }
        return Int(count)
    }
}

/// The memory that datagrams are received into: allocated once, used for every receive of a worker.
@safe public final class ReceiveBatch {
    /// Datagrams a batch.
    public static let capacity = 64
    /// Bytes a slot: above any datagram that a 1500-byte path carries; longer ones arrive truncated and are dropped.
    public static let slotSize = 2048

    let arrays: OpaquePointer
    let slab: UnsafeMutablePointer<UInt8>
    let lengths: UnsafeMutablePointer<UInt16>
    let senders: UnsafeMutablePointer<roost_address>
    let arrivals: UnsafeMutablePointer<Int64>?

    /// Allocates the batch's memory.
    ///
    /// - Parameter withArrivals: Whether it keeps when the datagrams came in, from sockets that stamp them.
    public init(withArrivals: Bool = false) {
        unsafe arrays = roost_batch_create(Int32(Self.capacity))
        unsafe slab = .allocate(capacity: Self.capacity * Self.slotSize)
        unsafe lengths = .allocate(capacity: Self.capacity)
        unsafe senders = .allocate(capacity: Self.capacity)
        unsafe slab.initialize(repeating: 0, count: Self.capacity * Self.slotSize)
        unsafe lengths.initialize(repeating: 0, count: Self.capacity)
        unsafe senders.initialize(repeating: roost_address(), count: Self.capacity)
        unsafe arrivals = withArrivals ? .allocate(capacity: Self.capacity) : nil
        unsafe arrivals?.initialize(repeating: 0, count: Self.capacity)
    }

    deinit {
        unsafe roost_batch_destroy(arrays)
        unsafe slab.deallocate()
        unsafe lengths.deallocate()
        unsafe senders.deallocate()
        unsafe arrivals?.deallocate()
    }

    /// The bytes of datagram `index`: valid until the next receive. Length 0: it was truncated or of an unknown family.
    @inline(__always)
    public func datagram(_ index: Int) -> UnsafeMutableBufferPointer<UInt8> {
        precondition(index >= 0 && index < Self.capacity, "the batch has no such datagram")
        return unsafe UnsafeMutableBufferPointer(start: slab + index * Self.slotSize, count: Int(lengths[index]))
    }

    /// Who sent datagram `index`.
    @inline(__always)
    public func sender(_ index: Int) -> SocketAddress {
        precondition(index >= 0 && index < Self.capacity, "the batch has no such datagram")
        return unsafe SocketAddress(senders[index])
    }
    /// When datagram `index` came in, in nanoseconds of the wall clock; `nil` where nobody stamped it.
    public func arrival(_ index: Int) -> Int64? {
        precondition(index >= 0 && index < Self.capacity, "the batch has no such datagram")
        guard let arrival = unsafe arrivals?[index], arrival != 0 else { return nil }
        return arrival
    }
}
