internal import LoadMedia

extension LoadSetting {
    /// Every setting, in the order in which the help shows them.
    public static let all: [(section: String, settings: [LoadSetting])] = [
        ("Server", server), ("Who", who), ("What is sent", media), ("Messages over data channels", data),
        ("When", time),
        ("The network of the impaired, from the client up to the server", network("up")),
        ("The network of the impaired, from the server down to the client", network("down")),
        ("The generator", generator), ("Pass or fail", thresholds), ("Capacity", capacity), ("Results", results),
    ]

    private static let server = [
        LoadSetting(
            name: "url", kind: .text, fallback: "ws://127.0.0.1:8080/ws",
            help: "The server's signalling, ws:// or wss://."),
        LoadSetting(
            name: "insecure", kind: .flag, fallback: "off", help: "Take any certificate, for self-signed ones."),
        LoadSetting(
            name: "server-pid", kind: .whole(0...4_194_304), fallback: "0",
            help: "The server's process on this machine, to measure its CPU and memory; 0 for none."),
        LoadSetting(
            name: "server-ip", kind: .text,
            help: "Send media to this address of the server's only. Default: loopback where the URL is, else all."),
        LoadSetting(
            name: "api-key", kind: .text, help: "Key of the server's status API. On loopback none is needed."),
    ]

    private static let who = [
        LoadSetting(
            name: "scenario", kind: .choice(NamedScenario.allCases.map(\.rawValue)), fallback: "meeting",
            help: "Where to begin from: everybody publishes; one to many; audio only; many small rooms; a meeting "
                + "whose members write to each other; a join storm into running rooms."),
        LoadSetting(name: "rooms", kind: .whole(1...10_000), fallback: "1", help: "Rooms."),
        LoadSetting(
            name: "publishers", kind: .whole(0...10_000), fallback: "6",
            help: "Participants of a room who send; they receive, too."),
        LoadSetting(
            name: "subscribers", kind: .whole(0...10_000), fallback: "0",
            help: "Participants of a room who only receive."),
        LoadSetting(
            name: "audio-slots", kind: .whole(-1...64), fallback: "-1",
            help: "Microphones each asks to receive at once; -1 is as many as others publish, 16 at most."),
        LoadSetting(
            name: "video-slots", kind: .whole(-1...64), fallback: "-1",
            help: "Videos each asks to receive at once; -1 is as many as others publish, 25 at most."),
        LoadSetting(
            name: "max-height", kind: .whole(0...4_320), unit: "pixels", fallback: "0",
            help: "The shorter side in which each shows every picture: of a simulcast the server sends the layer that "
                + "fits; 0 is any size."),
        LoadSetting(
            name: "last-n", kind: .whole(-1...64), unit: "cameras", fallback: "-1",
            help: "Cameras each wants at most, those of who spoke last; -1 is as many as it has slots."),
        LoadSetting(
            name: "publishers-receive", kind: .flag, fallback: "on",
            help: "Whether those who send receive as well."),
        LoadSetting(name: "room-prefix", kind: .text, fallback: "load", help: "What the rooms' names begin with."),
    ]

