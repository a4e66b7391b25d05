internal import Wire

/// The session salt, ready to be joined with what is different in each packet.
///
/// Padded with zeros to 16 bytes and kept as two numbers: a nonce or a counter block is two exclusive-ors away.
struct SessionSalt {
    /// 16 bytes in network byte order.
    typealias Block = (UInt64, UInt64)

    private let high: UInt64
    private let low: UInt64

    init(_ salt: [UInt8]) {
        let padded = salt + [UInt8](repeating: 0, count: max(0, 16 - salt.count))
        high = padded.span.uint64(at: 0)
        low = padded.span.uint64(at: 8)
    }

    /// The nonce of AES-GCM, its first 12 bytes: 00 00 ‖ SSRC ‖ ROC ‖ SEQ, where ROC ‖ SEQ is the index (RFC 7714 §8.1).
    @inline(__always)
    func nonce(ssrc: UInt32, index: ExtendedSequenceNumber) -> Block {
        block(UInt64(ssrc) << 16 | index.rawValue >> 32, index.rawValue << 32)
    }

    /// The first counter block of AES-CM: SSRC · 2⁶⁴ ⊕ index · 2¹⁶ (RFC 3711 §4.1.1).
    @inline(__always)
    func counter(ssrc: UInt32, index: ExtendedSequenceNumber) -> Block { block(UInt64(ssrc), index.rawValue << 16) }

    /// The nonce of AES-GCM for SRTCP: 00 00 ‖ SSRC ‖ 00 00 ‖ index (RFC 7714 §9.1).
    @inline(__always)
    func nonce(ssrc: UInt32, controlIndex: UInt32) -> Block {
        block(UInt64(ssrc) << 16, UInt64(controlIndex) << 32)
    }

    /// The first counter block of AES-CM for SRTCP, where the index is one of 31 bits (RFC 3711 §4.1.1).
    @inline(__always)
    func counter(ssrc: UInt32, controlIndex: UInt32) -> Block { block(UInt64(ssrc), UInt64(controlIndex) << 16) }

    @inline(__always)
    private func block(_ first: UInt64, _ second: UInt64) -> Block {
        ((high ^ first).bigEndian, (low ^ second).bigEndian)
    }
}
