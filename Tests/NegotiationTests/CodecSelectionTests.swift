@testable import Negotiation
import RTP
import SDP
import Testing
import Wire

/// The codecs agreed on for one video section.
private func codecs(_ formats: String, _ lines: [String]) throws -> [NegotiatedCodec] {
    var server = Server()
    var section = TestOffer.Section.video("v", "sendonly")
    section.formats = formats
    section.lines = ["a=rtcp-mux"] + lines
    return try server.answer(TestOffer(section, .audio("a")).text).session.uplinks.first { $0.mid == "v" }?
        .codecs ?? []
}

private func h264(_ profile: String, mode: Int = 1, type: UInt8 = 102) -> NegotiatedCodec {
    NegotiatedCodec(
        codec: .h264,
        payloadType: PayloadType(type),
        clockRate: 90_000,
        parameters: "level-asymmetry-allowed=1;packetization-mode=\(mode);profile-level-id=\(profile)"
    )
}

@Suite("Codecs")
struct CodecSelectionTests {
    @Test("The server's order of codecs, the offer's numbers, retransmission where it is offered")
    func order() throws {
        let result = try codecs(
            "45 102 98 96 97",
            [
                "a=rtpmap:45 AV1/90000", "a=rtpmap:102 h264/90000",
                "a=fmtp:102 profile-level-id=42e01f;packetization-mode=1",
                "a=rtpmap:98 VP9/90000", "a=rtpmap:96 vp8/90000", "a=rtpmap:97 RTX/90000",
                "a=fmtp:97 apt=96;rtx-time=3000",
            ]
        )
        #expect(result.map(\.codec) == [.vp8, .vp9, .h264, .av1])
        #expect(result.map(\.payloadType.rawValue) == [96, 98, 102, 45])
        #expect(result.map(\.rtxPayloadType?.rawValue) == [97, nil, nil, nil])
    }

