internal import Wire

/// Which SRTP indices of one incoming SSRC have come: the rollover counter and the replay list (RFC 3711 §3.3).
struct SRTPReceiveStream {
    /// The indices behind the highest one that are remembered: wide enough for what jitter and retransmission bring late;
    /// RFC 3711 §3.3.2 wants 64 at least.
    static let window: UInt64 = 1_024

    private var highest: ExtendedSequenceNumber?
    private var received: [16 of UInt64] = .init(repeating: 0)

    /// The index that a sequence number stands for: the nearest to the highest one (RFC 3711 §3.3.1); `nil` if that lies
    /// before the stream's beginning, if it came before, or if it is too old to tell.
    func index(of number: SequenceNumber) -> ExtendedSequenceNumber? {
        // A stream begins with a rollover counter of zero.
        guard let highest else { return ExtendedSequenceNumber(UInt64(number.rawValue)) }
        let step = Int64(Int16(bitPattern: number.rawValue &- highest.wire.rawValue))
        if step > 0 {
            let index = highest.advanced(by: step)
            return index.rawValue >> 48 == 0 ? index : nil
        }
        let behind = UInt64(-step)
        guard behind < Self.window, behind <= highest.rawValue else { return nil }
        let index = highest.advanced(by: step)
        return received[Int(index.rawValue >> 6 & 15)] & 1 << (index.rawValue & 63) == 0 ? index : nil
    }

    /// Notes that a genuine packet with `index` came.
    mutating func insert(_ index: ExtendedSequenceNumber) {
        if let highest, index <= highest {
            // Within the window, or `index(of:)` would have refused it.
        } else {
            clear(upTo: index)
            highest = index
        }
        received[Int(index.rawValue >> 6 & 15)] |= 1 << (index.rawValue & 63)
    }

    /// Frees the bits between the highest index and a new one; they stood for indices a whole window ago.
    private mutating func clear(upTo index: ExtendedSequenceNumber) {
        guard let highest, index.rawValue - highest.rawValue < Self.window else {
            received = .init(repeating: 0)
            return
        }
        var next = highest.rawValue + 1
        while next <= index.rawValue {
            received[Int(next >> 6 & 15)] &= ~(1 << (next & 63))
            next += 1
        }
    }
}
