import Ciphers
import Foundation
import ICE
import Negotiation
import SDP
import Testing
import Wire

/// The offers of one browser's peer connection, in the order in which they were made.
struct Recording: CustomTestStringConvertible, Sendable {
    let browser: String
    let name: String
    let offers: [String]

    var testDescription: String { "\(browser) \(name)" }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    func answerFile(_ number: Int) -> URL {
        Self.folder.appending(path: "\(browser)/\(name)-\(number)-answer.sdp")
    }

    static let all: [Recording] = {
        let names = [
            "reference", "publish", "addtrack", "maxbundle", "conference", "takeover", "toggle", "later",
            "datafirst",
            "stopfirst", "limited", "codecs",
        ]
        return ["chromium-156", "firefox-153"].flatMap { browser in
            // Firefox knows no redundant audio.
            (names + (browser.hasPrefix("chromium") ? ["redfirst"] : [])).map { name in
                let offers = (1...9).compactMap {
                    try? String(
                        contentsOf: folder.appending(path: "\(browser)/\(name)-\($0)-offer.sdp"),
                        encoding: .utf8
                    )
                }
                return Recording(browser: browser, name: name, offers: offers)
            }
        }
    }()

    static func named(_ name: String) -> [Recording] { all.filter { $0.name == name } }

    /// The configuration the recording was made with.
    var configuration: NegotiationConfiguration {
        var configuration = NegotiationConfiguration()
        if name == "limited" {
            configuration.maximumVideoUplinks = 0
            configuration.maximumVideoSlots = 1
        }
        return configuration
    }
}

/// A negotiator with everything it needs, deterministic.
struct Server {
    var negotiator: SessionNegotiator
    var generator = SeededGenerator(seed: 1)

    init(_ configuration: NegotiationConfiguration = NegotiationConfiguration()) {
        negotiator = SessionNegotiator(configuration: configuration, cname: "roost-cname")
    }

    static let fingerprint = CertificateFingerprint(
        sdpValue: "sha-256 " + (0..<32).map { _ in "5A" }.joined(separator: ":")
    )

    mutating func answer(
        _ offer: String,
        ice: ICECredentials? = nil
    ) throws -> (answer: SessionDescription, session: NegotiatedSession) {
        let result = try answerText(offer, ice: ice)
        return (try SessionDescription(parsing: result.answer), result.session)
    }

    mutating func answerText(
        _ offer: String,
        ice: ICECredentials? = nil
    ) throws -> (answer: String, session: NegotiatedSession) {
        let addresses = [IPAddress("192.0.2.1"), IPAddress("2001:db8::1")].compactMap { $0 }
        let local = LocalTransportDescription(
            ice: ice ?? ICECredentials.random(workerIndex: 3, using: &generator),
            fingerprint: try #require(Self.fingerprint),
            candidates: ICECandidate.hostCandidates(
                for: addresses.map { SocketAddress(ip: $0, port: 40_003) }
            )
        )
        return try negotiator.answer(offer, transport: local, using: &generator)
    }
}

/// A small offer made from parts, for what browsers do not say.
struct TestOffer {
    var session = [
        "a=ice-ufrag:abcd", "a=ice-pwd:0123456789abcdefghijkl", "a=setup:actpass",
        "a=fingerprint:sha-256 " + (0..<32).map { _ in "0F" }.joined(separator: ":"),
    ]
    var group: String?
    var sections: [Section] = []

    struct Section {
        var media = "m=video 9 UDP/TLS/RTP/SAVPF"
        var formats = "96"
        var mid: String
        var direction = "sendrecv"
        var lines: [String] = []

        static func video(_ mid: String, _ direction: String = "sendrecv", _ lines: [String] = []) -> Section
        {
            Section(
                formats: "96",
                mid: mid,
                direction: direction,
                lines: ["a=rtcp-mux", "a=rtpmap:96 VP8/90000"] + lines
            )
        }

        static func audio(_ mid: String, _ direction: String = "sendrecv", _ lines: [String] = []) -> Section
        {
            Section(
                media: "m=audio 9 UDP/TLS/RTP/SAVPF",
                formats: "111",
                mid: mid,
                direction: direction,
                lines: ["a=rtcp-mux", "a=rtpmap:111 opus/48000/2"] + lines
            )
        }

        /// A stopped section.
        func stopped() -> Section {
            var section = self
            section.media = media.replacing(" 9 ", with: " 0 ")
            section.direction = "inactive"
            return section
        }
    }

    init(_ sections: Section...) { self.sections = sections }

    var text: String {
        let live = sections.filter { !$0.media.contains(" 0 ") }.map(\.mid)
        let head = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
        let bundle = [group ?? "a=group:BUNDLE \(live.joined(separator: " "))"]
        let body = sections.flatMap {
            ["\($0.media) \($0.formats)", "c=IN IP4 0.0.0.0", "a=mid:\($0.mid)", "a=\($0.direction)"]
                + $0.lines
        }
        return (head + bundle + session + body).filter { !$0.isEmpty }.map { $0 + "\r\n" }.joined()
    }
}

extension SessionDescription {
    func section(_ mid: String) -> MediaDescription? { media.first { $0.mid == mid } }
}