    private static let media = [
        LoadSetting(name: "audio", kind: .flag, fallback: "on", help: "Publishers send sound (Opus, 50 packets/s)."),
        LoadSetting(name: "video", kind: .flag, fallback: "on", help: "Publishers send pictures."),
        LoadSetting(
            name: "codec", kind: .choice(["vp8", "h264"]), fallback: "vp8", help: "What pictures are sent in."),
        LoadSetting(
            name: "video-bitrate", kind: .whole(50...50_000), unit: "kbit/s", fallback: "1500",
            help: "Bit rate of a publisher's pictures; of the largest layer with simulcast."),
        LoadSetting(
            name: "frame-rate", kind: .whole(1...120), unit: "frames/s", fallback: "30", help: "Pictures a second."),
        LoadSetting(
            name: "packet-rate", kind: .whole(0...100_000), unit: "packets/s", fallback: "0",
            help: "Packets of one size instead of an encoder's frames, for benchmarks; 0 is frames."),
        LoadSetting(
            name: "packet-size", kind: .whole(VideoFormat.shortestPayload...1_200), unit: "bytes", fallback: "1100",
            help: "RTP payload of such packets."),
        LoadSetting(
            name: "packet-burst", kind: .whole(1...64), unit: "packets", fallback: "1",
            help: "How many of them are sent at a time; each burst is a frame."),
        LoadSetting(
            name: "keyframe-interval", kind: .number(0...3_600), unit: "s", fallback: "0",
            help: "A keyframe this often besides those asked for; 0 is never, as browsers do."),
        LoadSetting(
            name: "simulcast", kind: .flag, fallback: "off",
            help: "Pictures in three layers: full, half and quarter size."),
    ]

    private static let data = [
        LoadSetting(
            name: "data-senders", kind: .number(0...100), unit: "%", fallback: "0",
            help: "Participants of a room who send messages over a data channel; if there are any, all can receive."),
        LoadSetting(
            name: "data-rate", kind: .number(0.01...1_000), unit: "messages/s", fallback: "1",
            help: "Messages a second of each who sends; a server lets 100 pass unless told otherwise."),
        LoadSetting(
            name: "data-size", kind: .whole(40...65_536), unit: "bytes", fallback: "200", help: "Bytes of a message."),
        LoadSetting(
            name: "data-to", kind: .choice(["room", "member"]), fallback: "room",
            help: "Whom each sends to: everybody in the room, or one member."),
        LoadSetting(name: "data-ordered", kind: .flag, fallback: "on", help: "Whether channels are ordered."),
        LoadSetting(
            name: "data-retransmits", kind: .whole(-1...65_535), unit: "times", fallback: "-1",
            help: "How often a message is repeated at most; -1 is until it has come."),
    ]

    private static let time = [
        LoadSetting(
            name: "duration", kind: .number(1...86_400), unit: "s", fallback: "30",
            help: "How long it runs once everybody has been asked to join."),
        LoadSetting(
            name: "ramp", kind: .number(0.1...10_000), unit: "joins/s", fallback: "20", help: "Joins a second."),
        LoadSetting(
            name: "late-subscribe", kind: .number(0...3_600), unit: "s", fallback: "0",
            help: "Subscribers join this long after the last publisher."),
        LoadSetting(
            name: "late-ramp", kind: .number(0...10_000), unit: "joins/s", fallback: "0",
            help: "Joins a second of subscribers; 0 is the same as --ramp."),
        LoadSetting(
            name: "churn", kind: .number(0...60_000), unit: "per minute", fallback: "0",
            help: "Participants who leave and join again."),
        LoadSetting(
            name: "verified", kind: .number(0...100), unit: "%", fallback: "100",
            help:
                "Participants of the whole run, by chance from --seed, whose media is decrypted and looked at; of the rest only the "
                + "RTP headers are read, for more participants a processor."),
        LoadSetting(
            name: "seed", kind: .whole(0...Int.max), fallback: "1",
            help: "Where all chance comes from: sizes of frames, losses, who leaves."),
    ]

