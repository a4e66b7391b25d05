public import Wire

/// Chooses whose sound is forwarded in a large room: the loudest few, by the level in every audio packet (RFC 6464).
///
/// A voice's loudness follows its level up within a few packets, stands for half a second after that, and falls by 40 dB a
/// second from then on. While a place is free, whoever makes a sound takes it. Otherwise a voice that is clearly louder
/// than the softest of the chosen ones takes that one's place: as a rule that of somebody who fell silent a while ago, so
/// that people who talk are not cut off, breaths and noise of one strength do not push each other out, and who begins to
/// talk is heard from the first or second packet on. Only when more people talk at once than there are places does
/// somebody wait, until one of them pauses.
///
/// The flag for voice activity in the extension is not looked at: senders that only set it for speech are as common as
/// those that set it never or always.
///
/// Each packet takes a time that depends on the number of places alone. Memory is allocated when voices come, never for a
/// packet.
public struct LoudestVoices: Sendable {
    /// A voice's place in the table.
    public struct Voice: Hashable, Sendable {
        let index: Int
    }

    private struct Entry: Sendable {
        /// How loud it counts as, in dB above silence.
        var loudness: Float = 0
        /// When it counted as that.
        var settled = Timestamp.zero
        /// Until when it does not fall.
        var heldUntil = Timestamp.zero
        var isThere = true
        var isChosen = false

        mutating func settle(at now: Timestamp) {
            let falling = now - max(heldUntil, settled)
            if falling > .zero {
                loudness = max(0, loudness - LoudestVoices.fall * Float(falling.nanoseconds) / 1_000_000_000)
            }
            settled = max(settled, now)
        }
    }

    /// The level of silence, in dB below overload.
    static let silence: UInt8 = 127
    /// How much of the way up is made with each packet: a click of one packet is not taken for half of what it was.
    static let rise: Float = 0.5
    /// How long a loudness stands: longer than a breath between two words.
    static let hold = Interval.milliseconds(500)
    /// How fast it falls after that, in dB a second.
    static let fall: Float = 40
    /// By how many dB a voice has to be louder than a chosen one to take its place: twice the difference that noise makes.
    static let lead: Float = 6

    /// The places there are; 0 chooses everybody.
    public let places: Int
    /// So many voices are all forwarded.
    public let everybody: Int
    private var entries: [Entry] = []
    private var vacant: [Int] = []
    private var chosen: [Int] = []

    /// Makes a table without voices.
    ///
    /// - Parameters:
    ///   - places: How many voices are forwarded at once, 1 to 50; 0 for all of them.
    ///   - everybody: The number of voices up to which all of them are forwarded.
    public init(places: Int, everybody: Int) {
        self.places = min(max(places, 0), 50)
        self.everybody = max(everybody, 0)
        chosen.reserveCapacity(self.places)
    }

    /// How many voices there are.
    public var count: Int { entries.count - vacant.count }

    /// Whether there are more voices than are all forwarded.
    public var isSelective: Bool { places > 0 && count > everybody }

    /// Whether a voice has one of the places.
    public func isChosen(_ voice: Voice) -> Bool { entries[voice.index].isChosen }

    /// A voice comes. It has been silent.
    public mutating func add() -> Voice {
        if let index = vacant.popLast() {
            entries[index] = Entry()
            return Voice(index: index)
        }
        entries.append(Entry())
        return Voice(index: entries.count - 1)
    }

    /// A voice goes. It must not be used again.
    public mutating func remove(_ voice: Voice) {
        guard entries[voice.index].isThere else { return }
        entries[voice.index].isThere = false
        entries[voice.index].isChosen = false
        chosen.removeAll { $0 == voice.index }
        vacant.append(voice.index)
    }

    /// Takes the level of a voice's packet and says whether the packet is forwarded.
    ///
    /// - Parameter level: In dB below overload, 0 to 127 (RFC 6464 §3).
    public mutating func hear(_ voice: Voice, level: UInt8, at now: Timestamp) -> Bool {
        let index = voice.index
        entries[index].settle(at: now)
        let present = Float(Self.silence - min(level, Self.silence))
        if present >= entries[index].loudness {
            entries[index].loudness += (present - entries[index].loudness) * Self.rise
            entries[index].heldUntil = now + Self.hold
        }
        if !entries[index].isChosen, present > 0 { choose(index, at: now) }
        return entries[index].isChosen || !isSelective
    }

    /// Gives a voice a free place, or that of one that is clearly softer.
    private mutating func choose(_ index: Int, at now: Timestamp) {
        if chosen.count < places {
            chosen.append(index)
            entries[index].isChosen = true
            return
        }
        var softest: Int?
        for place in chosen.indices {
            entries[chosen[place]].settle(at: now)
            if softest.map({ entries[chosen[place]].loudness < entries[chosen[$0]].loudness }) ?? true {
                softest = place
            }
        }
        guard let softest, entries[index].loudness >= entries[chosen[softest]].loudness + Self.lead else { return }
        entries[chosen[softest]].isChosen = false
        chosen[softest] = index
        entries[index].isChosen = true
    }
}
