internal import LoadClient
internal import RTP
internal import Wire

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
        let seed = UInt64(settings.whole("seed") ?? 1)
        let impaired = Self.chosen(
            settings.number("impaired") ?? 100, publishers * rooms, subscribers * rooms, seed: seed ^ Self.impairedSalt)
        let verified = Self.chosen(
            settings.number("verified") ?? 100, publishers * rooms, subscribers * rooms, seed: seed ^ Self.verifiedSalt)
        var people: [ParticipantPlan] = []
        func add(_ room: Int, publisher: Bool) {
            people.append(
                ParticipantPlan(
                    number: people.count, room: room, isPublisher: publisher, joinsAt: 0,
                    isImpaired: impaired.contains(people.count), isVerified: verified.contains(people.count)))
        }
        // Room by room in turn, so that rooms fill evenly; those who send come first.
        for _ in 0..<publishers { for room in 0..<rooms { add(room, publisher: true) } }
        for index in people.indices { people[index].joinsAt = Double(index) / ramp }
        let first =
            (people.last?.joinsAt ?? 0) + (publishers > 0 ? 1 / ramp : 0) + (settings.number("late-subscribe") ?? 0)
        let before = people.count
        for _ in 0..<subscribers { for room in 0..<rooms { add(room, publisher: false) } }
        for index in people.indices.dropFirst(before) {
            people[index].joinsAt = first + Double(index - before) / lateRamp
        }
        // Of a room as a whole, those who publish first.
        let senders = settings.number("data-senders") ?? 0
        for index in people.indices { people[index].sendsData = Self.isAmong(senders, index / rooms) }
        participants = people
        lastJoin = people.last?.joinsAt ?? 0
    }

    /// What the choices of those with a bad network and of those who are looked at begin with: equal shares are not the same people.
    private static let (impairedSalt, verifiedSalt): (UInt64, UInt64) = (0x494D_5041_4952_4544, 0x5645_5249_4649_4544)

    /// A share of the whole run, in per cent, by the places in `participants`: of those who publish, and of those who watch so many
    /// that it is a share of all together; one at least, unless it is 0.
    private static func chosen(_ share: Double, _ publishers: Int, _ subscribers: Int, seed: UInt64) -> Set<Int> {
        guard share > 0 else { return [] }
        // Shares are decimal fractions, which binary ones miss by a little.
        func part(of count: Int) -> Int { Int(Double(count) * share / 100 + 1e-6) }
        let all = max(part(of: publishers + subscribers), min(1, publishers + subscribers))
        let watching = subscribers == 0 ? 0 : all - part(of: publishers)
        var generator = SeededGenerator(seed: seed)
        let first = (0..<publishers).shuffled(using: &generator).prefix(all - watching)
        let second = (publishers..<publishers + subscribers).shuffled(using: &generator).prefix(watching)
        return Set(first).union(second)
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
