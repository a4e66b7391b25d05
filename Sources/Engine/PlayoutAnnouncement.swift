internal import RTP
internal import Wire

/// What one receiver is told of how long to keep the pictures on a slot, and until when it has to be said.
///
///     nothing said ──delay──▶ said in every packet ──reported beyond its first packets──▶ known
///                                   ▲                                                       │
///                                   └──────────────────another delay────────────────────────┘
///
/// A receiver that has never had to wait is never told anything, and its packets are as long as ever.
struct PlayoutAnnouncement {
    /// Less is no change that a viewer would see, and more packets to say it in.
    private static let leastChange = Interval.milliseconds(20)
    /// What lets a receiver choose for itself again. Not zero: Chromium takes that for a wish to show pictures without any
    /// smoothing.
    private static let none = Interval.milliseconds(10)
    /// What libwebrtc keeps pictures at most unless it is told something else.
    private static let most = Interval.seconds(10)
    /// Packets after the first one with it until it counts as heard: receivers take it from the first packet of a frame, and
    /// the largest frames have some tens.
    private static let packets: UInt64 = 64

    private(set) var delay = Interval.zero
    /// The extension's 24 bits.
    private(set) var wire: UInt32 = 0
    private var first: ExtendedSequenceNumber?
    /// Whether the receiver may not have heard it yet.
    private(set) var isDue = false

    /// Takes how long pictures have to be kept from now on; `newest` is the last number that was sent without saying so.
    mutating func set(_ delay: Interval, after newest: ExtendedSequenceNumber?) {
        let change = delay < self.delay ? self.delay - delay : delay - self.delay
        guard change >= Self.leastChange || (delay == .zero && self.delay != .zero) else { return }
        self.delay = delay
        wire = PlayoutDelay(least: max(delay, Self.none), most: Self.most).rawValue
        first = newest
        isDue = true
    }

    /// Says it once more: the receiver may be another one.
    mutating func sayAgain(after newest: ExtendedSequenceNumber?) {
        guard delay != .zero else { return }
        first = newest
        isDue = true
    }

    /// Takes the highest number that the receiver has reported (RFC 3550 §6.4.1), of those sent up to `newest`.
    mutating func noteReported(_ number: SequenceNumber, newest: ExtendedSequenceNumber?) {
        guard isDue, let newest else { return }
        guard let first else {
            // It was to be said before there were numbers; those that have been sent by now are as good a beginning.
            self.first = newest
            return
        }
        // How far the receiver is behind what was sent.
        let behind = UInt64(newest.wire.rawValue &- number.rawValue)
        guard behind < 0x8000, newest.rawValue >= behind, newest.rawValue - behind >= first.rawValue + Self.packets
        else { return }
        isDue = false
    }
}
