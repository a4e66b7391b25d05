import Negotiation
import SDP
import Testing

@Suite("Offers and sections that are refused")
struct OfferRefusalTests {
    private func error(_ offer: String, _ configuration: NegotiationConfiguration = .init())
        -> NegotiationError?
    {
        var server = Server(configuration)
        do {
            _ = try server.answer(offer)
            return nil
        } catch {
            return error as? NegotiationError
        }
    }

    private func refusal(_ section: TestOffer.Section) throws -> Refusal.Reason? {
        var server = Server()
        let (answer, session) = try server.answer(TestOffer(.audio("first"), section).text)
        #expect(answer.media[1].isRejected == !session.refused.isEmpty)
        #expect(answer.bundle?.mids == (session.refused.isEmpty ? ["first", section.mid] : ["first"]))
        return session.refused.first?.reason
    }

    @Test("A text that is no session description keeps its error")
    func malformed() {
        #expect(error("hello") == .malformed(.malformedLine(line: 1)))
        #expect(error("") == .malformed(.empty))
    }

    @Test("No sections, too many sections, two of one name")
    func sections() {
        #expect(error(TestOffer().text) == .noSections)
        var configuration = NegotiationConfiguration()
        configuration.maximumSections = 1
        #expect(
            error(TestOffer(.audio("a"), .video("b")).text, configuration)
                == .tooManySections(count: 2, limit: 1)
        )
        #expect(error(TestOffer(.audio("a"), .video("a")).text) == .duplicateMID("a"))
    }

    @Test("Without a BUNDLE group, or with nothing in it")
    func bundle() {
        var offer = TestOffer(.audio("a"))
        offer.group = ""
        #expect(error(offer.text) == .noBundle)
        offer.group = "a=group:BUNDLE"
        #expect(error(offer.text) == .noBundle)
        offer.group = "a=group:LS a"
        #expect(error(offer.text) == .noBundle)
    }

    @Test("Without what a transport needs")
    func transport() {
        var offer = TestOffer(.audio("a"))
        let complete = offer.session
        offer.session = complete.filter { !$0.contains("ufrag") }
        #expect(error(offer.text) == .noICECredentials)
        offer.session = complete.filter { !$0.contains("pwd") }
        #expect(error(offer.text) == .noICECredentials)
        offer.session = complete.map { $0.replacing("abcd", with: "abc") }
        #expect(error(offer.text) == .unusableICECredentials)
        offer.session = complete.map { $0.replacing("abcd", with: "ab cd") }
        #expect(error(offer.text) == .unusableICECredentials)
        offer.session = complete.map { $0.replacing("0123456789abcdefghijkl", with: "0123456789abcdefghijk") }
        #expect(error(offer.text) == .unusableICECredentials)
        offer.session = complete.filter { !$0.contains("fingerprint") }
        #expect(error(offer.text) == .noFingerprint)
        offer.session = complete.map { $0.replacing("sha-256", with: "md2") }
        #expect(error(offer.text) == .noFingerprint)
        let weak = "a=fingerprint:sha-1 " + (0..<20).map { _ in "0F" }.joined(separator: ":")
        offer.session = complete.filter { !$0.contains("fingerprint") } + [weak]
        #expect(error(offer.text) == .noFingerprint)
        offer.session = complete + ["a=ice-lite"]
        #expect(error(offer.text) == .remoteIsLite)
        offer.session = complete.map { $0.replacing("actpass", with: "holdconn") }
        #expect(error(offer.text) == .unusableSetup)
        offer.session = complete.filter { !$0.contains("setup") }
        #expect(error(offer.text) == nil, "without the attribute the client is active (RFC 4145 §4.1)")
    }

    @Test("The transport may be described by any bundled section, if not by the first")
    func transportElsewhere() throws {
        var offer = TestOffer(.audio("a"), .video("b"))
        offer.sections[1].lines += offer.session
        offer.session = []
        #expect(error(offer.text) == nil)
    }

    @Test("Renomination is answered where it is offered")
    func renomination() throws {
        var offer = TestOffer(.audio("a"))
        var server = Server()
        #expect(try server.answer(offer.text).session.usesRenomination == false)
        offer.session.append("a=ice-options:trickle renomination")
        let (answer, session) = try server.answer(offer.text)
        #expect(session.usesRenomination)
        #expect(answer.attributes.iceOptions == ["ice2", "trickle", "renomination"])
    }

    @Test("Sections that cannot be used are refused by themselves")
    func unusableSections() throws {
        #expect(try refusal(.video("v")) == nil)
        var section = TestOffer.Section.video("v")
        section.lines.removeAll { $0 == "a=rtcp-mux" }
        #expect(try refusal(section) == .noMultiplexing)
        section = .video("v")
        section.media = "m=text 9 UDP/TLS/RTP/SAVPF"
        #expect(try refusal(section) == .unknownMedia("text"))
        section.media = "m=video 9 UDP/BFCP"
        #expect(try refusal(section) == .unknownTransport("UDP/BFCP"))
        #expect(try refusal(.video(String(repeating: "m", count: 17))) == .unusableMID)
        #expect(try refusal(.video(String(repeating: "m", count: 16))) == nil)
    }

    private static func data(_ mid: String, _ lines: [String] = ["a=sctp-port:5000"]) -> TestOffer.Section {
        TestOffer.Section(
            media: "m=application 9 UDP/DTLS/SCTP", formats: "webrtc-datachannel", mid: mid, lines: lines)
    }

    @Test("Data channel sections that cannot be used are refused by themselves")
    func unusableDataChannels() throws {
        #expect(try refusal(Self.data("d")) == nil)
        #expect(try refusal(Self.data("d", [])) == .noSCTPPort)
        #expect(try refusal(Self.data("d", ["a=sctp-port:0"])) == .noSCTPPort)
        #expect(try refusal(Self.data("d", ["a=sctp-port:70000"])) == .noSCTPPort)
        var old = Self.data("d", ["a=sctpmap:5000 webrtc-datachannel 1024"])
        old.media = "m=application 9 DTLS/SCTP"
        old.formats = "5000"
        #expect(try refusal(old) == .oldDataChannel)
        var other = Self.data("d")
        other.formats = "bfcp"
        #expect(try refusal(other) == .unknownMedia("bfcp"))
        other = Self.data("d")
        other.media = "m=application 9 UDP/BFCP"
        #expect(try refusal(other) == .unknownTransport("UDP/BFCP"))
    }

    @Test("There is one section for data channels, it may come and go, and it begins with the first offer")
    func dataChannelLife() throws {
        var server = Server()
        let twice = try server.answer(TestOffer(Self.data("d"), Self.data("e")).text).session
        #expect(twice.dataChannel?.mid == "d")
        #expect(twice.dataChannel?.maxMessageSize == 65_536)
        #expect(twice.refused == [Refusal(mid: "e", part: .section, reason: .secondDataChannel)])
        let kept = try server.answer(TestOffer(Self.data("d"), .audio("e")).text).session
        #expect(kept.dataChannel?.mid == "d" && kept.refused.isEmpty && !kept.replacesTransport)

        var late = Server()
        _ = try late.answer(TestOffer(.audio("a")).text)
        let session = try late.answer(TestOffer(.audio("a"), Self.data("d")).text).session
        #expect(session.dataChannel == nil)
        #expect(session.refused == [Refusal(mid: "d", part: .section, reason: .lateDataChannel)])
        let unlimited = ["a=sctp-port:5000", "a=max-message-size:0"]
        var third = Server()
        let anySize = try third.answer(TestOffer(Self.data("d", unlimited)).text).session
        #expect(anySize.dataChannel != nil && anySize.dataChannel?.maxMessageSize == nil)
    }

    @Test("A section outside the BUNDLE group is refused")
    func unbundled() throws {
        var server = Server()
        var offer = TestOffer(.audio("a"), .video("v"))
        offer.group = "a=group:BUNDLE a"
        let session = try server.answer(offer.text).session
        #expect(session.refused == [Refusal(mid: "v", part: .section, reason: .notBundled)])
    }

    @Test(
        "Older names of the transport are taken, and answered as they are",
        arguments: ["RTP/SAVPF", "UDP/TLS/RTP/SAVP"]
    )
    func transports(name: String) throws {
        var server = Server()
        var section = TestOffer.Section.video("v")
        section.media = "m=video 9 \(name)"
        #expect(try server.answer(TestOffer(section).text).answer.media.first?.transport == name)
    }

    @Test(
        "An offered direction, and the one that is answered",
        arguments: [
            ("sendonly", "recvonly"), ("recvonly", "sendonly"), ("sendrecv", "sendrecv"),
            ("inactive", "inactive"),
        ]
    )
    func directions(offered: String, answered: String) throws {
        var server = Server()
        let (answer, session) = try server.answer(TestOffer(.video("v", offered)).text)
        #expect(answer.section("v")?.attributes.direction?.rawValue == answered)
        #expect(session.uplinks.count == (offered.hasPrefix("send") ? 1 : 0))
        #expect(session.downlinks.count == (offered.hasSuffix("recv") || offered == "recvonly" ? 1 : 0))
    }

    @Test("Every error and every reason has a sentence of its own, every error a code of its own")
    func sentences() {
        let errors: [NegotiationError] = [
            .malformed(.empty), .noSections, .tooManySections(count: 2, limit: 1),
            .sectionsVanished(expected: 2, found: 1),
            .sectionReplaced(index: 1, mid: "b"), .duplicateMID("a"), .noBundle, .noICECredentials,
            .unusableICECredentials,
            .remoteIsLite, .noFingerprint, .fingerprintChanged, .unusableSetup, .roleChanged,
            .credentialsInUse,
        ]
        #expect(Set(errors.map(\.code)).count == errors.count)
        #expect(Set(errors.map(\.description)).count == errors.count)
        let reasons: [Refusal.Reason] = [
            .dataChannel, .oldDataChannel, .noSCTPPort, .secondDataChannel, .lateDataChannel, .unknownMedia("text"), .unknownTransport("x"), .unusableMID, .notBundled,
            .noMultiplexing, .noCodec,
            .tooManySlots(limit: 1), .tooManyUplinks(limit: 0), .tooManyUplinks(limit: 1),
            .tooManyStreams(limit: 1),
            .unusableStream, .conflictingID(1),
        ]
        #expect(Set(reasons.map(\.description)).count == reasons.count)
        #expect((errors.map(\.description) + reasons.map(\.description)).allSatisfy { $0.hasSuffix(".") })
    }
}
