/// One setting of the server: its key, its kind, its default and what it means. The table of them is the single source of
/// the command line, the environment, the file and the help.
struct Setting: Sendable {
    enum Kind: Sendable, Equatable {
        case text
        case number(ClosedRange<Int>)
        case flag
        case list
    }

    /// Dotted, lower case: `http.port` is `--http-port`, `ROOST_HTTP_PORT`, and `{"http": {"port": …}}`.
    let key: String
    let kind: Kind
    /// The default as a person would write it; empty for none.
    let fallback: String
    let help: String
    var isSecret = false

    var commandLineName: String { "--" + key.split(separator: ".").joined(separator: "-") }
    var environmentName: String {
        "ROOST_" + key.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }
    var placeholder: String {
        switch kind {
        case .text: " TEXT"
        case .number: " N"
        case .flag: " on|off"
        case .list: " A,B,…"
        }
    }
}

extension Setting {
    /// Every setting, in the order in which the help shows them.
    static let all: [(section: String, settings: [Setting])] = [
        (
            "Web, signalling and API",
            [
                Setting(key: "http.host", kind: .text, fallback: "0.0.0.0", help: "Address to listen on."),
                Setting(
                    key: "http.port", kind: .number(0...65_535), fallback: "8080",
                    help: "TCP port for page, signalling and API."),
                Setting(
                    key: "http.origins", kind: .list, fallback: "",
                    help: "Origins whose pages may connect; * for all. Default: pages this server served."),
                Setting(
                    key: "http.trusted-proxies", kind: .list, fallback: "",
                    help: "Address ranges (CIDR) whose X-Forwarded-For is believed."),
                Setting(
                    key: "http.connections", kind: .number(1...60_000), fallback: "4096",
                    help: "TCP connections at once."),
                Setting(
                    key: "http.connections-per-address", kind: .number(1...60_000), fallback: "128",
                    help: "TCP connections at once from one address."),
                Setting(
                    key: "api.key", kind: .text, fallback: "",
                    help: "Bearer key of the status API. Without one the API answers on loopback "
                        + "only.", isSecret: true),
            ]
        ),
        (
            "HTTPS",
            [
                Setting(
                    key: "tls.certificate", kind: .text, fallback: "",
                    help: "PEM file with the certificate chain; read again when it changes."),
                Setting(key: "tls.key", kind: .text, fallback: "", help: "PEM file with the private key."),
                Setting(
                    key: "tls.self-signed", kind: .flag, fallback: "off",
                    help: "Make a certificate at the start, for development: phones on the same "
                        + "network may join after a warning."),
            ]
        ),
        (
            "Media",
            [
                Setting(
                    key: "media.port", kind: .number(0...65_535), fallback: "40000",
                    help: "UDP port of the first worker; each further one has the next."),
                Setting(
                    key: "media.listen", kind: .list, fallback: "",
                    help: "Local addresses to bind. Default: those of the network interfaces."),
                Setting(
                    key: "media.announce", kind: .list, fallback: "",
                    help: "Addresses or names that peers reach this server by, behind NAT. Names "
                        + "are resolved at the start."),
                Setting(
                    key: "media.workers", kind: .number(0...64), fallback: "0",
                    help: "Media threads; 0 is one for each processor."),
                Setting(
                    key: "media.pin", kind: .flag, fallback: "off",
                    help: "Pin each media thread to a processor."),
                Setting(
                    key: "media.receive-buffer", kind: .number(65_536...1_073_741_824), fallback: "4194304",
                    help: "Bytes of socket buffer to ask the kernel for."),
                Setting(
                    key: "media.peers-per-worker", kind: .number(1...100_000), fallback: "2000",
                    help: "Participants a media thread takes before joins are refused."),
                Setting(
                    key: "media.overload", kind: .number(0...100), fallback: "90",
                    help:
                        "Percent of a second that a media thread may be busy. Above that for two seconds it takes no more "
                        + "participants and forwards only the lowest video layers, then no video; 0 never."),
                Setting(
                    key: "media.spread", kind: .number(1...100_000), fallback: "8",
                    help: "Participants by which a room's media thread may be ahead of the least loaded one before the "
                        + "room's next participants go there. 1 spreads every room evenly."),
                Setting(
                    key: "media.voices", kind: .number(0...50), fallback: "5",
                    help: "Microphones of a large room that are forwarded at once: the loudest. 0 forwards all of them."
                ),
                Setting(
                    key: "media.all-voices", kind: .number(0...10_000), fallback: "8",
                    help: "Microphones up to which all of a room are forwarded, whatever their level."),
                Setting(
                    key: "media.segmentation", kind: .flag, fallback: "on",
                    help: "Hand runs of datagrams to the kernel as one segmented send (UDP GSO) where it can."),
                Setting(
                    key: "media.stun-rate", kind: .number(0...1_000_000), fallback: "500",
                    help: "STUN requests without credentials that a media thread answers, per second."),
            ]
        ),
        (
            "Data channels",
            [
                Setting(
                    key: "data.on", kind: .flag, fallback: "on",
                    help: "Participants may send each other messages over data channels."),
                Setting(
                    key: "data.message-bytes", kind: .number(1_024...262_144), fallback: "65536",
                    help: "Bytes of one message."),
                Setting(
                    key: "data.channels", kind: .number(1...128), fallback: "16",
                    help: "Channels that a participant opens at once."),
                Setting(
                    key: "data.streams", kind: .number(16...65_535), fallback: "512",
                    help: "SCTP streams of a participant in each direction; half of them are for channels that others' "
                        + "messages come on. About 100 bytes of memory each."),
                Setting(
                    key: "data.message-rate", kind: .number(1...100_000), fallback: "100",
                    help: "Messages a second that a participant may send; twice as many at once."),
                Setting(
                    key: "data.byte-rate", kind: .number(1_024...1_073_741_824), fallback: "1048576",
                    help: "Bytes a second that a participant may send; twice as many at once."),
                Setting(
                    key: "data.buffer", kind: .number(262_144...268_435_456), fallback: "2097152",
                    help: "Bytes that may wait for one participant. A reliable message beyond that ends its "
                        + "data channels."),
            ]
        ),
        (
            "Rooms",
            [
                Setting(
                    key: "rooms.max", kind: .number(1...1_000_000), fallback: "1000",
                    help: "Rooms at once."),
                Setting(
                    key: "rooms.participants", kind: .number(1...10_000), fallback: "100",
                    help: "Participants in a room."),
                Setting(
                    key: "rooms.audio-slots", kind: .number(0...200), fallback: "16",
                    help: "Microphones a participant receives at once."),
                Setting(
                    key: "rooms.video-slots", kind: .number(0...200), fallback: "25",
                    help: "Videos a participant receives at once."),
                Setting(
                    key: "rooms.tracks", kind: .number(1...64), fallback: "8",
                    help: "Tracks a participant sends at once."),
                Setting(
                    key: "rooms.create-on-join", kind: .flag, fallback: "on",
                    help: "Joining a room that does not exist makes it."),
                Setting(
                    key: "rooms.clients-create", kind: .flag, fallback: "on",
                    help: "Clients may make rooms without joining them (create-room)."),
                Setting(
                    key: "rooms.empty-lifetime", kind: .number(0...86_400), fallback: "60",
                    help: "Seconds an empty room is kept."),
                Setting(
                    key: "rooms.name-length", kind: .number(1...1_024), fallback: "64",
                    help: "Characters of a participant's name."),
                Setting(
                    key: "rooms.connections", kind: .number(1...60_000), fallback: "4000",
                    help: "Signalling connections at once."),
                Setting(
                    key: "rooms.connections-per-address", kind: .number(1...100_000), fallback: "64",
                    help: "Signalling connections at once from one address."),
                Setting(
                    key: "rooms.sessions-per-address", kind: .number(1...100_000), fallback: "64",
                    help: "Participants at once from one address, in all rooms together."),
                Setting(
                    key: "rooms.pending-per-address", kind: .number(1...100_000), fallback: "32",
                    help: "Participants at once from one address whose media is not connected yet."),
                Setting(
                    key: "rooms.message-bytes", kind: .number(65_536...16_777_216), fallback: "1048576",
                    help: "Bytes of one signalling message."),
                Setting(
                    key: "rooms.message-rate", kind: .number(1...10_000), fallback: "30",
                    help: "Signalling messages a second from one connection; bursts of four times as many."),
                Setting(
                    key: "rooms.resume-grace", kind: .number(1...600), fallback: "20",
                    help: "Seconds that media survives a lost WebSocket."),
            ]
        ),
        (
            "STUN and TURN servers handed to clients",
            [
                Setting(
                    key: "ice.stun", kind: .list, fallback: "",
                    help: "STUN URLs, for calls from browser to browser; never a media port of this "
                        + "server. The calls through this server need none."),
                Setting(
                    key: "ice.turn", kind: .list, fallback: "",
                    help: "TURN URLs, such as turn:turn.example.org:3478?transport=udp."),
                Setting(
                    key: "ice.turn-secret", kind: .text, fallback: "",
                    help: "Shared secret of the TURN server (coturn: static-auth-secret).", isSecret: true),
                Setting(
                    key: "ice.turn-lifetime", kind: .number(60...604_800), fallback: "3600",
                    help: "Seconds a TURN credential is valid."),
            ]
        ),
        (
            "Store and logs",
            [
                Setting(
                    key: "store.path", kind: .text, fallback: "var/roost.sqlite",
                    help: "SQLite file of rooms and sessions."),
                Setting(
                    key: "store.retention", kind: .number(0...36_500), fallback: "0",
                    help: "Days that ended sessions are kept; 0 is for ever."),
                Setting(
                    key: "log.level", kind: .text, fallback: "info",
                    help: "trace, debug, info, notice, warning or error."),
                Setting(
                    key: "log.format", kind: .text, fallback: "text",
                    help: "text or json, one line an entry."),
            ]
        ),
    ]

    static let byKey: [String: Setting] = Dictionary(
        uniqueKeysWithValues: all.flatMap(\.settings).map { ($0.key, $0) })

    /// The help for every setting.
    static var help: String {
        var text = wrapped(
            "Each setting may stand on the command line, in the environment or in a JSON file (--config); the command line "
                + "wins, then the environment. In the file --http-port is {\"http\": {\"port\": 8080}}.")
        for (section, settings) in all {
            text += "\n\(section)\n"
            for setting in settings {
                text += "  \(setting.commandLineName)\(setting.placeholder)\n"
                text += wrapped("\(setting.help) \(setting.notes)", indent: 6)
            }
        }
        return text
    }

    /// Its name in the environment, its range and its default.
    private var notes: String {
        var notes = [environmentName]
        if case .number(let range) = kind { notes.append("\(range.lowerBound) to \(range.upperBound)") }
        if !fallback.isEmpty { notes.append("default \(fallback)") }
        return "[\(notes.joined(separator: ", "))]"
    }

    /// Lines of at most 78 characters: swift-argument-parser breaks those of 80.
    private static func wrapped(_ text: String, indent: Int = 0) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= 78 {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(margin + word)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
