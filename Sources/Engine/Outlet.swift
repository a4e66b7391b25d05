internal import SRTP
internal import Wire

/// A receiver's transport, borrowed for one burst: looked up once, counted up once.
struct Outlet {
    let sender: SRTPSender
    let path: NetworkPath
    var lane: EgressBatch.Lane
    /// The next transport-wide sequence number.
    var transportNumber: UInt16
    /// Datagrams and bytes of this burst.
    private(set) var datagrams = 0
    private(set) var bytes = 0

    init(sender: SRTPSender, path: NetworkPath, lane: EgressBatch.Lane, transportNumber: UInt16) {
        self.sender = sender
        self.path = path
        self.lane = lane
        self.transportNumber = transportNumber
    }

    /// Takes the batch's next slot, with `length` bytes in it.
    @inline(__always)
    mutating func commit(length: Int, into batch: EgressBatch) {
        batch.commit(length: length, to: path, lane: &lane)
        datagrams += 1
        bytes += length
    }
}
