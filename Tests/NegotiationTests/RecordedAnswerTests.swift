import Foundation
import Negotiation
import RTP
import SDP
import Testing
import Wire

@Suite("Answers to the offers of browsers")
struct RecordedAnswerTests {
    @Test("Each answer is the recorded one, to the byte", arguments: Recording.all)
    func recorded(recording: Recording) throws {
        try #require(!recording.offers.isEmpty)
        var server = Server(recording.configuration)
        for (index, offer) in recording.offers.enumerated() {
            let text = try server.answerText(offer).answer.replacing("\r\n", with: "\n")
            let file = recording.answerFile(index + 1)
            if ProcessInfo.processInfo.environment["RECORD_ANSWERS"] != nil {
                try text.write(to: file, atomically: true, encoding: .utf8)
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == text, "offer \(index + 1)")
        }
    }

    @Test("Each answer keeps the rules of offer and answer", arguments: Recording.all)
    func rules(recording: Recording) throws {
        var server = Server(recording.configuration)
        for text in recording.offers {
            let offer = try SessionDescription(parsing: text)
            let (answer, session) = try server.answer(text)
            // Same sections in the same order (RFC 3264 §6).
            #expect(answer.media.map(\.kind) == offer.media.map(\.kind))
            #expect(answer.media.map(\.mid) == offer.media.map(\.mid))
            #expect(answer.media.map(\.transport) == offer.media.map(\.transport))
            for (asked, given) in zip(offer.media, answer.media) {
                if given.isRejected {
                    let isTold = session.refused.contains { $0.mid == given.mid && $0.part == .section }
                    #expect(asked.isRejected || isTold)
                } else if asked.kind == "application" {
                    #expect(given.formats == asked.formats && given.mid == session.dataChannel?.mid)
                    #expect(given.attributes.contains("sctp-port") && given.attributes.contains("setup"))
                } else {
                    checkSection(offer, asked, answer, given, session)
                }
            }
            checkSession(offer, answer, session)
        }
    }

