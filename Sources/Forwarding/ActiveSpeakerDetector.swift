public import Wire

/// Chooses the one participant of a room who has the floor, from everybody's ``AudioLevelMeter``.
///
/// The floor changes when somebody else has clearly been speaking while the holder has not, or when both
/// speak and the other is clearly louder for a second. A cough, a "mm-hm" and a breath do not move it; nor
/// does silence: who spoke last stays. Fed every 50 to 100 ms, it follows a change of speaker within 300 ms.
public struct ActiveSpeakerDetector<ID: Hashable & Sendable>: Sendable {
    /// How one participant sounds at the moment.
    public struct Candidate: Sendable {
        /// Who.
        public var id: ID
        /// Whether they speak.
        public var isSpeaking: Bool
        /// The share of the last 400 ms that was loud, in percent.
        public var loudShare: Int
        /// The smoothed level in −dBov: less is louder.
        public var level: UInt8

        /// Makes a candidate from its parts.
        public init(id: ID, isSpeaking: Bool, loudShare: Int, level: UInt8) {
            self.id = id
            self.isSpeaking = isSpeaking
            self.loudShare = loudShare
            self.level = level
        }

        /// Makes a candidate from a meter.
        public init(id: ID, meter: AudioLevelMeter) {
            self.init(id: id, isSpeaking: meter.isSpeaking, loudShare: meter.loudShare, level: meter.level)
        }
    }

    /// How much of the window a challenger must have been loud, and by how much more than the holder, in
    /// percent. The first is 220 ms: longer than a "mm-hm", short enough to be seen within 300 ms.
    static var leastShare: Int { 55 }
    static var shareLead: Int { 25 }
    /// By how many dB a challenger must be louder, and for how long, to take the floor from somebody who
    /// speaks.
    static var levelLead: UInt8 { 6 }
    static var levelLeadTime: Interval { .seconds(1) }
    /// The floor does not change twice within this time.
    static var dwell: Interval { .milliseconds(500) }

    /// Who has the floor; `nil` until somebody speaks, or when the holder has left.
    public private(set) var speaker: ID?
    private var since = Timestamp.zero
    private var challenger: ID?
    private var challengedSince = Timestamp.zero

    /// Makes a detector for a silent room.
    public init() {}

    /// Takes how everybody in the room sounds at `now`; returns whether the floor changed hands.
    public mutating func update(_ candidates: some Sequence<Candidate>, at now: Timestamp) -> Bool {
        var holder: Candidate?
        var best: Candidate?
        for candidate in candidates {
            if candidate.id == speaker {
                holder = candidate
            } else if candidate.isSpeaking, best.map({ Self.leads(candidate, over: $0) }) ?? true {
                best = candidate
            }
        }
        guard let holder else {
            // Nobody has the floor, or who had it has left: no reason to wait.
            let previous = speaker
            give(to: best?.id, at: now)
            return speaker != previous
        }
        guard let best else {
            challenger = nil
            return false
        }
        let isLouder = Int(best.level) + Int(Self.levelLead) <= Int(holder.level)
        if !isLouder {
            challenger = nil
        } else if challenger != best.id {
            challenger = best.id
            challengedSince = now
        }
        let hasShareLead =
            best.loudShare >= Self.leastShare && best.loudShare - holder.loudShare >= Self.shareLead
        let hasLevelLead = isLouder && now - challengedSince >= Self.levelLeadTime
        guard hasShareLead || hasLevelLead, now - since >= Self.dwell else { return false }
        give(to: best.id, at: now)
        return true
    }

    private mutating func give(to id: ID?, at now: Timestamp) {
        speaker = id
        since = now
        challenger = nil
    }

    private static func leads(_ one: Candidate, over other: Candidate) -> Bool {
        one.loudShare != other.loudShare ? one.loudShare > other.loudShare : one.level < other.level
    }
}
