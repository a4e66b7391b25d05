import Negotiation
import SDP
import Testing
import Wire

private func negotiate(_ lines: [String], direction: String = "sendonly") throws -> (
    MediaDescription, UplinkSection?, [Refusal]
) {
    var server = Server()
    let (answer, session) = try server.answer(TestOffer(.video("v", direction, lines)).text)
    return (try #require(answer.section("v")), session.uplinks.first, session.refused)
}

@Suite("Simulcast streams and announced sources")
struct StreamSelectionTests {
    @Test("Names are answered in the offer's order, turned round")
    func names() throws {
        let (answer, uplink, refused) = try negotiate([
            "a=rid:f send", "a=rid:h send", "a=rid:q send", "a=simulcast:send q;~h;f",
        ])
        #expect(uplink?.rids == ["q", "h", "f"])
        #expect(answer.attributes.values("rid") == ["q recv", "h recv", "f recv"])
        #expect(answer.attributes["simulcast"] == "recv q;h;f")
        #expect(refused.isEmpty)
    }

    @Test("Layers are known lowest first, whichever way the client lists them; the answer keeps its order")
    func largestFirst() throws {
        for names in [["f", "h", "q"], ["h", "m", "l"], ["high", "mid", "low"], ["f", "q"]] {
            let (answer, uplink, _) = try negotiate(
                names.map { "a=rid:\($0) send" } + ["a=simulcast:send \(names.joined(separator: ";"))"])
            #expect(uplink?.rids == names.reversed())
            #expect(answer.attributes["simulcast"] == "recv \(names.joined(separator: ";"))")
        }
        // Nothing is known of these.
        let names = ["2", "1", "0"]
        let (_, uplink, _) = try negotiate(names.map { "a=rid:\($0) send" } + ["a=simulcast:send 2;1;0"])
        #expect(uplink?.rids == names)
    }

    @Test("Of alternatives the first that can be used is taken")
    func alternatives() throws {
        let lines = ["a=rid:1 send", "a=rid:2 send", "a=rid:3 send pt=97", "a=simulcast:send 3,1;4,2"]
        #expect(try negotiate(lines).1?.rids == ["1", "2"])
    }

    @Test("More streams than the limit are refused by name")
    func limit() throws {
        let names = (1...6).map { "r\($0)" }
        let (_, uplink, refused) = try negotiate(
            names.map { "a=rid:\($0) send" } + ["a=simulcast:send \(names.joined(separator: ";"))"]
        )
        #expect(uplink?.rids == ["r1", "r2", "r3", "r4"])
        #expect(refused.map(\.part) == [.stream(rid: "r5"), .stream(rid: "r6")])
        #expect(refused.allSatisfy { $0.reason == .tooManyStreams(limit: 4) })
    }

    @Test("A name without its line, too long, twice, or for codecs that are not accepted is refused")
    func unusable() throws {
        let long = String(repeating: "x", count: 17)
        let (answer, uplink, refused) = try negotiate([
            "a=rid:q send", "a=rid:\(long) send", "a=rid:p send pt=97", "a=rid:o recv",
            "a=simulcast:send q;h;\(long);q;p;o",
        ])
        #expect(uplink?.rids == ["q"])
        #expect(refused.map(\.part) == ["h", long, "q", "p", "o"].map { .stream(rid: $0) })
        #expect(answer.attributes["simulcast"] == "recv q")
    }

    @Test("A restriction to payload types is answered with the accepted ones")
    func payloadTypes() throws {
        let (answer, _, _) = try negotiate(["a=rid:q send max-width=320;pt=97, 96", "a=simulcast:send q"])
        #expect(answer.attributes["rid"] == "q recv pt=96")
    }

    @Test("Names without simulcast are answered without it")
    func namesAlone() throws {
        let (answer, uplink, _) = try negotiate(["a=rid:only send"])
        #expect(uplink?.rids == ["only"])
        #expect(!answer.attributes.contains("simulcast"))
    }

    @Test("What the client would receive by name is not answered")
    func receiveStreams() throws {
        let (answer, _, _) = try negotiate(["a=rid:q recv", "a=simulcast:recv q"], direction: "recvonly")
        #expect(!answer.attributes.contains("rid") && !answer.attributes.contains("simulcast"))
    }

    @Test("Sources: retransmission told from media, each once, up to the limit")
    func sources() throws {
        let lines = [
            "a=ssrc-group:FID 1 2", "a=ssrc-group:SIM 1 3", "a=ssrc:1 cname:x", "a=ssrc:1 msid:s t",
            "a=ssrc:2 cname:x",
            "a=ssrc:3 cname:x",
        ]
        let uplink = try #require(try negotiate(lines).1)
        #expect(uplink.ssrcs == [SSRC(1), SSRC(3)])
        #expect(uplink.rtxSSRCs == [SSRC(1): SSRC(2)])
        #expect(uplink.streamID == "s" && uplink.trackID == "t")
        let many = try #require(try negotiate((1...20).map { "a=ssrc:\($0) cname:x" }).1)
        #expect(many.ssrcs == (1...8).map { SSRC($0) })
    }

    @Test("Stream and track names; a dash is no stream")
    func streamNames() throws {
        let named = try #require(try negotiate(["a=msid:stream track"]).1)
        #expect(named.streamID == "stream" && named.trackID == "track")
        let unnamed = try #require(try negotiate(["a=msid:- track"]).1)
        #expect(unnamed.streamID == nil && unnamed.trackID == "track")
        let silent = try #require(try negotiate([]).1)
        #expect(silent.streamID == nil && silent.trackID == nil)
    }
}
