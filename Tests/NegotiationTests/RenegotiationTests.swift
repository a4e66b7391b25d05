import ICE
import Negotiation
import RTP
import SDP
import Testing
import Wire

@Suite("Offers after the first")
struct RenegotiationTests {
    @Test("The origin keeps its id and counts its version")
    func origin() throws {
        var server = Server()
        let offer = TestOffer(.audio("a")).text
        let answers = try (0..<3).map { _ in try server.answer(offer).answer.origin }
        #expect(Set(answers.map(\.sessionID)).count == 1)
        #expect(answers.map(\.version) == ["1", "2", "3"])
    }

    @Test("A refused offer changes nothing")
    func refusedOffer() throws {
        var server = Server()
        _ = try server.answer(TestOffer(.audio("a"), .video("b")).text)
        var other = server
        #expect(throws: NegotiationError.sectionsVanished(expected: 2, found: 1)) {
            try other.answer(TestOffer(.audio("a")).text)
        }
        // This one is noticed late: the stopped section has been taken leave of by then.
        var late = TestOffer(.audio("a"), .video("b").stopped(), .video("d", "recvonly"))
        late.session[3] = late.session[3].replacing("0F", with: "1F")
        #expect(throws: NegotiationError.fingerprintChanged) { try other.answer(late.text) }
        other.generator = server.generator
        let next = TestOffer(.audio("a"), .video("b"), .video("c", "recvonly")).text
        #expect(try other.answerText(next).answer == server.answerText(next).answer)
    }

    @Test(
        "A section in use cannot become another one",
        arguments: [
            TestOffer(.audio("a"), .video("c")), TestOffer(.video("b"), .audio("a")),
            TestOffer(.audio("a"), .audio("b")),
        ]
    )
    func replaced(offer: TestOffer) throws {
        var server = Server()
        _ = try server.answer(TestOffer(.audio("a"), .video("b")).text)
        #expect {
            try server.answer(offer.text)
        } throws: { error in
            if case NegotiationError.sectionReplaced = error { true } else { false }
        }
    }

    @Test("The same offer once more changes nothing", arguments: Recording.all)
    func repeated(recording: Recording) throws {
        var server = Server(recording.configuration)
        for offer in recording.offers {
            let first = try server.answer(offer)
            var again = try server.answer(offer)
            #expect(!again.session.iceRestarted && !again.session.replacesTransport)
            again.session.iceRestarted = first.session.iceRestarted
            again.session.replacesTransport = first.session.replacesTransport
            #expect(again.session == first.session)
            again.answer.origin = first.answer.origin
            #expect(again.answer == first.answer)
        }
    }

    @Test("A codec may get another number, on what is received and on what is sent")
    func changedPayloadType() throws {
        var server = Server()
        var offer = TestOffer(.video("a", "sendonly"), .video("b", "recvonly"))
        let before = try server.answer(offer.text).session
        for index in offer.sections.indices {
            offer.sections[index].formats = "100 101"
            offer.sections[index].lines = [
                "a=rtcp-mux", "a=rtpmap:100 VP8/90000", "a=rtpmap:101 rtx/90000", "a=fmtp:101 apt=100",
            ]
        }
        let (answer, after) = try server.answer(offer.text)
        #expect(after.refused.isEmpty)
        #expect(after.uplinks.map { $0.codecs.map(\.payloadType.rawValue) } == [[100]])
        #expect(after.downlinks.map { $0.codecs.map(\.payloadType.rawValue) } == [[100]])
        #expect(after.downlinks.map { $0.codecs.map { $0.rtxPayloadType?.rawValue } } == [[101]])
        #expect(after.downlinks.map(\.ssrc) == before.downlinks.map(\.ssrc))
        #expect(answer.media.map(\.formats) == [["100", "101"], ["100", "101"]])
    }

    @Test("A number that comes to mean another codec is left out of the answer")
    func payloadTypeOfAnotherCodec() throws {
        var server = Server()
        var offer = TestOffer(.video("a", "recvonly"))
        _ = try server.answer(offer.text)
        offer.sections[0].formats = "96 97 98"
        offer.sections[0].lines = [
            "a=rtcp-mux", "a=rtpmap:96 VP9/90000", "a=rtpmap:97 VP8/90000", "a=rtpmap:98 AV1/90000",
        ]
        let session = try server.answer(offer.text).session
        #expect(session.downlinks.first?.codecs.map(\.payloadType.rawValue) == [97, 98])
        #expect(
            session.refused == [Refusal(mid: "a", part: .payloadType(PayloadType(96)), reason: .conflictingPayloadType(PayloadType(96)))])
        // A number that was not offered for a while keeps its meaning; a new section begins anew.
        offer.sections[0].formats = "96"
        offer.sections[0].lines = ["a=rtcp-mux", "a=rtpmap:96 H264/90000"]
        #expect(try server.answer(offer.text).session.refused.map(\.reason) == [.noCodec])
        offer.sections[0].mid = "b"
        #expect(try server.answer(offer.text).session.refused.isEmpty)
    }

    @Test("Retransmissions do not take a codec's number")
    func payloadTypeOfRetransmissions() throws {
        var server = Server()
        var offer = TestOffer(.video("a", "recvonly"))
        _ = try server.answer(offer.text)
        offer.sections[0].formats = "100 96"
        offer.sections[0].lines = [
            "a=rtcp-mux", "a=rtpmap:100 VP8/90000", "a=rtpmap:96 rtx/90000", "a=fmtp:96 apt=100",
        ]
        let session = try server.answer(offer.text).session
        #expect(session.downlinks.first?.codecs.map(\.payloadType.rawValue) == [100])
        #expect(session.downlinks.first?.rtxSSRC == nil)
        #expect(session.refused.map(\.reason) == [.conflictingPayloadType(PayloadType(96))])
    }

    @Test("A stopped section is answered with port zero and may become another one")
    func recycling() throws {
        var server = Server()
        let first = try server.answer(TestOffer(.audio("a"), .video("b", "recvonly")).text).session
        let (answer, stopped) = try server.answer(
            TestOffer(.audio("a"), .video("b", "recvonly").stopped()).text
        )
        #expect(answer.media.map(\.port) == [40_003, 0])
        #expect(stopped.downlinks.map(\.mid) == ["a"])
        #expect(stopped.refused.isEmpty)
        let again = try server.answer(TestOffer(.audio("a"), .video("c", "recvonly")).text).session
        let (old, new) = try (#require(first.downlinks.last), #require(again.downlinks.last))
        // The number makes the pair whole again; the sources are never used twice.
        #expect(new.slot == old.slot && new.mid == "c")
        #expect(new.ssrc != old.ssrc && new.rtxSSRC == nil)
        #expect(again.downlinks.first == first.downlinks.first)
    }

    @Test("A section may change its media type when it is used again")
    func recyclingAsOtherKind() throws {
        var server = Server()
        _ = try server.answer(TestOffer(.audio("a"), .video("b", "recvonly")).text)
        _ = try server.answer(TestOffer(.audio("a"), .video("b").stopped()).text)
        let session = try server.answer(TestOffer(.audio("a"), .audio("c", "recvonly")).text).session
        #expect(session.downlinks.map(\.slot) == [0, 1])
        #expect(session.downlinks.map(\.kind) == [.audio, .audio])
    }

    @Test("A section that is refused after all gives its slot back")
    func refusedSlot() throws {
        var server = Server()
        var offer = TestOffer(.audio("a"), .audio("b", "recvonly"))
        let first = try server.answer(offer.text).session
        #expect(first.downlinks.map(\.slot) == [0, 1])
        offer.sections[1].lines = ["a=rtcp-mux", "a=rtpmap:111 speex/16000"]
        #expect(try server.answer(offer.text).session.refused.map(\.reason) == [.noCodec])
        let video = try server.answer(TestOffer(.audio("a"), .video("b", "recvonly")).text).session.downlinks
        #expect(video.map(\.kind) == [.audio, .video])
        #expect(video.map(\.slot) == [0, 0])
    }

    @Test("A slot that pauses keeps its number and its sources")
    func pausedSlot() throws {
        var server = Server()
        let offers = ["recvonly", "inactive", "sendonly", "sendrecv"].map {
            TestOffer(.audio("a"), .video("b", $0), .video("c", "recvonly")).text
        }
        let sessions = try offers.map { try server.answer($0).session }
        #expect(sessions.map { $0.downlinks.contains { $0.mid == "b" } } == [true, false, false, true])
        #expect(sessions.map { $0.uplinks.contains { $0.mid == "b" } } == [false, false, true, true])
        #expect(sessions[3].downlinks == sessions[0].downlinks)
    }

    @Test("A limit that is full is full for new slots, not for those that are there")
    func fullLimit() throws {
        var configuration = NegotiationConfiguration()
        configuration.maximumVideoSlots = 2
        var server = Server(configuration)
        _ = try server.answer(TestOffer(.video("a", "recvonly"), .video("b", "recvonly")).text)
        let offer = TestOffer(
            .video("a", "recvonly"),
            .video("b", "recvonly"),
            .video("c", "recvonly"),
            .video("d")
        )
        let (answer, session) = try server.answer(offer.text)
        #expect(session.downlinks.map(\.slot) == [0, 1])
        #expect(session.refused.map(\.mid) == ["c", "d"])
        #expect(session.refused.map(\.part) == [.section, .downlink])
        #expect(answer.section("d")?.attributes.direction == .recvonly)
    }

    @Test("Who publishes keeps publishing when a limit is full")
    func fullUplinks() throws {
        var configuration = NegotiationConfiguration()
        configuration.maximumVideoUplinks = 1
        var server = Server(configuration)
        _ = try server.answer(TestOffer(.video("a", "recvonly"), .video("b", "sendonly")).text)
        let session = try server.answer(TestOffer(.video("a", "sendrecv"), .video("b", "sendonly")).text)
            .session
        #expect(session.uplinks.map(\.mid) == ["b"])
        #expect(session.refused == [Refusal(mid: "a", part: .uplink, reason: .tooManyUplinks(limit: 1))])
    }

    @Test("Permission withdrawn makes a section inactive, and it can come back")
    func withdrawnPermission() throws {
        var server = Server()
        let offer = TestOffer(.audio("a", "sendonly"), .video("b", "recvonly")).text
        _ = try server.answer(offer)
        server.negotiator.configuration.maximumAudioUplinks = 0
        let (answer, session) = try server.answer(offer)
        #expect(session.uplinks.isEmpty)
        #expect(answer.section("a")?.attributes.direction == .inactive)
        #expect(answer.section("a")?.isRejected == false)
        server.negotiator.configuration.maximumAudioUplinks = 1
        #expect(try server.answer(offer).session.uplinks.map(\.mid) == ["a"])
    }

    @Test("Changed credentials restart ICE: the server changes its own, and keeps them otherwise")
    func iceRestart() throws {
        var server = Server()
        var offer = TestOffer(.audio("a"))
        let first = try server.answer(offer.text).session
        let second = try server.answer(offer.text).session
        #expect(!first.iceRestarted && !second.iceRestarted)
        #expect(second.localICE == first.localICE)
        offer.session[0] = "a=ice-ufrag:efgh"
        #expect(throws: NegotiationError.credentialsInUse) {
            try server.answer(offer.text, ice: first.localICE)
        }
        let (answer, third) = try server.answer(offer.text)
        #expect(third.iceRestarted)
        #expect(third.localICE != first.localICE)
        #expect(third.remoteICE.usernameFragment == "efgh")
        #expect(answer.section("a")?.attributes.iceUsernameFragment == third.localICE.usernameFragment)
        #expect(try server.answer(offer.text).session.iceRestarted == false)
    }

    @Test("A changed password alone restarts ICE")
    func restartByPassword() throws {
        var server = Server()
        var offer = TestOffer(.audio("a"))
        _ = try server.answer(offer.text)
        offer.session[1] = "a=ice-pwd:9876543210abcdefghijkl"
        #expect(try server.answer(offer.text).session.iceRestarted)
    }

    @Test("Another certificate is another connection")
    func changedFingerprint() throws {
        var server = Server()
        var offer = TestOffer(.audio("a"))
        _ = try server.answer(offer.text)
        offer.session[3] = offer.session[3].replacing("0F", with: "1F")
        #expect(throws: NegotiationError.fingerprintChanged) { try server.answer(offer.text) }
    }

    @Test(
        "The DTLS roles are settled once",
        arguments: [("actpass", "passive"), ("active", "passive"), ("passive", "active")]
    )
    func roles(offered: String, answered: String) throws {
        var server = Server()
        var offer = TestOffer(.audio("a"))
        offer.session[2] = "a=setup:\(offered)"
        let (answer, session) = try server.answer(offer.text)
        #expect(answer.section("a")?.attributes["setup"] == answered)
        #expect(session.dtlsRole == (answered == "passive" ? .server : .client))
        offer.session[2] = "a=setup:actpass"
        #expect(try server.answer(offer.text).answer.section("a")?.attributes["setup"] == answered)
        offer.session[2] = "a=setup:\(answered)"
        #expect(throws: NegotiationError.roleChanged) { try server.answer(offer.text) }
    }

    @Test("Everything stopped is an answer too, and the session goes on")
    func everythingStopped() throws {
        var server = Server()
        _ = try server.answer(TestOffer(.audio("a"), .video("b")).text)
        var offer = TestOffer(.audio("a").stopped(), .video("b").stopped())
        offer.session = []
        let (answer, session) = try server.answer(offer.text)
        #expect(answer.bundle == nil)
        #expect(session.uplinks.isEmpty && session.downlinks.isEmpty && session.transportMID == nil)
        let next = try server.answer(TestOffer(.audio("c"), .video("d")).text).session
        #expect(next.replacesTransport)
        #expect(next.downlinks.map(\.slot) == [0, 0])
    }
}
