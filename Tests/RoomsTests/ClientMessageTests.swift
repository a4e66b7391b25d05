import Testing
import Wire

@testable import Rooms

/// Reading what clients send: what is right is understood, what is wrong is named.
struct ClientMessageTests {
    /// One of each, with every field.
    static let valid = [
        #"{"type":"create-room","id":1,"room":"standup","name":"Daily"}"#,
        #"{"type":"join-room","id":"j","room":"standup","name":"Ada","identity":"ada","create":true,"#
            + #""offer":{"offerId":1,"sdp":"v=0"},"tracks":[{"mid":"0","source":"microphone","muted":true}]}"#,
        #"{"type":"offer","id":3,"offerId":2,"sdp":"v=0","tracks":[]}"#,
        #"{"type":"offer","id":4,"target":"p-1","sdp":"v=0"}"#,
        #"{"type":"answer","id":5,"target":"p-1","sdp":"v=0"}"#,
        #"{"type":"answer","id":5,"sdp":"v=0"}"#,
        #"{"type":"ice-candidate","id":6,"candidate":{"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host"}}"#,
        #"{"type":"ice-candidate","id":6,"target":"p-1","candidate":null}"#,
        #"{"type":"set-muted","id":7,"track":"t-1","muted":true}"#,
        #"{"type":"set-muted","id":7,"mid":"0","muted":false}"#,
        #"{"type":"set-muted","id":7,"mid":"0","muted":false,"rids":["q"]}"#,
        #"{"type":"leave-room","id":8}"#,
        #"{"type":"resume","id":9,"token":"1.p.s"}"#,
        #"{"type":"resume","id":9,"token":"1.p.s","offerId":3}"#,
        #"{"type":"ping","id":-10}"#,
    ]

