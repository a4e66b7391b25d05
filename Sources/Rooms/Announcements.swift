import Wire

/// What everybody in a large room is told, held back for a moment so that it reaches each of them together with what follows.
///
/// Telling each of n members of each of n others takes n² messages. In a small room they leave at once. In a large one most of
/// the work is not in the messages but in waking n connections for each of them, so the first leaves at once, and those that
/// follow wait until the interval is over: longer, the more members there are, and longest what is told of members who publish
/// nothing. Whatever is sent to one member alone goes out behind everything announced before it, so the order that anybody
/// sees is that of what happened.
///
/// Of a member whose coming or change has not been heard yet, what it is like now is told in the place of that: who comes and
/// is connected a moment later is one message, not two.
struct Announcements {
    /// How soon something has to be told.
    enum Urgency {
        /// Somebody is to be seen or heard by it.
        case prompt
        /// It is about a member who publishes nothing.
        case calm
    }

    /// The view of a member, for messages that carry nothing else.
    struct View {
        var member: String
        /// The message that tells of its coming.
        var joined: String
        /// The message that tells of a change.
        var updated: String
    }

    /// Members up to which everything is told at once.
    static let smallRoom = 24
    /// The share of the interval that each member takes.
    private static func intervalPerMember(_ urgency: Urgency) -> Interval {
        urgency == .prompt ? .microseconds(250) : .milliseconds(1)
    }
    private static func longestInterval(_ urgency: Urgency) -> Interval {
        urgency == .prompt ? .milliseconds(500) : .seconds(2)
    }

    private struct Line {
        var text: String
        var excluded: String?
        /// The line that tells the same, for those who have not heard that one.
        var former: UInt64?
        var isJoin = false
    }

    private var lines: [Line] = []
    /// The number of the first line kept.
    private var first: UInt64 = 0
    /// When everybody was told last.
    private var lastTold: Timestamp?
    /// The lines that carry a member's view.
    private var views: [String: [UInt64]] = [:]
    /// The last line that leaves a member out.
    private var lastExcluding: [String: UInt64] = [:]
    /// What is not heard by whoever has heard as far as a line, those left out who are left out of a line.
    private var shared: [UInt64: SharedMessages] = [:]
    /// When everybody is told next; `nil` while there is nothing to tell.
    private(set) var due: Timestamp?

    /// The number of the next line: whoever has heard up to here has heard everything.
    var end: UInt64 { first + UInt64(lines.count) }
    /// Whether nobody has anything left to hear.
    var isEmpty: Bool { lines.isEmpty }

    /// Adds a line for everybody but one.
    mutating func append(_ text: String, except excluded: String?) { append(Line(text: text, excluded: excluded)) }

    /// Adds a member's view, which the member itself is not told.
    mutating func append(_ view: View, isJoin: Bool) {
        let former = views[view.member] ?? []
        // Whoever has not heard of it yet hears of it as it is now.
        for number in former {
            let place = Int(number - first)
            lines[place].text = lines[place].isJoin ? view.joined : view.updated
        }
        views[view.member, default: []].append(end)
        append(
            Line(
                text: isJoin ? view.joined : view.updated, excluded: view.member, former: former.last, isJoin: isJoin))
    }

    private mutating func append(_ line: Line) {
        if let excluded = line.excluded { lastExcluding[excluded] = end }
        lines.append(line)
        shared.removeAll(keepingCapacity: true)
    }

    /// What somebody has not heard yet who has heard everything up to `heard`; `nil` when that is nothing.
    mutating func unheard(from heard: UInt64, by member: String) -> SharedMessages? {
        guard heard < end else { return nil }
        let heard = max(heard, first)
        // Few are left out of a line; the others share.
        if let excluding = lastExcluding[member], excluding >= heard {
            return Self.messages(lines(from: heard) { $0.excluded != member })
        }
        if let known = shared[heard] { return known }
        let messages = Self.messages(lines(from: heard) { _ in true })
        shared[heard] = messages
        return messages
    }

    private static func messages(_ texts: [String]) -> SharedMessages? { texts.isEmpty ? nil : SharedMessages(texts) }

    private func lines(from heard: UInt64, where isFor: (Line) -> Bool) -> [String] {
        lines[Int(heard - first)...].compactMap { line in
            if let former = line.former, former >= heard { return nil }
            return isFor(line) ? line.text : nil
        }
    }

    /// Everybody is to be told, so soon as it has to be in a room of `members`. Returns when, if nobody has been asked yet to
    /// do it then.
    mutating func schedule(_ urgency: Urgency, at now: Timestamp, members: Int) -> Timestamp? {
        let interval = min(Self.intervalPerMember(urgency) * Int64(members), Self.longestInterval(urgency))
        let time = max(now, lastTold.map { $0 + interval } ?? now)
        if let due, due <= time { return nil }
        due = time
        return time
    }

    /// Everybody has heard everything.
    mutating func noteTold(at now: Timestamp) {
        first = end
        lines.removeAll(keepingCapacity: lines.count < 1_000)
        views = [:]
        lastExcluding = [:]
        shared = [:]
        lastTold = now
        due = nil
    }
}
