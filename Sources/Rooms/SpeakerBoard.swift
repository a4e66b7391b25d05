import Wire

/// Who speaks in a room: collects levels and says at most every so often what the members should be told.
///
/// The media plane reports a level when it has changed, so a voice stays as it was reported last. The active
/// speaker stays until somebody else speaks while it has fallen silent, or has been clearly louder for a while, so
/// that a cough does not turn the room's eyes; it is nobody once nobody has spoken for a second. Who begins to
/// speak, and who becomes the active one, is told at once: within 300 ms of the first sound, 160 ms of which it takes
/// to tell speech from a click.
struct SpeakerBoard: Sendable {
    /// One participant's voice.
    private struct Voice {
        var level: Int8 = -127
        var isSpeaking = false
        /// The level smoothed over about half a second, in dBov.
        var smoothed = -127.0
        var smoothedAt: Timestamp
        var stoppedAt: Timestamp?
        var hasChanged = false

        /// Lets the smoothed level follow the present one.
        mutating func settle(at now: Timestamp) {
            let elapsed = max(0, (now - smoothedAt).seconds)
            smoothed += (Double(level) - smoothed) * elapsed / (elapsed + SpeakerBoard.memory)
            smoothedAt = now
        }
    }

    /// How far a speaker's level has fallen below that of another one who speaks when it has fallen silent, in dB: what a
    /// level meter falls in 150 ms, and more than voices differ.
    private static let silenced = 18
    /// How long the active speaker stays at least.
    private static let dwell = Interval.milliseconds(500)
    /// How much louder a challenger has to be, in dB: about half as loud again to the ear.
    private static let lead = 6.0
    /// How long nobody may speak before nobody is active.
    private static let silence = Interval.seconds(1)
    /// After so many seconds the smoothed level has come half of the way: longer than a cough.
    private static let memory = 0.5

    private let interval: Interval
    private var voices: [String: Voice] = [:]
    private(set) var active: String? {
        didSet { if active != oldValue { isUrgent = true } }
    }
    private var activeSince: Timestamp?
    /// Whether there is something that must not wait.
    private var isUrgent = false
    private var toldActive: String?
    private var toldAt: Timestamp?

    init(interval: Interval) { self.interval = interval }

    /// A participant's level, in dBov from -127 to 0.
    mutating func report(_ participant: String, level: Int8, isSpeaking: Bool, at now: Timestamp) {
        var voice = voices[participant] ?? Voice(smoothedAt: now)
        voice.settle(at: now)
        let level = min(0, max(-127, level))
        // The background noise of those who are silent goes up and down all the time and is nobody's news.
        if voice.isSpeaking != isSpeaking || (isSpeaking && voice.level != level) { voice.hasChanged = true }
        if voice.isSpeaking, !isSpeaking { voice.stoppedAt = now }
        if !voice.isSpeaking, isSpeaking { isUrgent = true }
        voice.level = level
        voice.isSpeaking = isSpeaking
        voices[participant] = voice
    }

    /// A participant will not be heard for a while: muted, or its transport is interrupted.
    mutating func silence(_ participant: String, at now: Timestamp) {
        guard voices[participant] != nil else { return }
        report(participant, level: -127, isSpeaking: false, at: now)
    }

    /// A participant left.
    mutating func remove(_ participant: String) {
        voices[participant] = nil
        if active == participant { active = nil }
    }

    /// Who speaks, and when the others did last.
    func floor() -> SlotClaims.Floor {
        var floor = SlotClaims.Floor()
        for (participant, voice) in voices {
            if voice.isSpeaking {
                floor.speaking.insert(participant)
            } else if let stopped = voice.stoppedAt {
                floor.lastSpoken[participant] = stopped
            }
        }
        return floor
    }

    /// What the members should be told now, if anything.
    mutating func update(at now: Timestamp) -> SpeakersUpdate? {
        chooseActive(at: now)
        if !isUrgent, let toldAt, now - toldAt < interval { return nil }
        isUrgent = false
        let told = voices.filter { $0.value.hasChanged || $0.value.isSpeaking }
        guard active != toldActive || told.contains(where: { $0.value.hasChanged }) else { return nil }
        for participant in told.keys { voices[participant]?.hasChanged = false }
        toldActive = active
        toldAt = now
        let levels = told.sorted { $0.key < $1.key }.map {
            SpeakersUpdate.Level(participant: $0.key, level: $0.value.level, isSpeaking: $0.value.isSpeaking)
        }
        return SpeakersUpdate(active: active, levels: levels)
    }

    private mutating func chooseActive(at now: Timestamp) {
        for participant in voices.keys { voices[participant]?.settle(at: now) }
        if let current = active, !hasSpokenLately(current, at: now) { active = nil }
        let speaking = voices.filter { $0.value.isSpeaking }
        let loudest = speaking.max { ($0.value.smoothed, $1.key) < ($1.value.smoothed, $0.key) }
        guard let loudest else { return }
        guard let current = active.flatMap({ voices[$0] }) else { return give(to: loudest.key, at: now) }
        // One who was louder and is falling silent does not win back what it has just lost.
        let isLouder =
            loudest.value.smoothed > current.smoothed + Self.lead && loudest.value.level >= current.level
        if !current.isSpeaking || isLouder {
            return give(to: loudest.key, at: now)
        }
        // Who has just stopped still counts as speaking for the length of a breath.
        let present = speaking.max { ($0.value.level, $1.key) < ($1.value.level, $0.key) }
        guard let present, Int(present.value.level) >= Int(current.level) + Self.silenced,
            activeSince.map({ now - $0 >= Self.dwell }) ?? true
        else { return }
        give(to: present.key, at: now)
    }

    private mutating func give(to participant: String, at now: Timestamp) {
        guard participant != active else { return }
        active = participant
        activeSince = now
    }

    private func hasSpokenLately(_ participant: String, at now: Timestamp) -> Bool {
        guard let voice = voices[participant] else { return false }
        if voice.isSpeaking { return true }
        return voice.stoppedAt.map { now - $0 < Self.silence } ?? false
    }
}

/// The content of a `speakers` event.
struct SpeakersUpdate: Equatable, Sendable {
    struct Level: Equatable, Sendable {
        var participant: String
        var level: Int8
        var isSpeaking: Bool
    }

    var active: String?
    var levels: [Level]

    var json: JSONObject {
        [
            "active": .optional(active),
            "levels": .array(
                levels.map {
                    .object([
                        "participant": .string($0.participant), "level": .integer($0.level),
                        "speaking": .bool($0.isSpeaking),
                    ])
                }),
        ]
    }
}
