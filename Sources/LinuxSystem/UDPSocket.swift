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
    /// How often in a row a segmented send may still be refused before this socket sends each datagram by itself; 0 from the
    /// start where the kernel cannot segment. One that is taken sets it back.
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
        segmentationTrust = roost_udp_can_segment(result) != 0 ? Int32(ROOST_SEGMENTATION_TRUST) : 0
        // Where the kernel cannot, every datagram comes by itself.
        _ = roost_udp_coalesce(result)
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

    /// Datagrams the kernel has dropped so far because nobody took those before them in time; `nil` where it does not say.
    public var droppedDatagrams: UInt64? { UInt64(exactly: roost_udp_drops(descriptor)) }

    /// Fills `batch` with waiting datagrams; returns how many, 0 when none wait.
    public func receive(into batch: ReceiveBatch) throws(SystemError) -> Int {
        var received = roost_received()
        let result = unsafe roost_udp_receive(
            descriptor, batch.arrays, batch.slab, Int32(ReceiveBatch.slotSize), Int32(ReceiveBatch.longestDatagram),
            batch.incoming, Int32(ReceiveBatch.room), batch.senders, batch.arrivals, &received)
        guard result >= 0 else { throw SystemError("receive on UDP \(localAddress)", code: -result) }
        batch.note(datagrams: Int(received.datagrams), messages: Int(received.messages))
        return Int(received.datagrams)
    }
}

/// The memory that datagrams are received into: allocated once, used for every receive of a worker.
///
/// The kernel hands over what came together from one sender as one message (UDP_GRO): a burst costs one way through its
/// layers. Here each datagram is one again.
@safe public final class ReceiveBatch {
    /// Messages a batch, each one datagram or several.
    public static let capacity = 64
    /// Bytes of the longest datagram that is taken: above any that a 1500-byte path carries. Longer ones are dropped.
    public static let longestDatagram = 2048
    /// Bytes a message: the longest that IP has. Memory that no message has reached is not there.
    static let slotSize = 65_536
    /// Datagrams a batch: the kernel puts 64 into a message at most.
    static let room = capacity * 64

    let arrays: OpaquePointer
    let slab: UnsafeMutablePointer<UInt8>
    let incoming: UnsafeMutablePointer<roost_incoming>
    let senders: UnsafeMutablePointer<roost_address>
    let arrivals: UnsafeMutablePointer<Int64>?
    private var datagrams = 0
    private var messages = 0

    /// Allocates the batch's memory.
    ///
    /// - Parameter withArrivals: Whether it keeps when the datagrams came in, from sockets that stamp them.
    public init(withArrivals: Bool = false) {
        unsafe arrays = roost_batch_create(Int32(Self.capacity))
        // Nothing is read before the kernel has written it.
        unsafe slab = .allocate(capacity: Self.capacity * Self.slotSize)
        unsafe incoming = .allocate(capacity: Self.room)
        unsafe senders = .allocate(capacity: Self.capacity)
        unsafe senders.initialize(repeating: roost_address(), count: Self.capacity)
        unsafe arrivals = withArrivals ? .allocate(capacity: Self.capacity) : nil
        unsafe arrivals?.initialize(repeating: 0, count: Self.capacity)
    }

    deinit {
        unsafe roost_batch_destroy(arrays)
        unsafe slab.deallocate()
        unsafe incoming.deallocate()
        unsafe senders.deallocate()
        unsafe arrivals?.deallocate()
    }

    func note(datagrams: Int, messages: Int) {
        self.datagrams = datagrams
        self.messages = messages
    }

    /// Whether the last receive took as much as it could, so that more may wait.
    public var isFull: Bool { messages == Self.capacity }

    @inline(__always)
    private func entry(_ index: Int) -> roost_incoming {
        precondition(index >= 0 && index < datagrams, "the batch has no such datagram")
        return unsafe incoming[index]
    }

    /// The bytes of datagram `index`: valid until the next receive. Length 0: it was too long or of an unknown family.
    @inline(__always)
    public func datagram(_ index: Int) -> UnsafeMutableBufferPointer<UInt8> {
        let entry = entry(index)
        return unsafe UnsafeMutableBufferPointer(start: slab + Int(entry.offset), count: Int(entry.length))
    }

    /// Who sent datagram `index`.
    @inline(__always)
    public func sender(_ index: Int) -> SocketAddress {
        unsafe SocketAddress(senders[Int(entry(index).message)])
    }

    /// When datagram `index` came in, in nanoseconds of the wall clock; `nil` where nobody stamped it.
    public func arrival(_ index: Int) -> Int64? {
        let message = Int(entry(index).message)
        guard let arrival = unsafe arrivals?[message], arrival != 0 else { return nil }
        return arrival
    }
}
