import Ciphers
import DTLS
import LinuxSystem
import LoadClient
import Testing
import Wire

@testable import LoadGenerator

/// What a participant needs to begin, without a server.
struct LocalStay {
    let context: DTLSContext
    let fingerprint: CertificateFingerprint

    init() throws {
        let certificate = try Certificate.selfSigned(commonName: "test", validDays: 1, dnsNames: [], addresses: [])
        context = try DTLSContext(certificate: certificate)
        fingerprint = certificate.fingerprint
    }

    /// A participant whose server is a port of loopback on which nobody answers.
    func seed(_ number: Int) throws -> MediaParticipant.Seed {
        var generator = SeededGenerator(seed: 1)
        var options = ClientOffer.Options()
        options.videoSlots = 1
        let offer = ClientOffer(options, fingerprint: fingerprint, using: &generator)
        let text = offer.sdp.replacing("setup:actpass", with: "setup:passive")
            .replacing("a=ice-ufrag", with: "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\na=ice-ufrag")
        let answer = try ClientAnswer(parsing: text, to: offer)
        return MediaParticipant.Seed(
            number: number, offer: offer, answer: answer, candidates: answer.candidates,
            times: JoinTimes(began: SystemClock.now()), random: 1, media: MediaShape(try LoadSettings()),
            senders: SenderList(), onEvent: { _ in })
    }
}
