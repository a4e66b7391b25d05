/// The scenarios that have a name: what they change in the defaults.
public enum NamedScenario: String, CaseIterable, Sendable {
    /// Everybody publishes and sees everybody.
    case meeting
    /// One publishes, many watch.
    case webinar
    /// Everybody talks, nobody is seen.
    case audio
    /// Many small rooms.
    case rooms
    /// Everybody publishes, sees everybody, and writes to everybody over a data channel.
    case chat
    /// Rooms that run, and a crowd that joins them at once.
    case storm

    /// The settings, by name.
    public var settings: [String: String] {
        switch self {
        case .meeting: ["publishers": "6"]
        case .webinar: ["publishers": "1", "subscribers": "50"]
        case .audio: ["publishers": "16", "video": "off"]
        case .rooms: ["rooms": "10", "publishers": "3"]
        case .chat: ["publishers": "6", "data-senders": "100", "data-rate": "2"]
        case .storm:
            ["rooms": "4", "publishers": "3", "subscribers": "15", "late-subscribe": "5", "late-ramp": "200"]
        }
    }
}
