import ICE

/// A message that cannot be taken, with the identifier to answer under where there was one.
struct RejectedMessage: Error, Equatable {
    var id: RequestID?
    var error: SignalingError
}

extension ClientRequest {
    /// Reads one message.
    static func parse(_ text: String) throws(RejectedMessage) -> ClientRequest {
        let value: JSONValue
        do throws(JSONParseError) {
            value = try JSONParser.parse(text)
        } catch {
            let sentence = "The message is not JSON: byte \(error.offset) should be \(error.expected)."
            throw RejectedMessage(id: nil, error: SignalingError(.badJSON, sentence))
        }
        guard case .object(let object) = value else {
            let sentence = "A message is a JSON object; this is \(value.kind)."
            throw RejectedMessage(id: nil, error: SignalingError(.badMessage, sentence))
        }
        return try parse(object)
    }

    private static func parse(_ object: JSONObject) throws(RejectedMessage) -> ClientRequest {
        let fields = MessageFields(object)
        let id: RequestID
        do throws(SignalingError) {
            id = try fields.requestID()
        } catch {
            throw RejectedMessage(id: nil, error: error)
        }
        do throws(SignalingError) {
            return ClientRequest(id: id, message: try ClientMessage(fields))
        } catch {
            throw RejectedMessage(id: id, error: error)
        }
    }
}

extension ClientMessage {
    /// The types there are, for the sentence of `unknown-type`.
    static let types = [
        "create-room", "join-room", "offer", "answer", "ice-candidate", "set-muted", "subscription-settings",
        "leave-room", "resume", "ping",
    ]

    fileprivate init(_ fields: MessageFields) throws(SignalingError) {
        let type = try fields.string("type")
        switch type {
        case "create-room":
            self = .createRoom(
                CreateRoom(room: try fields.optionalString("room"), name: try fields.optionalString("name")))
        case "join-room": self = .joinRoom(try JoinRoom(fields))
        case "offer", "answer", "ice-candidate": self = try Self.negotiation(type, fields)
        case "set-muted": self = .setMuted(try SetMuted(fields))
        case "subscription-settings": self = .subscriptionSettings(try SubscriptionSettings(fields))
        case "leave-room": self = .leaveRoom
        case "resume":
            self = .resume(
                token: try fields.string("token"), offerID: try fields.optionalInteger("offerId"))
        case "ping": self = .ping
        default:
            throw SignalingError(
                .unknownType,
                "There is no message of type \"\(type.prefix(32))\"; there are "
                    + Self.types.joined(separator: ", ") + "."
            )
        }
    }

    private static func negotiation(_ type: String, _ fields: MessageFields) throws(SignalingError)
        -> ClientMessage
    {
        if let target = try fields.optionalString("target") {
            return .relay(Relay(target: target, message: fields.object))
        }
        switch type {
        case "offer": return .offer(try Offer(fields, tracks: fields))
        case "answer": return .unexpectedAnswer
        default:
            try checkCandidate(fields)
            return .candidate
        }
    }

    /// A candidate for the server's peer connection is checked and not used: the server learns addresses from
    /// ICE checks.
    private static func checkCandidate(_ fields: MessageFields) throws(SignalingError) {
        guard let candidate = try fields.optionalObject("candidate") else {
            guard fields.object["candidate"] == .null else {
                throw fields.wrong(
                    "candidate", "an object as RTCIceCandidate.toJSON() makes it, or null at the end")
            }
            return
        }
        let text = try candidate.string("candidate")
        // An empty candidate is the end of candidates of one generation (RFC 8840 §4.3).
        guard !text.isEmpty else { return }
        do throws(ICECandidateError) {
            _ = try ICECandidate(parsing: text)
        } catch {
            throw SignalingError(
                .badCandidate, "candidate.candidate is not a candidate attribute (RFC 8839 §5.1): \(error).")
        }
    }
}

extension ClientMessage.JoinRoom {
    fileprivate init(_ fields: MessageFields) throws(SignalingError) {
        room = try fields.string("room")
        name = try fields.string("name")
        identity = try fields.optionalString("identity")
        create = try fields.optionalBool("create") ?? true
        offer = nil
        if let offer = try fields.optionalObject("offer") {
            self.offer = try ClientMessage.Offer(offer, tracks: fields)
        } else if fields.object["tracks"] != nil {
            throw fields.wrong("offer", "an object, because there are tracks: they name its m-lines")
        }
    }
}

extension ClientMessage.Offer {
    /// `tracks` stand beside the offer, not in it, when a join carries both.
    fileprivate init(_ fields: MessageFields, tracks: MessageFields) throws(SignalingError) {
        offerID = try fields.integer("offerId")
        sdp = try fields.string("sdp")
        self.tracks = nil
        guard let list = try tracks.optionalArray("tracks") else { return }
        var announced: [ClientMessage.AnnouncedTrack] = []
        for track in list {
            let mid = try track.string("mid")
            guard let source = TrackSource(rawValue: try track.string("source")) else {
                let sources = TrackSource.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
                throw track.wrong("source", "one of \(sources)")
            }
            guard !announced.contains(where: { $0.mid == mid }) else {
                throw track.wrong(
                    "mid", "an m-line that no other track names; \"\(mid.prefix(16))\" is named twice")
            }
            let muted = try track.optionalBool("muted") ?? false
            announced.append(ClientMessage.AnnouncedTrack(mid: mid, source: source, muted: muted))
        }
        self.tracks = announced
    }
}

extension ClientMessage.SubscriptionSettings {
    fileprivate init(_ fields: MessageFields) throws(SignalingError) {
        stage = try fields.optionalStrings("onStage")
        tracks = []
        for entry in try fields.optionalArray("tracks") ?? [] {
            let id = try entry.string("track")
            var settings = SubscriptionSettings.Track()
            settings.isVisible = try entry.optionalBool("visible") ?? true
            settings.maximumHeight = try entry.optionalInteger("maxHeight")
            settings.isPaused = try entry.optionalBool("paused") ?? false
            tracks.append(Track(id: id, settings: settings))
        }
        if fields.object["lastN"] != nil { lastN = LastN(most: try fields.optionalInteger("lastN")) }
        guard !tracks.isEmpty || stage != nil || lastN != nil else {
            throw fields.wrong("tracks", "an array of settings, unless there is \"onStage\" or \"lastN\"")
        }
    }
}

extension ClientMessage.SetMuted {
    fileprivate init(_ fields: MessageFields) throws(SignalingError) {
        if let id = try fields.optionalString("track") {
            track = .id(id)
        } else if let mid = try fields.optionalString("mid") {
            track = .mid(mid)
        } else {
            throw fields.wrong("track", "the id of a track of yours, or \"mid\" its m-line")
        }
        muted = try fields.bool("muted")
        rids = try fields.optionalStrings("rids")
    }
}
