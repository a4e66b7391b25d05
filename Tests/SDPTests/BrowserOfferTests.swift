import Foundation
import SDP
import Testing
import Wire

/// Offers of real browsers; they live beside the negotiation's tests.
private let offers: [(name: String, text: String)] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../NegotiationTests/Fixtures").standardizedFileURL
    let names = [
        "chromium-156/reference-1-offer.sdp", "firefox-153/reference-1-offer.sdp",
        "chromium-156/conference-2-offer.sdp", "firefox-153/conference-2-offer.sdp",
    ]
    return names.compactMap { name in
        (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)).map { (name, $0) }
    }
}()

@Suite("Session descriptions of browsers")
struct BrowserOfferTests {
    @Test("They are written as they were read")
    func roundTrip() throws {
        try #require(offers.count == 4)
        for offer in offers {
            let text = offer.text.replacing("\n", with: "\r\n")
            #expect(try SessionDescription(parsing: text).description == text, "\(offer.name)")
        }
    }

    @Test("Every known attribute in them can be read and says the same when written")
    func typedAttributes() throws {
        for offer in offers {
            let description = try SessionDescription(parsing: offer.text)
            for section in description.media {
                check(RTPMap.self, section, offer.name)
                check(FormatParameters.self, section, offer.name)
                check(RTCPFeedback.self, section, offer.name)
                check(HeaderExtensionMapping.self, section, offer.name)
                check(SourceAttribute.self, section, offer.name)
                check(SourceGroup.self, section, offer.name)
                check(MediaStreamID.self, section, offer.name)
                check(RestrictionIdentifier.self, section, offer.name)
                check(SimulcastDescription.self, section, offer.name)
                check(DTLSSetup.self, section, offer.name)
                #expect(section.mid != nil && section.attributes.iceUsernameFragment != nil)
            }
        }
    }

    private func check<Value: TypedAttribute>(_ kind: Value.Type, _ section: MediaDescription, _ name: String)
    {
        let written = section.attributes.values(Value.attributeName)
        #expect(section.attributes.all(kind).map(\.attributeValue) == written, "\(name)")
    }

    @Test("Any beginning of a description is read or refused, and nothing is made up")
    func truncation() throws {
        for offer in offers.prefix(2) {
            let bytes = Array(offer.text.utf8)
            let whole = try SessionDescription(parsing: offer.text)
            // 11 shares no factor with line lengths; every residue comes up in the first kilobyte as well.
            for length in Array(0..<1024) + Array(stride(from: 1024, to: bytes.count, by: 11)) {
                let text = String(decoding: bytes[..<length], as: UTF8.self)
                guard let part = try? SessionDescription(parsing: text) else { continue }
                #expect(part.media.count <= whole.media.count)
                #expect(try SessionDescription(parsing: part.description) == part)
            }
        }
    }

    @Test("Random changes are read or refused; what is read can be written and read again")
    func mutation() throws {
        let pieces = Array("\r\n=:;~,/ 0189azm\u{0}\u{7f}".utf8) + [0xC3, 0xA9, 0xFF]
        for (index, offer) in offers.prefix(2).enumerated() {
            var generator = SeededGenerator(seed: UInt64(index))
            for _ in 0..<400 {
                var bytes = Array(offer.text.utf8.prefix(2500))
                for _ in 0..<Int.random(in: 1...8, using: &generator) {
                    let place = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: bytes[place] = pieces.randomElement(using: &generator) ?? 0
                    case 1: bytes.remove(at: place)
                    default: bytes.insert(pieces.randomElement(using: &generator) ?? 0, at: place)
                    }
                }
                guard let read = try? SessionDescription(parsing: String(decoding: bytes, as: UTF8.self))
                else { continue }
                #expect(try SessionDescription(parsing: read.description) == read)
                for section in read.media {
                    _ = section.attributes.all(SimulcastDescription.self)
                    _ = section.attributes.all(RestrictionIdentifier.self).map(\.payloadTypes)
                    _ = section.attributes.all(HeaderExtensionMapping.self)
                    _ = section.attributes.all(FormatParameters.self).map { $0["apt"] }
                    _ = section.attributes.all(SourceGroup.self)
                }
            }
        }
    }
}
