import SDP
import Testing
import Wire

/// Reads a value and writes it again.
private func again<Value: TypedAttribute>(_ text: String, as kind: Value.Type) -> String? {
    Value(attributeValue: text)?.attributeValue
}

@Suite("Attributes with a grammar")
struct TypedAttributeTests {
    @Test(
        "rtpmap keeps what is written",
        arguments: ["111 opus/48000/2", "96 VP8/90000", "9 G722/8000/1", "0 PCMU/8000", "127 x/1"]
    )
    func rtpMap(text: String) { #expect(again(text, as: RTPMap.self) == text) }

    @Test(
        "rtpmap: what does not fit is not there",
        arguments: [
            "", "96", "128 VP8/90000", "96 VP8", "96 VP8/", "96 VP8/90000/2/3", "x VP8/90000", "96 VP8/-1",
            "96 opus/48000/256", "+6 VP8/90000",
        ]
    )
    func badRTPMap(text: String) { #expect(RTPMap(attributeValue: text) == nil) }

    @Test("rtpmap: one channel where nothing is written")
    func channels() {
        #expect(RTPMap(attributeValue: "111 opus/48000/2")?.channels == 2)
        #expect(RTPMap(attributeValue: "96 VP8/90000")?.channels == 1)
    }

    @Test("fmtp parameters are found by name, with any spaces and in any case")
    func formatParameters() throws {
        let format = try #require(
            FormatParameters(
                attributeValue:
                    "102 level-asymmetry-allowed=1; Packetization-Mode=1;profile-level-id = 42E01F"
            )
        )
        #expect(format.payloadType == PayloadType(102))
        #expect(format["packetization-mode"] == "1")
        #expect(format["level-asymmetry-allowed"] == "1")
        #expect(format["profile-level-id"] == "42E01F")
        #expect(format["mode"] == nil)
        #expect(FormatParameters(attributeValue: "63 111/111")?.text == "111/111")
        #expect(FormatParameters(attributeValue: "63") == nil)
    }

    @Test("rtcp-fb is for one payload type or for all")
    func feedback() {
        #expect(
            RTCPFeedback(attributeValue: "96 nack pli")
                == RTCPFeedback(payloadType: PayloadType(96), kind: "nack pli")
        )
        #expect(RTCPFeedback(attributeValue: "*  ccm  fir")?.attributeValue == "* ccm fir")
        #expect(RTCPFeedback(attributeValue: "200 nack") == nil)
        #expect(RTCPFeedback(attributeValue: "96") == nil)
    }

