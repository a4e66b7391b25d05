public import RTP
public import Wire

/// How one source is received, as reception reports tell it (RFC 3550 §6.4.1, A.1, A.3, A.8).
///
/// Counts what came in under the source's own SSRC. Packets that were recovered through RTX came under
/// another one and are not to be counted here: the sender judges the network by this loss.
///
/// SRTP already refuses a source that runs backwards, so the validation of A.1 is not needed.
public struct ReceptionStatistics: Sendable {
    private let clockRate: UInt32
    private var base: ExtendedSequenceNumber?
    private var highest = ExtendedSequenceNumber(0)
    private var lastTransit: UInt32 = 0
    /// The jitter in sixteenths of a tick, as in A.8.
    private var scaledJitter: UInt64 = 0
    private var expectedBefore: UInt64 = 0
    private var receivedBefore: UInt64 = 0
    private var senderReport: NTPTime?
    private var senderReportArrival = Timestamp.zero

    /// Packets received, late ones and duplicates included.
    public private(set) var received: UInt64 = 0
    /// Bytes received, headers included.
    public private(set) var receivedBytes: UInt64 = 0
    /// Packets that came after a higher number.
    public private(set) var reordered: UInt64 = 0
    /// Packets that came twice.
    public private(set) var duplicates: UInt64 = 0

    /// Makes statistics of a source whose timestamps run at `clockRate` ticks a second.
    public init(clockRate: UInt32) { self.clockRate = clockRate }

    /// The interarrival jitter.
    public var jitter: Interval { Interval(ticks: Int64(scaledJitter >> 4), at: clockRate) }

    /// Packets that should have come by now: from the first to the highest.
    public var expected: UInt64 {
        guard let base else { return 0 }
        return highest.rawValue &- base.rawValue &+ 1
    }

    /// Packets lost so far; negative where duplicates outnumber losses.
    public var lost: Int64 { Int64(bitPattern: expected &- received) }

    /// Counts a packet.
    public mutating func receive(
        _ number: ExtendedSequenceNumber, timestamp: RTPTimestamp, byteCount: Int, isDuplicate: Bool = false,
        at arrival: Timestamp
    ) {
        received &+= 1
        receivedBytes &+= UInt64(max(byteCount, 0))
        if isDuplicate { duplicates &+= 1 }
        let transit = UInt32(truncatingIfNeeded: (arrival - .zero).ticks(at: clockRate)) &- timestamp.rawValue
        guard let base else {
            base = number
            highest = number
            lastTransit = transit
            return
        }
        if number > highest {
            highest = number
        } else {
            if !isDuplicate { reordered &+= 1 }
            if number < base { self.base = number }
        }
        let difference = UInt64(Int32(bitPattern: transit &- lastTransit).magnitude)
        lastTransit = transit
        scaledJitter = scaledJitter &+ difference &- (scaledJitter &+ 8) >> 4
    }

    /// Remembers a sender report of the source, for the two fields that let the sender measure the round
    /// trip.
    public mutating func receiveSenderReport(ntp: NTPTime, at arrival: Timestamp) {
        senderReport = ntp
        senderReportArrival = arrival
    }

    /// The block that reports on `source` at `now`, and the beginning of the next one's interval; `nil`
    /// before the first packet.
    public mutating func makeReport(on source: SSRC, at now: Timestamp) -> ReportBlock? {
        guard let base else { return nil }
        let expectedNow = expected &- expectedBefore
        let receivedNow = received &- receivedBefore
        expectedBefore = expected
        receivedBefore = received
        let lostNow = Int64(bitPattern: expectedNow &- receivedNow)
        var block = ReportBlock(source: source)
        if expectedNow > 0, lostNow > 0 {
            block.fractionLost = UInt8(clamping: UInt64(lostNow) &* 256 / expectedNow)
        }
        block.cumulativeLost = Int32(max(-0x80_0000, min(0x7F_FFFF, lost)))
        // The cycles count from the first packet's, wherever its extended number began.
        block.highestSequenceNumber = UInt32(
            truncatingIfNeeded: highest.rawValue &- (base.rawValue & ~0xFFFF))
        block.jitter = UInt32(truncatingIfNeeded: scaledJitter >> 4)
        if let senderReport {
            block.lastSenderReport = senderReport.middle32
            block.delaySinceLastSenderReport = NTPDelay(now - senderReportArrival)
        }
        return block
    }
}
