public import Wire

/// How loud one participant is and whether they speak, from the level in every audio packet (RFC 6464).
///
/// Speech is what is louder than −35 dBov for 40 % of the last 400 ms. Four buckets of 100 ms slide over
/// time, so that speech is seen 160 ms after it begins, and a sender that falls silent (DTX, mute) is seen by
/// its absence.
public struct AudioLevelMeter: Sendable {
    /// Levels at or below this many −dBov count as loud.
    static let loudLevel: UInt8 = 35
    /// The level of silence.
    static let silence: UInt8 = 127
    static let bucketLength = Interval.milliseconds(100)
    static let bucketCount: Int64 = 4
    /// The share of the window that has to be loud for speech to begin, in percent, and the one below which
    /// it ends.
    static let beginShare = 40
    static let endShare = 10
    /// Speech does not end before the window has been quiet for so long: people breathe.
    static let hold = Interval.milliseconds(300)
    /// The longest and shortest time one packet can stand for.
    static let longestPacket = Interval.milliseconds(120)
    static let shortestPacket = Interval.milliseconds(10)
    static let defaultPacket = Interval.milliseconds(20)

    /// Loud time in each bucket, in microseconds.
    private var loud: [4 of UInt32] = .init(repeating: 0)
    /// The number of the bucket being filled: the time divided by a bucket's length.
    private var bucket: Int64 = 0
    private var lastPacket: Timestamp?
    private var lastBusy: Timestamp?
    private var lastTick: Timestamp?
    private var smoothed: Float = 0
    /// Whether the participant speaks.
    public private(set) var isSpeaking = false

    /// Makes a meter that has heard nothing.
    public init() {}

    /// The smoothed level in −dBov: 0 is the loudest there is, 127 silence.
    public var level: UInt8 { UInt8(max(0, min(127, 127 - smoothed))) }

    /// Takes a packet's level in −dBov.
    public mutating func receive(level: UInt8, at now: Timestamp) {
        advance(to: now)
        let level = min(level, Self.silence)
        var length = Self.defaultPacket
        if let lastPacket { length = min(max(now - lastPacket, Self.shortestPacket), Self.longestPacket) }
        lastPacket = now
        // After a pause the distance says nothing about the packet.
        if length == Self.longestPacket { length = Self.defaultPacket }
        smooth(towards: Float(Self.silence - level), over: length)
        if level <= Self.loudLevel {
            loud[Int(bucket & 3)] &+= UInt32(truncatingIfNeeded: length.nanoseconds / 1000)
        }
        judge(at: now)
    }

    /// Lets time pass without a packet; call it every 100 ms or so, before the meter is read.
    public mutating func tick(at now: Timestamp) {
        advance(to: now)
        if let lastPacket, now - lastPacket > Self.longestPacket {
            smooth(towards: 0, over: now - max(lastPacket, lastTick ?? lastPacket))
        }
        lastTick = now
        judge(at: now)
    }

    /// The share of the last 400 ms that was loud, in percent.
    public var loudShare: Int {
        var sum = 0
        for index in loud.indices { sum += Int(loud[index]) }
        return min(100, sum / Int(Self.bucketCount * Self.bucketLength.nanoseconds / 100_000))
    }

    private mutating func advance(to now: Timestamp) {
        let present = now.nanoseconds / Self.bucketLength.nanoseconds
        guard present > bucket else { return }
        if present - bucket >= Self.bucketCount {
            loud = .init(repeating: 0)
        } else {
            for passed in bucket + 1...present { loud[Int(passed & 3)] = 0 }
        }
        bucket = present
    }

    private mutating func judge(at now: Timestamp) {
        let share = loudShare
        if share >= Self.endShare { lastBusy = now }
        if isSpeaking {
            if share < Self.endShare, lastBusy.map({ now - $0 >= Self.hold }) ?? true { isSpeaking = false }
        } else if share >= Self.beginShare {
            isSpeaking = true
        }
    }

    /// Rises within 50 ms and falls within 250 ms, which is what a level display needs to look alive and
    /// steady.
    private mutating func smooth(towards target: Float, over time: Interval) {
        let passed = Float(time.nanoseconds) / 1_000_000
        let constant: Float = target > smoothed ? 50 : 250
        smoothed += (target - smoothed) * passed / (passed + constant)
    }
}
