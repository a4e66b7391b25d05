internal import CLinux
public import Wire

/// Hands runs of datagrams to the kernel; its arrays are allocated once a worker.
///
/// Datagrams that are appended one after the other for one destination and have one size, the last one at most that, go as
/// one segmented send where the kernel can (UDP_SEGMENT): it walks its stack once for all of them.
@safe public final class SendBatch {
    /// Datagrams one system call may take.
    public static let capacity = 512

    private let arrays: OpaquePointer
    private let outgoing: UnsafeMutablePointer<roost_outgoing>
    private let destinations: UnsafeMutablePointer<roost_address>
    private var count = 0
    private var destinationCount = 0
    private var last: SocketAddress?

    /// Allocates the batch's memory.
    public init() {
        unsafe arrays = roost_batch_create(Int32(Self.capacity))
        unsafe outgoing = .allocate(capacity: Self.capacity)
        unsafe destinations = .allocate(capacity: Self.capacity)
        unsafe outgoing.initialize(repeating: roost_outgoing(), count: Self.capacity)
        unsafe destinations.initialize(repeating: roost_address(), count: Self.capacity)
    }

    deinit {
        unsafe roost_batch_destroy(arrays)
        unsafe outgoing.deallocate()
        unsafe destinations.deallocate()
    }

    /// Whether nothing more fits before a send.
    @inline(__always)
    public var isFull: Bool { count == Self.capacity }

    /// Adds a datagram that lies at `offset` in the slab given to `send`. The batch must not be full.
    @inline(__always)
    public func append(offset: Int, length: Int, to remote: SocketAddress) {
        precondition(count < Self.capacity, "send before appending to a full batch")
        if remote != last {
            unsafe destinations[destinationCount] = remote.cAddress
            destinationCount += 1
            last = remote
        }
        unsafe outgoing[count] = roost_outgoing(
            offset: UInt32(truncatingIfNeeded: offset), length: UInt16(truncatingIfNeeded: length),
            destination: UInt16(truncatingIfNeeded: destinationCount - 1))
        count += 1
    }

    /// What became of a send.
    public struct Outcome: Sendable {
        /// Datagrams the kernel took.
        public var sent = 0
        /// Datagrams the kernel refused, or that found its buffer full: lost.
        public var lost = 0
        /// Messages they were packed into.
        public var messages = 0
        /// System calls it took.
        public var calls = 0
    }

    /// Sends everything appended and empties the batch. Datagrams for which the socket has no room are lost and counted:
    /// waiting for one peer would delay all others.
    public func send(on socket: UDPSocket, slab: UnsafePointer<UInt8>) -> Outcome {
        guard count > 0 else { return Outcome() }
        var outcome = roost_send_outcome()
        let result = unsafe roost_udp_send(
            socket.descriptor, arrays, slab, outgoing, Int32(count), destinations, Int32(destinationCount),
            &socket.segmentationTrust, &outcome)
        defer {
            count = 0
            destinationCount = 0
            last = nil
        }
        guard result == 0 else { return Outcome(lost: count) }
        return Outcome(
            sent: Int(outcome.sent), lost: Int(outcome.lost), messages: Int(outcome.messages),
            calls: Int(outcome.calls))
    }
}
