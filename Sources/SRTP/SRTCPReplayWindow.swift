/// Which SRTCP indices of one incoming SSRC have come (RFC 3711 §3.3.2): the index is in the packet, so there is nothing to
/// guess.
struct SRTCPReplayWindow {
    /// The indices behind the highest one that are remembered; RFC 3711 wants 64 at least.
    static let size: UInt32 = 128

    private var highest: UInt32 = 0
    /// Bit 0 is the highest index itself.
    private var received: UInt128 = 0

    /// Whether no packet with `index` came, as far as is remembered; what is older counts as come.
    func isNew(_ index: UInt32) -> Bool {
        guard index <= highest else { return true }
        let behind = highest - index
        return behind < Self.size && received & (1 << UInt128(behind)) == 0
    }

    /// Notes that a genuine packet with `index` came.
    mutating func insert(_ index: UInt32) {
        if index > highest {
            let step = index - highest
            // The smart shift: everything leaves for a step beyond the window.
            received <<= UInt128(step)
            highest = index
        }
        received |= 1 << UInt128(highest - index)
    }
}
