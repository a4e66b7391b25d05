import Ciphers
import LoadClient
import Negotiation
import RTP
import SDP
import Testing
import Wire

@Suite("The offer of a load client")
struct ClientOfferTests {
    private let fingerprint = CertificateFingerprint(algorithm: "sha-256", bytes: [UInt8](repeating: 7, count: 32))

    @Test("has what a browser's has: sending sections first, then pairs of receive slots")
    func sections() throws {
        var generator = SeededGenerator(seed: 1)
        var options = ClientOffer.Options()
        options.audioSlots = 2
        options.videoSlots = 3
        let offer = ClientOffer(options, fingerprint: fingerprint, using: &generator)
        let parsed = try SessionDescription(parsing: offer.sdp)
        #expect(parsed.media.map(\.kind) == ["audio", "video", "audio", "video", "audio", "video", "video"])
        #expect(parsed.media.compactMap(\.mid) == ["0", "1", "2", "3", "4", "5", "6"])
        #expect(parsed.bundle?.mids.count == 7)
        #expect(offer.slotMIDs == ["2", "3", "4", "5", "6"])
        #expect(parsed.media[1].attributes.all(SourceGroup.self).first?.ssrcs.count == 2)
        #expect(parsed.media[1].payloadTypes.map(\.rawValue) == [96, 97, 102, 103])
    }

    @Test("names simulcast layers, and no sources then")
    func simulcast() throws {
        var generator = SeededGenerator(seed: 2)
        var options = ClientOffer.Options()
        options.rids = ["f", "h", "q"]
        options.video = .h264
        let offer = ClientOffer(options, fingerprint: fingerprint, using: &generator)
        let video = try SessionDescription(parsing: offer.sdp).media[1]
        #expect(video.attributes.all(RestrictionIdentifier.self).map(\.id) == ["f", "h", "q"])
        #expect(video.attributes.first(SimulcastDescription.self)?.send.count == 3)
        #expect(video.attributes.all(SourceAttribute.self).isEmpty)
        #expect(video.payloadTypes.first?.rawValue == 102)
    }

    @Test("has a section for data channels at its end, when there shall be some (RFC 8841)")
    func dataChannels() throws {
        var generator = SeededGenerator(seed: 4)
        var options = ClientOffer.Options()
        options.videoSlots = 1
        options.hasDataChannels = true
        let offer = ClientOffer(options, fingerprint: fingerprint, using: &generator)
        let parsed = try SessionDescription(parsing: offer.sdp)
        let section = try #require(parsed.media.last)
        #expect(section.kind == "application" && section.transport == "UDP/DTLS/SCTP" && section.mid == "3")
        #expect(section.formats == ["webrtc-datachannel"] && section.attributes.sctpPort == 5_000)
        #expect(parsed.bundle?.mids == ["0", "1", "2", "3"] && offer.dataMID == "3")
        // The answer is read back as one: with another port, with any size, and refused.
        let answer = offer.sdp.replacing("setup:actpass", with: "setup:passive")
            .replacing("a=ice-ufrag", with: "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=ice-ufrag")
        #expect(
            try ClientAnswer(parsing: answer, to: offer).dataChannels
                == ClientAnswer.DataChannels(port: 5_000, maxMessageSize: 262_144))
        let other = answer.replacing("sctp-port:5000", with: "sctp-port:77")
            .replacing("max-message-size:262144", with: "max-message-size:0")
        #expect(try ClientAnswer(parsing: other, to: offer).dataChannels?.port == 77)
        #expect(try ClientAnswer(parsing: other, to: offer).dataChannels?.maxMessageSize == .max)
        let refused = answer.replacing("m=application 9", with: "m=application 0")
        #expect(try ClientAnswer(parsing: refused, to: offer).dataChannels == nil)
        #expect(try ClientAnswer(parsing: refused, to: offer).refused.contains("3"))
    }

    @Test("an answer that is no answer to it is refused, every prefix of a good one without a trap")
    func badAnswers() throws {
        var generator = SeededGenerator(seed: 3)
        var options = ClientOffer.Options()
        options.videoSlots = 1
        let offer = ClientOffer(options, fingerprint: fingerprint, using: &generator)
        #expect(throws: ClientAnswer.Failure.self) { try ClientAnswer(parsing: "nonsense", to: offer) }
        let text = offer.sdp
        for length in stride(from: 0, to: text.utf8.count, by: 7) {
            _ = try? ClientAnswer(parsing: String(text.prefix(length)), to: offer)
        }
    }
}
