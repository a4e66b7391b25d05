import Synchronization
import Wire

/// How many of something each address has at the moment, in all rooms together.
///
/// Rooms are actors of their own and share this one; a claim is taken and given back without waiting.
final class AddressLedger: Sendable {
    private let counter: Mutex<AddressCounter>

    init(limit: Int) { counter = Mutex(AddressCounter(limit: limit)) }

    /// Everything that is claimed at the moment, those of unknown origin left out.
    var total: Int { counter.withLock(\.total) }

    /// One more for an address; `nil` when it has as many as it may have.
    func claim(_ address: IPAddress?) -> AddressClaim? {
        let isTaken = counter.withLock { counter in
            if counter.isFull(address) { return false }
            counter.add(address)
            return true
        }
        return isTaken ? AddressClaim(address: address, ledger: self) : nil
    }

    /// One more for an address, whatever it has already: what is there has moved to it.
    func claimRegardless(_ address: IPAddress?) -> AddressClaim {
        counter.withLock { $0.add(address) }
        return AddressClaim(address: address, ledger: self)
    }

    fileprivate func release(_ address: IPAddress?) { counter.withLock { $0.remove(address) } }
}

/// One entry in a ledger. It is given back when this ends, whichever way that is, and so cannot leak.
struct AddressClaim: ~Copyable {
    let address: IPAddress?
    private let ledger: AddressLedger

    fileprivate init(address: IPAddress?, ledger: AddressLedger) {
        self.address = address
        self.ledger = ledger
    }

    deinit { ledger.release(address) }
}
