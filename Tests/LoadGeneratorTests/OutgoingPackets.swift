import Synchronization

@testable import LoadGenerator

/// What the SCTP thread of a load wants sent, until a test fetches it.
final class OutgoingPackets: Sendable {
    private let packets = Mutex<[DataExchange.Packet]>([])

    func add(_ new: [DataExchange.Packet]) { packets.withLock { $0 += new } }

    func take() -> [DataExchange.Packet] {
        packets.withLock { packets in
            defer { packets = [] }
            return packets
        }
    }
}
