/// How Chrome cuts a frame into packets: as few as can be, nearly equal, the last ones a byte longer
/// (libwebrtc, rtp_format.cc, SplitAboutEqually).
struct SplitEvenly: Equatable {
    /// The number of packets.
    let count: Int
    private let short: Int
    private let long: Int

    /// Cuts `total` bytes into packets of at most `limit`.
    init(_ total: Int, limit: Int) {
        let total = max(total, 1)
        count = (total + max(limit, 1) - 1) / max(limit, 1)
        short = total / count
        long = total % count
    }

    /// The length of the packet at `index`.
    subscript(index: Int) -> Int { index >= count - long ? short + 1 : short }
}
