import Negotiation
import RTP
import SDP
import Testing

private func line(_ id: String, _ kind: RTPExtension) -> String { "a=extmap:\(id) \(kind.uri)" }

@Suite("Header extensions")
struct ExtensionSelectionTests {
    @Test("What the server handles is agreed to, by kind of media and by direction of flow")
    func selection() throws {
        var server = Server()
        let all = RTPExtension.allCases.enumerated().map {
            line("\($0.offset < 14 ? $0.offset + 1 : 16)", $0.element)
        }
        let session = try server.answer(
            TestOffer(.audio("a", "sendrecv", all), .video("v", "sendrecv", all)).text
        ).session
        func kinds(_ map: ExtensionMap?) -> Set<RTPExtension> {
            Set(RTPExtension.allCases.filter { map?.id(for: $0) != nil })
        }
        #expect(
            kinds(session.uplinks.first?.extensions) == [.audioLevel, .absSendTime, .transportWideCC, .mid]
        )
        #expect(
            kinds(session.downlinks.first?.extensions) == [.audioLevel, .absSendTime, .transportWideCC]
        )
        let video: Set<RTPExtension> = [.absSendTime, .transportWideCC, .dependencyDescriptor]
        #expect(kinds(session.downlinks.last?.extensions) == video.union([.playoutDelay]))
        #expect(
            kinds(session.uplinks.last?.extensions) == video.union([.mid, .rtpStreamID, .repairedRTPStreamID])
        )
    }

    @Test("Orientation only where the configuration says so")
    func orientation() throws {
        let offer = TestOffer(.video("v", "sendrecv", [line("5", .videoOrientation)])).text
        var server = Server()
        #expect(try server.answer(offer).session.extensions.id(for: .videoOrientation) == nil)
        var configuration = NegotiationConfiguration()
        configuration.acceptsVideoOrientation = true
        server = Server(configuration)
        #expect(try server.answer(offer).session.downlinks.first?.extensions.id(for: .videoOrientation) == 5)
    }

    @Test("A direction in the offer is turned round in the answer and kept to")
    func directions() throws {
        var server = Server()
        let lines = [
            line("8/sendonly", .dependencyDescriptor), line("3/recvonly", .transportWideCC),
            line("4/inactive", .absSendTime),
        ]
        let (answer, session) = try server.answer(TestOffer(.video("v", "sendrecv", lines)).text)
        let (up, down) = try (#require(session.uplinks.first), #require(session.downlinks.first))
        #expect(
            up.extensions.id(for: .dependencyDescriptor) == 8
                && down.extensions.id(for: .dependencyDescriptor) == nil
        )
        #expect(
            up.extensions.id(for: .transportWideCC) == nil && down.extensions.id(for: .transportWideCC) == 3
        )
        let written = answer.section("v")?.attributes.all(HeaderExtensionMapping.self) ?? []
        #expect(written.map(\.direction) == [.recvonly, .sendonly])
    }

    @Test("A MID is for packets from the client only: Firefox fails to repair a stream that carries one")
    func mediaIdentification() throws {
        var server = Server()
        let offer = TestOffer(.audio("a", "sendrecv", [line("3", .mid)]), .video("v", "recvonly", [line("3", .mid)]))
        let (answer, session) = try server.answer(offer.text)
        #expect(session.uplinks.first?.extensions.id(for: .mid) == 3)
        #expect(session.downlinks.allSatisfy { $0.extensions.id(for: .mid) == nil })
        for mid in ["a", "v"] {
            let written = answer.section(mid)?.attributes.all(HeaderExtensionMapping.self) ?? []
            #expect(written.map(\.direction) == [.recvonly])
        }
    }

    @Test("A playout delay is said to receivers of pictures, and not listened to", arguments: ["5", "5/recvonly"])
    func playoutDelay(offered: String) throws {
        var server = Server()
        let lines = [line(offered, .playoutDelay)]
        let offer = TestOffer(.audio("a", "sendrecv", lines), .video("v", "sendrecv", lines))
        let (answer, session) = try server.answer(offer.text)
        #expect(session.downlinks.map { $0.extensions.id(for: .playoutDelay) } == [nil, 5])
        #expect(session.uplinks.allSatisfy { $0.extensions.id(for: .playoutDelay) == nil })
        let written = answer.section("v")?.attributes.all(HeaderExtensionMapping.self) ?? []
        #expect(written.map(\.direction) == [.sendonly])
    }

    @Test("A number with two meanings, or a meaning with two numbers: the first one counts")
    func conflicts() throws {
        var server = Server()
        let offer = TestOffer(
            .audio("a", "sendrecv", [line("3", .mid), line("4", .audioLevel)]),
            .video(
                "v",
                "sendrecv",
                [line("5", .mid), line("4", .absSendTime), "a=extmap:6 urn:x", line("6", .transportWideCC)]
            )
        )
        let session = try server.answer(offer.text).session
        #expect(
            session.refused == [
                Refusal(
                    mid: "v",
                    part: .headerExtension(uri: RTPExtension.mid.uri),
                    reason: .conflictingID(5)
                ),
                Refusal(
                    mid: "v",
                    part: .headerExtension(uri: RTPExtension.absSendTime.uri),
                    reason: .conflictingID(4)
                ),
                Refusal(
                    mid: "v",
                    part: .headerExtension(uri: RTPExtension.transportWideCC.uri),
                    reason: .conflictingID(6)
                ),
            ]
        )
        #expect(session.extensions.id(for: .mid) == 3)
        #expect(session.uplinks.last?.extensions.isEmpty == true)
    }

    @Test("What was agreed on keeps its number in later offers")
    func stability() throws {
        var server = Server()
        _ = try server.answer(TestOffer(.audio("a", "sendrecv", [line("3", .mid)])).text)
        let offer = TestOffer(
            .audio("a", "sendrecv", [line("3", .mid)]),
            .audio("b", "sendrecv", [line("4", .mid)])
        )
        let session = try server.answer(offer.text).session
        #expect(session.uplinks.map { $0.extensions.id(for: .mid) } == [3, nil])
        #expect(session.refused.map(\.mid) == ["b"])
    }

    @Test(
        "Numbers: 1 to 14, above 15 only where forms may mix, never 0, 15 or above 255",
        arguments: [
            ("1", false, true), ("14", false, true), ("15", true, false), ("16", false, false),
            ("16", true, true),
            ("255", true, true), ("256", true, false), ("0", true, false), ("4096", true, false),
        ]
    )
    func numbers(id: String, mixed: Bool, accepted: Bool) throws {
        for level in mixed ? ["session", "section"] : [""] {
            var server = Server()
            var offer = TestOffer(
                .audio(
                    "a",
                    "sendrecv",
                    [line(id, .mid)] + (level == "section" ? ["a=extmap-allow-mixed"] : [])
                )
            )
            if level == "session" { offer.session.append("a=extmap-allow-mixed") }
            let (answer, session) = try server.answer(offer.text)
            #expect((session.extensions.id(for: .mid) != nil) == accepted)
            #expect(answer.attributes.contains("extmap-allow-mixed") == (level == "session"))
            #expect(answer.section("a")?.attributes.contains("extmap-allow-mixed") == (level == "section"))
        }
    }
}