    private func checkSection(
        _ offer: SessionDescription,
        _ asked: MediaDescription,
        _ answer: SessionDescription,
        _ given: MediaDescription,
        _ session: NegotiatedSession
    ) {
        let (wanted, granted) = (offer.direction(of: asked).reversed, answer.direction(of: given))
        #expect(!granted.sends || wanted.sends)
        #expect(!granted.receives || wanted.receives)
        let refusedHalf = session.refused.contains {
            $0.mid == given.mid && ($0.part == .uplink || $0.part == .downlink)
        }
        #expect(granted == wanted || refusedHalf)
        // The offer's numbers with the offer's meaning.
        let maps = asked.attributes.all(RTPMap.self)
        #expect(!given.payloadTypes.isEmpty && Set(given.payloadTypes).isSubset(of: asked.payloadTypes))
        for map in given.attributes.all(RTPMap.self) {
            #expect(maps.contains { $0.payloadType == map.payloadType && $0.clockRate == map.clockRate })
        }
        #expect(Set(given.attributes.values("rtcp-fb")).isSubset(of: asked.attributes.values("rtcp-fb")))
        let extensions = Set(asked.attributes.all(HeaderExtensionMapping.self).map { "\($0.id) \($0.uri)" })
        #expect(
            extensions.isSuperset(
                of: given.attributes.all(HeaderExtensionMapping.self).map { "\($0.id) \($0.uri)" }
            )
        )
        // Sources and stream names only where the server sends, stream names of the client only where it
        // does.
        #expect(granted.sends == given.attributes.contains("ssrc"))
        #expect(granted.sends == given.attributes.contains("msid"))
        #expect(granted.receives || !given.attributes.contains("rid"))
        #expect(granted.sends == session.downlinks.contains { $0.mid == given.mid })
        #expect(granted.receives == session.uplinks.contains { $0.mid == given.mid })
        #expect(given.attributes.contains("rtcp-mux"))
        #expect(given.attributes.contains("candidate") == (given.mid == session.transportMID))
    }

    private func checkSession(
        _ offer: SessionDescription,
        _ answer: SessionDescription,
        _ session: NegotiatedSession
    ) {
        #expect(answer.isICELite)
        #expect(answer.bundle?.mids ?? [] == answer.media.filter { !$0.isRejected }.compactMap(\.mid))
        #expect(answer.bundle?.mids.first == session.transportMID)
        let sources = session.downlinks.map(\.ssrc) + session.downlinks.compactMap(\.rtxSSRC)
        #expect(Set(sources).count == sources.count)
        #expect(Set(session.downlinks.map { "\($0.kind) \($0.slot)" }).count == session.downlinks.count)
        #expect(session.downlinks.allSatisfy { $0.kind == .audio || $0.rtxSSRC != nil })
        #expect(session.dtlsRole == .server)
    }

    @Test(
        "The k-th audio and the k-th video section to receive on are one slot",
        arguments: Recording.named("takeover")
    )
    func pairs(recording: Recording) throws {
        var server = Server()
        let (answer, session) = try server.answer(try #require(recording.offers.first))
        for kind in MediaKind.allCases {
            #expect(session.downlinks.filter { $0.kind == kind }.map(\.slot) == Array(0..<6))
        }
        let names = answer.media.map { $0.attributes["msid"] ?? "" }
        #expect(
            names.prefix(4) == [
                "slot-0 slot-0-audio", "slot-0 slot-0-video", "slot-1 slot-1-audio", "slot-1 slot-1-video",
            ]
        )
        let cnames = answer.media.flatMap { $0.attributes.all(SourceAttribute.self) }.map(\.value)
        #expect(Set(cnames) == ["roost-cname"])
    }

    @Test(
        "A track added to a slot is an uplink, and the slot stays as it was",
        arguments: Recording.named("takeover")
    )
    func takeover(recording: Recording) throws {
        var server = Server()
        try #require(recording.offers.count == 2)
        let before = try server.answer(recording.offers[0]).session
        let (answer, after) = try server.answer(recording.offers[1])
        #expect(before.uplinks.isEmpty)
        #expect(after.uplinks.map(\.mid) == ["0", "1"])
        #expect(after.downlinks == before.downlinks)
        #expect(answer.section("0")?.attributes.direction == .sendrecv)
        #expect(!after.iceRestarted && !after.replacesTransport)
    }

    @Test(
        "Simulcast, screen, stop, reuse of the section, ICE restart",
        arguments: Recording.named("conference")
    )
    func conference(recording: Recording) throws {
        var server = Server()
        let sessions = try recording.offers.map { try server.answer($0).session }
        try #require(sessions.count == 5)
        #expect(sessions[0].uplinks.map(\.rids) == [[], ["q", "h", "f"]])
        #expect(sessions[1].uplinks.count == 3)
        #expect(sessions[2].uplinks.map(\.mid) == sessions[1].uplinks.map(\.mid).filter { $0 != "1" })
        #expect(sessions[3].uplinks.count == 3)
        #expect(sessions[3].uplinks.contains { $0.rids == ["q", "h", "f"] && $0.mid != "1" })
        #expect(sessions.map(\.iceRestarted) == [false, false, false, false, true])
        #expect(sessions.allSatisfy { !$0.replacesTransport && $0.refused.isEmpty })
        // The receive slots have not noticed anything.
        for session in sessions[1...] { #expect(session.downlinks.starts(with: sessions[0].downlinks)) }
        #expect(sessions[4].localICE != sessions[3].localICE)
        #expect(sessions[3].localICE == sessions[0].localICE)
    }

    @Test("Simulcast can be published after joining as a mere viewer", arguments: Recording.named("later"))
    func later(recording: Recording) throws {
        var server = Server()
        let (answer, _) = try server.answer(try #require(recording.offers.first))
        // Chromium offers for a new section what was agreed on in the first of its kind, so slots agree to
        // stream names.
        let offered = try SessionDescription(parsing: recording.offers[0])
        let uri = RTPExtension.rtpStreamID.uri
        let isOffered = offered.section("1")?.attributes.all(HeaderExtensionMapping.self).contains {
            $0.uri == uri
        }
        let isAgreed = answer.section("1")?.attributes.all(HeaderExtensionMapping.self).contains {
            $0.uri == uri
        }
        #expect(isOffered == isAgreed)
        for offer in recording.offers.dropFirst() { _ = try server.answer(offer) }
        let last = try server.answer(try #require(recording.offers.last)).session
        let video = try #require(last.uplinks.last)
        #expect(video.rids == ["q", "h", "f"])
        #expect(video.extensions.id(for: .rtpStreamID) != nil)
        #expect(last.downlinks.allSatisfy { $0.extensions.id(for: .rtpStreamID) == nil })
    }

    @Test("Firefox announces its simulcast sources, Chromium only names")
    func announcedSources() throws {
        for recording in Recording.named("publish") {
            var server = Server()
            let video = try #require(try server.answer(recording.offers[0]).session.uplinks.last)
            let expected = recording.browser.hasPrefix("firefox") ? 3 : 0
            #expect(video.ssrcs.count == expected)
            #expect(video.rtxSSRCs.count == expected)
            #expect(Set(video.rtxSSRCs.keys) == Set(video.ssrcs))
        }
    }

    @Test(
        "A data channel is accepted, with the server's port and size, on the one transport",
        arguments: Recording.named("publish") + Recording.named("reference")
    )
    func dataChannel(recording: Recording) throws {
        var server = Server()
        let (answer, session) = try server.answer(try #require(recording.offers.first))
        #expect(session.refused.isEmpty)
        let size = recording.browser.hasPrefix("firefox") ? 1_073_741_823 : 262_144
        #expect(session.dataChannel == DataSection(mid: "2", port: 5_000, maxMessageSize: size))
        #expect(answer.media.map(\.port) == [40_003, 40_003, 40_003])
        #expect(answer.bundle?.mids == ["0", "1", "2"])
        let section = try #require(answer.section("2"))
        #expect(section.transport == "UDP/DTLS/SCTP" && section.formats == ["webrtc-datachannel"])
        #expect(section.attributes["sctp-port"] == "5000")
        #expect(section.attributes["max-message-size"] == "65536")
    }

    @Test("A data channel alone is a session", arguments: Recording.named("datafirst"))
    func dataAlone(recording: Recording) throws {
        var server = Server()
        let (answer, session) = try server.answer(recording.offers[0])
        #expect(session.dataChannel != nil && session.transportMID == "0")
        #expect(answer.section("0")?.attributes.contains("candidate") == true)
        // The next offers were made after a refusal: they have stopped the section.
        #expect(try server.answer(recording.offers[1]).session.dataChannel == nil)
    }

    @Test(
        "A server without data channels refuses them by themselves",
        arguments: Recording.named("publish") + Recording.named("reference")
    )
    func noDataChannel(recording: Recording) throws {
        var configuration = NegotiationConfiguration()
        configuration.maximumMessageSize = nil
        var server = Server(configuration)
        let (answer, session) = try server.answer(try #require(recording.offers.first))
        #expect(session.refused == [Refusal(mid: "2", part: .section, reason: .dataChannel)])
        #expect(answer.media.map(\.port) == [40_003, 40_003, 0])
        #expect(answer.bundle?.mids == ["0", "1"])
    }

    @Test(
        "Another first section replaces the transport",
        arguments: Recording.named("stopfirst") + Recording.named("datafirst")
    )
    func replacedTransport(recording: Recording) throws {
        var server = Server()
        let sessions = try recording.offers.map { try server.answer($0).session }
        // The data channel's section had the transport, and is stopped in the second offer.
        let expected =
            recording.name == "stopfirst" ? [false, true, true, false, true] : [false, true, false]
        #expect(sessions.map(\.replacesTransport) == expected)
        // The certificate stays, and so do the credentials, ours with the client's: only the tag says it.
        #expect(sessions.allSatisfy { $0.fingerprints == sessions[0].fingerprints && $0.dtlsRole == .server })
        for (before, after) in zip(sessions, sessions.dropFirst()) {
            #expect(after.iceRestarted == (after.remoteICE != before.remoteICE))
            #expect(after.iceRestarted == (after.localICE != before.localICE))
        }
        guard recording.name == "stopfirst" else { return }
        #expect(sessions[1].remoteICE == sessions[0].remoteICE)
        #expect(sessions[2].iceRestarted == recording.browser.hasPrefix("chromium"))
    }

    @Test("Limits refuse a section, or only its half", arguments: Recording.named("limited"))
    func limits(recording: Recording) throws {
        var server = Server(recording.configuration)
        let (answer, session) = try server.answer(try #require(recording.offers.first))
        #expect(
            session.refused == [
                Refusal(mid: "0", part: .section, reason: .tooManyUplinks(limit: 0)),
                Refusal(mid: "2", part: .uplink, reason: .tooManyUplinks(limit: 0)),
                Refusal(mid: "3", part: .section, reason: .tooManySlots(limit: 1)),
            ]
        )
        #expect(answer.media.map(\.isRejected) == [true, false, false, true])
        #expect(answer.section("2")?.attributes.direction == .sendonly)
        #expect(session.transportMID == "1")
    }
}
