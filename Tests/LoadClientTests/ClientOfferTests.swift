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
