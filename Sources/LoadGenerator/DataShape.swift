internal import DataChannels
internal import LoadMedia
internal import Wire

/// What participants send over data channels: the part of the settings that the SCTP thread needs.
struct DataShape: Sendable {
    /// The pause between two messages of a sender.
    let interval: Interval
    /// Bytes of a message.
    let size: Int
    /// Whether messages go to one member of the room instead of all.
    let isDirect: Bool
    let reliability: ChannelReliability

    /// `nil` when nobody sends any.
    init?(_ settings: LoadSettings) {
        guard let share = settings.number("data-senders"), share > 0 else { return nil }
        interval = Interval(nanoseconds: Int64(1e9 / max(settings.number("data-rate") ?? 1, 0.001)))
        size = max(settings.whole("data-size") ?? 200, MessageMark.length)
        isDirect = settings.text("data-to") == "member"
        let times = settings.whole("data-retransmits") ?? -1
        reliability = ChannelReliability(
            isOrdered: settings.isOn("data-ordered"),
            limit: times < 0 ? .none : .retransmissions(UInt32(clamping: times)))
    }
}
