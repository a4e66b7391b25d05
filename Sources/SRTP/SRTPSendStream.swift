public import Wire

/// Which SRTP indices of one outgoing SSRC have been used.
///
/// The nonce is made of SSRC and index, so an index must never guard two different packets (RFC 7714 §8.3).
/// Late packets may still be sent once while they lie within the window; what is older is refused.
public struct SRTPSendStream: Sendable {
    /// The indices behind the highest one that are remembered.
    public static let window: UInt64 = 1_024

    /// The stream.
    public let ssrc: SSRC
    private var highest: UInt64 = 0
    private var hasSent = false
    private var used: [16 of UInt64] = .init(repeating: 0)

    /// Makes a stream of which nothing has been sent.
    public init(ssrc: SSRC) { self.ssrc = ssrc }

    /// Takes an index for one packet; false if it was taken before, is too old to tell, or lies beyond 48
    /// bits.
    @inline(__always)
    public mutating func take(_ index: ExtendedSequenceNumber) -> Bool {
        let number = index.rawValue
        guard number >> 48 == 0 else { return false }
        if !hasSent || number > highest {
            clear(after: number)
            highest = number
            hasSent = true
        } else {
            guard highest - number < Self.window, !isUsed(number) else { return false }
        }
        used[Int(number >> 6 & 15)] |= 1 << (number & 63)
        return true
    }

    @inline(__always)
    private func isUsed(_ number: UInt64) -> Bool { used[Int(number >> 6 & 15)] & 1 << (number & 63) != 0 }

    /// Frees the bits between the highest index and a new one; they stood for indices a whole window ago.
    @inline(__always)
    private mutating func clear(after number: UInt64) {
        guard hasSent, number - highest < Self.window else {
            used = .init(repeating: 0)
            return
        }
        var next = highest + 1
        while next <= number {
            used[Int(next >> 6 & 15)] &= ~(1 << (next & 63))
            next += 1
        }
    }
}
