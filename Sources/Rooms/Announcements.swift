import Wire

/// What everybody in a large room is told, held back for a moment so that it reaches each of them together with what follows.
///
/// Telling each of n members of each of n others takes n² messages. In a small room they leave at once. In a large one most of
/// the work is not in the messages but in waking n connections for each of them, so the first leaves at once, and those that
/// follow wait until the interval is over: longer, the more members there are. Whatever is sent to one member alone goes out
/// behind everything announced before it, so the order that anybody sees is that of what happened.
struct Announcements {
    /// Members up to which everything is told at once.
    static let smallRoom = 24
    /// The share of the interval that each member takes.
    private static let intervalPerMember = Interval.microseconds(250)
    private static let longestInterval = Interval.milliseconds(500)

    private struct Line {
        var text: String
        var excluded: String?
    }

    private var lines: [Line] = []
    /// The number of the first line kept.
    private var first: UInt64 = 0
    /// When everybody was told last.
    private var lastTold: Timestamp?
    /// Whether somebody has been asked to tell everybody.
    var isScheduled = false

    /// The number of the next line: whoever has heard up to here has heard everything.
    var end: UInt64 { first + UInt64(lines.count) }
    /// Whether nobody has anything left to hear.
    var isEmpty: Bool { lines.isEmpty }

    /// Adds a line for everybody but one.
    mutating func append(_ text: String, except excluded: String?) {
        lines.append(Line(text: text, excluded: excluded))
    }

    /// What somebody has not heard yet who has heard everything up to `heard`.
    func lines(from heard: UInt64, for member: String) -> [String] {
        guard heard < end else { return [] }
        return lines[Int(max(heard, first) - first)...].compactMap { $0.excluded == member ? nil : $0.text }
    }

    /// How long the lines have to wait at `now` in a room of `members`.
    func delay(at now: Timestamp, members: Int) -> Interval {
        guard let lastTold else { return .zero }
        let interval = min(Self.intervalPerMember * Int64(members), Self.longestInterval)
        return max(.zero, lastTold + interval - now)
    }

    /// Everybody has heard everything.
    mutating func noteTold(at now: Timestamp) {
        first = end
        lines.removeAll(keepingCapacity: lines.count < 1_000)
        lastTold = now
    }
}