    @Test func everyMessageIsUnderstood() throws {
        let messages = try Self.valid.map { try ClientRequest.parse($0).message }
        #expect(
            messages == [
                .createRoom(.init(room: "standup", name: "Daily")),
                .joinRoom(
                    .init(
                        room: "standup", name: "Ada", identity: "ada", create: true,
                        offer: .init(
                            offerID: 1, sdp: "v=0",
                            tracks: [.init(mid: "0", source: .microphone, muted: true)]))),
                .offer(.init(offerID: 2, sdp: "v=0", tracks: [])),
                .relay(
                    .init(
                        target: "p-1",
                        message: [
                            "type": .string("offer"), "id": .number("4"), "target": .string("p-1"),
                            "sdp": .string("v=0"),
                        ])),
                .relay(
                    .init(
                        target: "p-1",
                        message: [
                            "type": .string("answer"), "id": .number("5"), "target": .string("p-1"),
                            "sdp": .string("v=0"),
                        ])),
                .unexpectedAnswer, .candidate,
                .relay(
                    .init(
                        target: "p-1",
                        message: [
                            "type": .string("ice-candidate"), "id": .number("6"), "target": .string("p-1"),
                            "candidate": .null,
                        ])),
                .setMuted(.init(track: .id("t-1"), muted: true)),
                .setMuted(.init(track: .mid("0"), muted: false)),
                .setMuted(.init(track: .mid("0"), muted: false, rids: ["q"])),
                .leaveRoom, .resume(token: "1.p.s", offerID: nil), .resume(token: "1.p.s", offerID: 3), .ping,
            ])
    }

    @Test(arguments: valid)
    func noPrefixIsTakenForAMessage(text: String) {
        for length in 0..<text.utf8.count {
            let prefix = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            #expect(throws: RejectedMessage.self) { try ClientRequest.parse(prefix) }
        }
    }

    /// With one byte changed a message is another one or none, but nothing traps.
    @Test(arguments: valid)
    func noChangedByteTraps(text: String) {
        var generator = SeededGenerator(seed: 7)
        var refused = 0
        for index in text.utf8.indices {
            for _ in 0..<4 {
                var bytes = Array(text.utf8)
                bytes[text.utf8.distance(from: text.utf8.startIndex, to: index)] = UInt8.random(
                    in: 0...255, using: &generator)
                do { _ = try ClientRequest.parse(String(decoding: bytes, as: UTF8.self)) } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 0)
    }

    /// Every field of every message, once missing, once of each wrong kind: refused under its name, or
    /// optional.
    @Test(arguments: valid)
    func wrongFieldsAreNamed(text: String) throws {
        guard case .object(let object) = try JSONParser.parse(text) else { return }
        let wrong: [JSONValue] = [
            .bool(true), .number("1.5"), .string(""), .array([]), .object([:]), .number("-1"),
        ]
        for member in object.members {
            for value in wrong {
                var changed = object
                changed[member.name] = value
                do {
                    _ = try ClientRequest.parse(changed.text)
                } catch {
                    guard member.name != "type", error.error.code == .badMessage else { continue }
                    #expect(error.error.message.contains("\"\(member.name)"), "\(error.error.message)")
                }
            }
        }
    }

    @Test(arguments: [
        (#"[]"#, "bad-message", "A message is a JSON object; this is an array."),
        (#""hello""#, "bad-message", "A message is a JSON object; this is a string."),
        (
            #"{"type":"ping"}"#, "bad-message",
            "The field \"id\" should be a string of 1 to 64 characters or a whole number, chosen by you; it is missing."
        ),
        (#"{"id":1}"#, "bad-message", "The field \"type\" should be a string; it is missing."),
        (#"{"id":1,"type":7}"#, "bad-message", "The field \"type\" should be a string; it is a number."),
        (
            #"{"id":1,"type":"join-room","room":"a"}"#, "bad-message",
            "The field \"name\" should be a string; it is missing."
        ),
        (
            #"{"id":1,"type":"join-room","room":"a","name":"A","create":"yes"}"#, "bad-message",
            "The field \"create\" should be true or false; it is a string."
        ),
        (
            #"{"id":1,"type":"join-room","room":"a","name":"A","offer":{"sdp":"v=0"}}"#, "bad-message",
            "The field \"offer.offerId\" should be a whole number from 0; it is missing."
        ),
        (
            #"{"id":1,"type":"join-room","room":"a","name":"A","offer":{"offerId":1,"sdp":"v=0"},"tracks":[{"mid":0}]}"#,
            "bad-message", "The field \"tracks[0].mid\" should be a string; it is a number."
        ),
        (
            #"{"id":1,"type":"offer","offerId":1,"sdp":"v=0","tracks":[3]}"#, "bad-message",
            "The field \"tracks[0]\" should be an object; it is a number."
        ),
        (
            #"{"id":1,"type":"offer","offerId":1,"sdp":"v=0","tracks":[{"mid":"0","source":"ear"}]}"#,
            "bad-message",
            "The field \"tracks[0].source\" should be one of \"microphone\", \"camera\", \"screen\", \"screen-audio\"; it "
                + "has another value."
        ),
        (
            #"{"id":1,"type":"set-muted","muted":true}"#, "bad-message",
            "The field \"track\" should be the id of a track of yours, or \"mid\" its m-line; it is missing."
        ),
        (#"{"type":"ping","id":1"#, "bad-json", "The message is not JSON: byte 21 should be \",\" or \"}\"."),
    ])
    func theSentenceSaysWhatIsWrong(text: String, code: String, message: String) {
        #expect {
            try ClientRequest.parse(text)
        } throws: { error in
            let error = (error as? RejectedMessage)?.error
            #expect(error?.message == message)
            return error?.code.rawValue == code
        }
    }

    @Test func unknownTypesAreAnsweredUnderTheirIdentifier() {
        #expect {
            try ClientRequest.parse(#"{"type":"dance","id":"d"}"#)
        } throws: { error in
            let rejected = error as? RejectedMessage
            return rejected?.id == .string("d") && rejected?.error.code == .unknownType
        }
    }

    @Test(arguments: [
        #""""#, "1.5", "1e3", "null", "true", "[]", "99999999999999999999",
        "\"" + String(repeating: "x", count: 65) + "\"",
    ])
    func badIdentifiers(id: String) {
        #expect(throws: RejectedMessage.self) { try ClientRequest.parse(#"{"type":"ping","id":\#(id)}"#) }
    }

    @Test(arguments: [
        "0", "-5", "9007199254740993", #""x""#, "\"" + String(repeating: "é", count: 64) + "\"",
    ])
    func identifiersComeBackAsTheyWere(id: String) throws {
        let request = try ClientRequest.parse(#"{"type":"ping","id":\#(id)}"#)
        #expect(request.id.json.text == id)
    }

    @Test(arguments: ["1.0", "-1", "1e2", "9007199254740992", "\"1\"", "null"])
    func badOfferIdentifiers(id: String) {
        #expect(throws: RejectedMessage.self) {
            try ClientRequest.parse(#"{"type":"offer","id":1,"sdp":"v=0","offerId":\#(id)}"#)
        }
    }

    @Test func listsAreBounded() {
        let track = #"{"mid":"0","source":"camera"}"#
        let tracks = [String](repeating: track, count: 1000).joined(separator: ",")
        #expect(throws: RejectedMessage.self) {
            try ClientRequest.parse(#"{"type":"offer","id":1,"sdp":"v=0","offerId":1,"tracks":[\#(tracks)]}"#)
        }
    }

    @Test func badMessagesHarmNobody() async throws {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        let bob = try await conference.join("Bob")
        let count = bob.sink.texts.count
        for text in Self.valid {
            for cut in stride(from: 1, to: text.utf8.count, by: 7) {
                // Slow enough for the rate.
                conference.clock.advance(by: .milliseconds(50))
                await ada.session.receive(text: String(decoding: text.utf8.prefix(cut), as: UTF8.self))
            }
        }
        #expect(
            ada.sink.messages.suffix(20).allSatisfy { $0["code"]?.string == "bad-json" && $0["id"] == .null })
        #expect(ada.sink.closing == nil)
        #expect(bob.sink.texts.count == count)
        #expect(await ada.request("ping").type == "pong")
    }
}