    @Test("H.264 with packetization mode 1 goes before mode 0, otherwise the offer's order stays")
    func h264Order() throws {
        let result = try codecs(
            "1 2 3 4",
            [
                "a=rtpmap:1 H264/90000", "a=fmtp:1 profile-level-id=42001f", "a=rtpmap:2 H264/90000",
                "a=fmtp:2 packetization-mode=1;profile-level-id=64001F", "a=rtpmap:3 H264/90000",
                "a=rtpmap:4 H264/90000",
                "a=fmtp:4 packetization-mode=1;profile-level-id=42e01f;level-asymmetry-allowed=1",
            ]
        )
        #expect(result.map(\.payloadType.rawValue) == [2, 4, 1, 3])
        #expect(
            result.map(\.parameters) == [
                "packetization-mode=1;profile-level-id=64001f",
                "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
                "packetization-mode=0;profile-level-id=42001f",
                "packetization-mode=0;profile-level-id=42000a",
            ]
        )
    }

    @Test(
        "What is not understood is left out",
        arguments: [
            "a=rtpmap:100 VP9/90000|a=fmtp:100 profile-id=2", "a=rtpmap:100 AV1/90000|a=fmtp:100 profile=1",
            "a=rtpmap:100 H264/90000|a=fmtp:100 packetization-mode=2;profile-level-id=42e01f",
            "a=rtpmap:100 H264/90000|a=fmtp:100 profile-level-id=f4001f",
            "a=rtpmap:100 H264/90000|a=fmtp:100 profile-level-id=+2e01f", "a=rtpmap:100 H265/90000",
            "a=rtpmap:100 VP8/48000", "a=rtpmap:100 red/90000", "a=rtpmap:100 ulpfec/90000",
            "a=rtpmap:100 opus/48000/2",
            "a=rtpmap:100 rtx/90000|a=fmtp:100 apt=100", "a=rtpmap:100", "a=fmtp:100 apt=100",
        ]
    )
    func notUnderstood(lines: String) throws {
        let extra = lines.split(separator: "|").map(String.init)
        #expect(try codecs("100 96", extra + ["a=rtpmap:96 VP8/90000"]).map(\.payloadType.rawValue) == [96])
    }

    @Test("Numbers that RTCP needs, and numbers not on the m-line, are left out")
    func numbers() throws {
        let lines = [
            "a=rtpmap:72 VP8/90000", "a=rtpmap:96 VP8/90000", "a=rtpmap:97 VP8/90000",
            "a=rtpmap:35 VP8/90000",
        ]
        #expect(try codecs("72 96 35 96", lines).map(\.payloadType.rawValue) == [96, 35])
    }

    @Test("No codec in common refuses the section alone")
    func nothingInCommon() throws {
        var server = Server()
        var section = TestOffer.Section.video("v")
        section.lines = ["a=rtcp-mux", "a=rtpmap:96 H265/90000"]
        let (answer, session) = try server.answer(TestOffer(section, .audio("a")).text)
        #expect(session.refused == [Refusal(mid: "v", part: .section, reason: .noCodec)])
        #expect(answer.media.map(\.isRejected) == [true, false])
        #expect(session.transportMID == "a")
    }

    @Test("Feedback is what is offered and known, by number or for all")
    func feedback() throws {
        let result = try codecs(
            "96 98",
            [
                "a=rtpmap:96 VP8/90000", "a=rtpmap:98 VP9/90000", "a=rtcp-fb:96 nack pli", "a=rtcp-fb:* nack",
                "a=rtcp-fb:98 ccm fir", "a=rtcp-fb:98 ccm tmmbr", "a=rtcp-fb:98 goog-remb",
                "a=rtcp-fb:98 ack",
            ]
        )
        #expect(result.map(\.feedback) == [[.nack, .pli], [.nack, .fir, .remb]])
    }

    @Test("Transport-wide feedback needs its header extension")
    func transportFeedback() throws {
        let lines = ["a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 transport-cc"]
        let mapping = "a=extmap:3 \(RTPExtension.transportWideCC.uri)"
        #expect(try codecs("96", lines).first?.feedback == [])
        #expect(try codecs("96", lines + [mapping]).first?.feedback == .transportCC)
    }

    @Test("Opus echoes what concerns the sender, and nothing else")
    func opus() throws {
        var server = Server()
        let format =
            "a=fmtp:111 usedtx=1; useinbandfec=1;stereo=1;sprop-stereo=1;maxaveragebitrate=99;cbr=x;minptime=10"
        let (answer, session) = try server.answer(TestOffer(.audio("a", "sendrecv", [format])).text)
        let expected = "minptime=10;stereo=1;useinbandfec=1;usedtx=1"
        #expect(session.uplinks.first?.codecs.first?.parameters == expected)
        #expect(answer.section("a")?.attributes["fmtp"] == "111 \(expected)")
    }

    @Test("A parameter's value that is no number is not sent back")
    func strangeValues() throws {
        var server = Server()
        let session = try server.answer(
            TestOffer(.audio("a", "sendrecv", ["a=fmtp:111 usedtx=1 x;stereo=-1"])).text
        ).session
        #expect(session.uplinks.first?.codecs.first?.parameters == "")
    }

    @Test("Who decodes whom: profiles and packetization modes of H.264")
    func h264Compatibility() {
        let (constrained, baseline, main, high) = (
            h264("42e01f"), h264("42001f"), h264("4d001f"), h264("640c1f")
        )
        #expect([baseline, main, high].allSatisfy { $0.decodes(constrained) })
        #expect(!constrained.decodes(baseline) && !main.decodes(baseline) && !constrained.decodes(main))
        #expect(h264("64001f").decodes(main) && h264("64001f").decodes(high))
        #expect(!high.decodes(h264("64001f")))
        #expect(h264("42e01f").decodes(h264("42e034")), "levels are not compared")
        #expect(h264("42e01f").decodes(h264("42e01f", mode: 0)))
        #expect(!h264("42e01f", mode: 0).decodes(h264("42e01f")))
        #expect(
            h264("4d801f").decodes(constrained) && constrained.decodes(h264("4d801f")),
            "Main kept to Baseline"
        )
    }

    @Test("A receiver's equal format is taken before one that is only good enough")
    func bestFormat() {
        let downlink = DownlinkSection(
            mid: "v",
            kind: .video,
            slot: 0,
            ssrc: SSRC(1),
            cname: "c",
            codecs: [h264("4d001f", type: 1), h264("42e01f", type: 2), h264("42e01f", mode: 0, type: 3)]
        )
        #expect(downlink.codec(decoding: h264("42e01f"))?.payloadType == PayloadType(2))
        #expect(downlink.codec(decoding: h264("42e01f", mode: 0))?.payloadType == PayloadType(3))
        #expect(downlink.codec(decoding: h264("4d001f"))?.payloadType == PayloadType(1))
        #expect(downlink.codec(decoding: h264("64001f")) == nil)
        let vp8 = NegotiatedCodec(codec: .vp8, payloadType: PayloadType(96), clockRate: 90_000)
        #expect(downlink.codec(decoding: vp8) == nil)
        #expect(vp8.decodes(vp8))
    }

    /// The codecs agreed on for a microphone, and the formats of the answer's m-line.
    private static func audio(_ formats: String, _ lines: [String]) throws -> (codecs: [NegotiatedCodec], line: String) {
        var server = Server()
        var section = TestOffer.Section.audio("a")
        section.formats = formats
        section.lines = ["a=rtcp-mux"] + lines
        let (answer, session) = try server.answer(TestOffer(section).text)
        return (session.uplinks.first?.codecs ?? [], answer.media[0].formats.joined(separator: " "))
    }

    @Test("Redundancy is taken where it is offered around Opus, and its place in the offer is kept")
    func redundancy() throws {
        let lines = ["a=rtpmap:111 opus/48000/2", "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111"]
        let plain = try Self.audio("111 63", lines)
        #expect(plain.codecs.map(\.redundancy) == [.init(payloadType: PayloadType(63))] && plain.line == "111 63")
        let first = try Self.audio("63 111", lines)
        #expect(first.codecs.map(\.redundancy) == [.init(payloadType: PayloadType(63), isPreferred: true)])
        #expect(first.line == "63 111" && first.codecs.map(\.codec) == [.opus])
        let deep = try Self.audio("111 63", Array(lines.dropLast()) + ["a=fmtp:63 111/111/111"])
        #expect(deep.codecs.first?.redundancy != nil)
    }

    @Test(
        "Redundancy that the server could not take apart is left out, and Opus stays",
        arguments: [
            ["a=rtpmap:63 red/48000/2"], ["a=rtpmap:63 red/48000/2", "a=fmtp:63 111/0"],
            ["a=rtpmap:63 red/48000/2", "a=fmtp:63 0/0"], ["a=rtpmap:63 red/48000/2", "a=fmtp:63 111/"],
            ["a=rtpmap:63 red/48000/2", "a=fmtp:63 300/300"], ["a=rtpmap:63 red/48000", "a=fmtp:63 111/111"],
            ["a=rtpmap:63 red/8000/2", "a=fmtp:63 111/111"], ["a=rtpmap:63 red/48000/2", "a=fmtp:63 63/63"],
        ])
    func noRedundancy(lines: [String]) throws {
        let result = try Self.audio("63 111", ["a=rtpmap:111 opus/48000/2"] + lines)
        #expect(result.codecs.map(\.redundancy) == [nil] && result.line == "111")
    }

    @Test("Redundancy around video is none")
    func videoRedundancy() throws {
        let result = try codecs("96 118", ["a=rtpmap:96 VP8/90000", "a=rtpmap:118 red/90000"])
        #expect(result.map(\.payloadTypes) == [[PayloadType(96)]])
    }
}