    private static func network(_ direction: String) -> [LoadSetting] {
        [
            LoadSetting(
                name: "\(direction)-loss", kind: .number(0...100), unit: "%", fallback: "0",
                help: "Packets lost, one by one."),
            LoadSetting(
                name: "\(direction)-burst", kind: .number(0...100), unit: "%", fallback: "0",
                help: "The share of all packets that is lost in bursts, besides those lost one by one."),
            LoadSetting(
                name: "\(direction)-burst-length", kind: .whole(1...10_000), unit: "packets", fallback: "8",
                help: "Packets lost in a row in such a burst, on average."),
            LoadSetting(
                name: "\(direction)-delay", kind: .number(0...10_000), unit: "ms", fallback: "0",
                help: "What every packet takes longer."),
            LoadSetting(
                name: "\(direction)-jitter", kind: .number(0...10_000), unit: "ms", fallback: "0",
                help: "The most that chance adds to the delay."),
            LoadSetting(
                name: "\(direction)-reorder", kind: .number(0...100), unit: "%", fallback: "0",
                help: "Packets that those behind them overtake."),
            LoadSetting(
                name: "\(direction)-rate", kind: .whole(0...10_000_000), unit: "kbit/s", fallback: "0",
                help: "What the line carries; 0 is no limit."),
            LoadSetting(
                name: "\(direction)-blackout", kind: .text,
                help: "START+LENGTH in seconds after joining, in which nothing passes: 10+2.5."),
        ]
            + (direction == "down"
                ? [
                    LoadSetting(
                        name: "impaired", kind: .number(0...100), unit: "%", fallback: "100",
                        help: "Participants of the whole run, by chance from --seed, whose network is like that.")
                ] : [])
    }

    private static let generator = [
        LoadSetting(
            name: "threads", kind: .whole(0...64), fallback: "0",
            help: "Threads that move media; 0 is half the processors, at least one."),
        LoadSetting(
            name: "pin", kind: .whole(-1...1_023), fallback: "-1",
            help: "Pin the threads to processors from this one on, of those that the process may use, the first 0; "
                + "-1 for not."),
    ]

    private static let thresholds = [
        LoadSetting(
            name: "max-loss", kind: .number(0...100), unit: "%", help: "Fail above this loss after retransmission."),
        LoadSetting(
            name: "max-latency-p99", kind: .number(0...60_000), unit: "ms", help: "Fail above this forwarding latency."),
        LoadSetting(
            name: "max-join-p99", kind: .number(0...60_000), unit: "ms",
            help: "Fail above this time from connecting to the first packet."),
        LoadSetting(
            name: "max-freezes", kind: .whole(0...1_000_000_000), help: "Fail above this number of freezes."),
        LoadSetting(
            name: "max-corrupt", kind: .whole(0...1_000_000_000),
            help: "Fail above this number of frames that came and were wrong."),
        LoadSetting(
            name: "max-join-failures", kind: .whole(0...1_000_000_000), help: "Fail above this number of failed joins."),
        LoadSetting(
            name: "leak-check", kind: .number(0...3_600), unit: "s", fallback: "0",
            help: "Fail unless the server's rooms and participants are down to what they were this long after all have "
                + "left; 0 is not to look. The server must be nobody else's meanwhile."),
        LoadSetting(
            name: "limit", kind: .text,
            help: "Further limits on any figure, separated by commas, or each with a --limit of its own: "
                + "p99<5ms,raw-loss<=1%,cpu-per-packet<8us. A run with any limit fails, too, when a session is lost, unless "
                + "one on disconnects says how many may be."),
        LoadSetting(
            name: "min-complete", kind: .number(0...100), unit: "%", help: "Fail below this share of complete frames."),
    ]

    private static let capacity = [
        LoadSetting(
            name: "find-capacity", kind: .choice(["subscribers", "rooms"]),
            help: "Raise this until loss or latency passes its limit, and say where that was."),
        LoadSetting(
            name: "capacity-step", kind: .whole(1...10_000), fallback: "20", help: "By how much it is raised at first."),
        LoadSetting(
            name: "capacity-limit", kind: .whole(1...100_000), fallback: "2000", help: "Where the search ends."),
        LoadSetting(
            name: "capacity-hold", kind: .number(2...600), unit: "s", fallback: "6",
            help: "How long each step is measured."),
    ]

    private static let results = [
        LoadSetting(name: "json", kind: .text, help: "Write the report to this file as JSON."),
        LoadSetting(name: "html", kind: .text, help: "Write the report to this file as a page."),
        LoadSetting(name: "quiet", kind: .flag, fallback: "off", help: "No progress while it runs."),
    ]
}
