internal import LoadClient
internal import RTP

/// Who a participant of the load is: in which room, sending or not, and when it comes.
struct ParticipantPlan: Sendable {
    /// Its number in the whole load, from 0.
    var number: Int
    var room: Int
    var isPublisher: Bool
    /// Seconds after the start.
    var joinsAt: Double
    /// Whether its network is the impaired one.
    var isImpaired: Bool
    /// Whether what it receives is decrypted and looked at.
    var isVerified: Bool
    /// Whether it sends messages over a data channel.
    var sendsData = false
}

/// Everything a load consists of: the participants and what each offers.
struct LoadPlan: Sendable {
    let settings: LoadSettings
    let participants: [ParticipantPlan]
    /// Seconds after the start at which the last one has been asked to join.
    let lastJoin: Double

    init(_ settings: LoadSettings) {
        self.settings = settings
        let rooms = settings.whole("rooms") ?? 1
        let publishers = settings.whole("publishers") ?? 0
        let subscribers = settings.whole("subscribers") ?? 0
        let ramp = settings.number("ramp") ?? 20
        let lateRamp = settings.number("late-ramp").flatMap { $0 > 0 ? $0 : nil } ?? ramp
        let shares = Shares(
            impaired: settings.number("impaired") ?? 100, verified: settings.number("verified") ?? 100,
            data: settings.number("data-senders") ?? 0)
        var people: [ParticipantPlan] = []
        // Room by room in turn, so that rooms fill evenly; those who send come first.
        for place in 0..<publishers {
            for room in 0..<rooms { people.append(Self.plan(people.count, room, publisher: true, shares, of: place)) }
        }
        for index in people.indices { people[index].joinsAt = Double(index) / ramp }
        let first =
            (people.last?.joinsAt ?? 0) + (publishers > 0 ? 1 / ramp : 0) + (settings.number("late-subscribe") ?? 0)
        let before = people.count
        for place in 0..<subscribers {
            for room in 0..<rooms {
                var plan = Self.plan(people.count, room, publisher: false, shares, of: place)
                plan.joinsAt = first + Double(people.count - before) / lateRamp
                people.append(plan)
            }
        }
        // Of a room as a whole, those who publish first.
        for index in people.indices { people[index].sendsData = Self.isAmong(shares.data, index / rooms) }
        participants = people
        lastJoin = people.last?.joinsAt ?? 0
    }

    /// Shares of the participants, in per cent.
    private struct Shares {
        var impaired: Double
        var verified: Double
        var data: Double
    }

    private static func plan(
        _ number: Int, _ room: Int, publisher: Bool, _ shares: Shares, of place: Int
    ) -> ParticipantPlan {
        ParticipantPlan(
            number: number, room: room, isPublisher: publisher, joinsAt: 0,
            isImpaired: isAmong(shares.impaired, place), isVerified: isAmong(shares.verified, place))
    }

    /// Every n-th, so that a share of 10 % is one in ten of each room, whatever the seed.
    private static func isAmong(_ share: Double, _ place: Int) -> Bool {
        Int(Double(place + 1) * share / 100) > Int(Double(place) * share / 100)
    }

    /// The name of a room.
    func roomName(_ room: Int) -> String { "\(settings.text("room-prefix"))-\(room)" }

    /// The names of all rooms.
    var roomNames: [String] { (0..<(settings.whole("rooms") ?? 1)).map(roomName) }

    /// What a participant offers.
    func offer(_ plan: ParticipantPlan) -> ClientOffer.Options {
        var options = ClientOffer.Options()
        options.sendsAudio = plan.isPublisher && settings.isOn("audio")
        options.video = plan.isPublisher && settings.isOn("video") ? codec : nil
        if settings.isOn("simulcast") { options.rids = ["q", "h", "f"] }
        let others = max(0, (settings.whole("publishers") ?? 0) - (plan.isPublisher ? 1 : 0))
        let receives = !plan.isPublisher || settings.isOn("publishers-receive")
        options.audioSlots = receives ? slots("audio-slots", isOn: settings.isOn("audio"), others, most: 16) : 0
        options.videoSlots = receives ? slots("video-slots", isOn: settings.isOn("video"), others, most: 25) : 0
        options.hasDataChannels = (settings.number("data-senders") ?? 0) > 0
        // An offer has at least one m-line (RFC 9429 §5.2.1 allows none, but then there is no transport).
        if options.audioSlots + options.videoSlots == 0, !options.sendsAudio, options.video == nil {
            options.audioSlots = 1
        }
        return options
    }

    /// Whether nobody of the load sends: then it joins rooms in which others do.
    var isFilledFromElsewhere: Bool { settings.whole("publishers") == 0 }

    var codec: MediaCodec { settings.text("codec") == "h264" ? .h264 : .vp8 }

    private func slots(_ name: String, isOn: Bool, _ others: Int, most: Int) -> Int {
        let asked = settings.whole(name) ?? -1
        if asked >= 0 { return asked }
        return isOn ? min(others, most) : 0
    }
}