    @Test(
        "extmap has a number, perhaps a direction, a URI and perhaps more",
        arguments: [
            "4 urn:ietf:params:rtp-hdrext:sdes:mid", "8/sendonly https://example.org/#x", "4096 urn:x y z",
        ]
    )
    func extensionMapping(text: String) { #expect(again(text, as: HeaderExtensionMapping.self) == text) }

    @Test(
        "extmap: a wrong direction or number is not read",
        arguments: ["8/both urn:x", "x urn:x", "70000 urn:x", "4", "/ x"]
    )
    func badExtensionMapping(text: String) { #expect(HeaderExtensionMapping(attributeValue: text) == nil) }

    @Test("ssrc attributes and groups")
    func sources() {
        #expect(again("4294967295 cname:{a:b}", as: SourceAttribute.self) == "4294967295 cname:{a:b}")
        #expect(SourceAttribute(attributeValue: "7 msid:a b")?.value == "a b")
        #expect(SourceAttribute(attributeValue: "4294967296 cname:x") == nil)
        #expect(again("FID 1 2", as: SourceGroup.self) == "FID 1 2")
        #expect(SourceGroup(attributeValue: "SIM 1 x") == nil)
        #expect(SourceGroup(attributeValue: "SIM 1 2 3")?.ssrcs == [SSRC(1), SSRC(2), SSRC(3)])
    }

    @Test("msid with and without a track")
    func streams() {
        #expect(MediaStreamID(attributeValue: "- {track}") == MediaStreamID(stream: "-", track: "{track}"))
        #expect(MediaStreamID(attributeValue: "stream") == MediaStreamID(stream: "stream"))
        #expect(MediaStreamID(attributeValue: "") == nil)
    }

    @Test("rid with and without restrictions")
    func restrictionIdentifiers() throws {
        #expect(again("q send", as: RestrictionIdentifier.self) == "q send")
        let restricted = try #require(RestrictionIdentifier(attributeValue: "1 recv pt=96,97;max-width=1280"))
        #expect(restricted.payloadTypes == [PayloadType(96), PayloadType(97)])
        #expect(restricted.attributeValue == "1 recv pt=96,97;max-width=1280")
        #expect(RestrictionIdentifier(attributeValue: "q send max-fps=15")?.payloadTypes == nil)
        for bad in ["q", "q both", "q! send", " send"] {
            #expect(RestrictionIdentifier(attributeValue: bad) == nil)
        }
    }

    @Test("simulcast with alternatives, pauses and both directions")
    func simulcast() throws {
        let value = try #require(SimulcastDescription(attributeValue: "send 1,~4;2;~3 recv 5"))
        #expect(value.send.map { $0.map(\.rid) } == [["1", "4"], ["2"], ["3"]])
        #expect(value.send.map { $0.map(\.isPaused) } == [[false, true], [false], [true]])
        #expect(value.receive == [[.init(rid: "5")]])
        #expect(value.attributeValue == "send 1,~4;2;~3 recv 5")
        for bad in ["", "send", "send q recv", "both q", "send q send h", "send q;h!", "send ~"] {
            #expect(SimulcastDescription(attributeValue: bad) == nil, "\(bad)")
        }
    }

    @Test("Groups, setup and the transport's attributes")
    func transport() throws {
        let description = try SessionDescription(
            parsing: """
                v=0
                o=- 1 1 IN IP4 x
                a=group:LS 1 2
                a=group:BUNDLE 0 1
                a=ice-lite
                a=ice-options:trickle  renomination
                a=fingerprint:sha-256 AA
                a=fingerprint:sha-512 BB
                a=extmap-allow-mixed
                m=application 9 UDP/DTLS/SCTP webrtc-datachannel
                a=ice-ufrag:abcd
                a=ice-pwd:secret
                a=setup:ActPass
                a=candidate:1 1 udp 1 192.0.2.1 5 typ host
                a=sctp-port:5000
                a=max-message-size:18446744073709551615
                """
        )
        let section = try #require(description.media.first)
        #expect(description.bundle?.mids == ["0", "1"])
        #expect(description.isICELite)
        #expect(description.allowsMixedExtensions(in: section))
        #expect(description.attributes.iceOptions == ["trickle", "renomination"])
        #expect(description.attributes.fingerprints == ["sha-256 AA", "sha-512 BB"])
        #expect(section.attributes.iceUsernameFragment == "abcd")
        #expect(section.attributes.icePassword == "secret")
        #expect(section.attributes.first(DTLSSetup.self) == .actpass)
        #expect(section.attributes.candidates == ["1 1 udp 1 192.0.2.1 5 typ host"])
        #expect(section.attributes.sctpPort == 5000)
        #expect(section.attributes.maximumMessageSize == .max)
        #expect(section.payloadTypes.isEmpty)
        #expect(!section.isRTP)
    }

    @Test("Directions reverse", arguments: MediaDirection.allCases)
    func directions(direction: MediaDirection) {
        #expect(direction.reversed.reversed == direction)
        #expect(direction.reversed.sends == direction.receives)
        #expect(MediaDirection(sends: direction.sends, receives: direction.receives) == direction)
    }

    @Test("An attribute that cannot be read is passed over for one that can")
    func firstReadable() {
        var list: AttributeList = []
        list.append("setup", "sideways")
        list.append("setup", "passive")
        list.append("setup")
        #expect(list.first(DTLSSetup.self) == .passive)
        #expect(list.all(DTLSSetup.self) == [.passive])
    }
}
