import NIOCore
import Testing

@testable import LoadGenerator

/// What is made of the bytes that a server sends.
struct FrameReaderTests {
    private func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var bytes = [first]
        switch payload.count {
        case ..<126: bytes.append(UInt8(payload.count))
        case ..<65_536: bytes += [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            bytes.append(127)
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(payload.count >> shift & 0xFF)) }
        }
        return bytes + payload
    }

    private func text(_ text: String) -> [UInt8] { frame(0x81, Array(text.utf8)) }

    /// Everything that comes of some bytes, which arrive in pieces of `size`.
    private func read(_ bytes: [UInt8], inPiecesOf size: Int) throws -> [FrameReader.Frame] {
        var reader = FrameReader()
        var frames: [FrameReader.Frame] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            reader.append(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            while let frame = try reader.next() { frames.append(frame) }
        }
        return frames
    }

    @Test(arguments: [1, 2, 3, 7, 64, 1 << 20]) func piecesOfAnySizeAreTheSame(_ size: Int) throws {
        let long = #"{"type":"slots","x":""# + String(repeating: "y", count: 70_000) + #""}"#
        let bytes =
            text(#"{"type":"user-joined","participant":{}}"#) + text(#"{"type":"ok","id":1}"#) + frame(0x89, [1, 2])
            + text(long) + text(#"{"type":"media-state","ice":"connected"}"#) + text(String(repeating: "z", count: 200))
            + frame(0x01, Array("{\"a\":".utf8)) + frame(0x8A, []) + frame(0x80, Array("1}".utf8)) + frame(0x88, [])
        let expected: [FrameReader.Frame] = [
            .news, .text(Array(#"{"type":"ok","id":1}"#.utf8)), .ping([1, 2]), .text(Array(long.utf8)), .news,
            .text([UInt8](repeating: UInt8(ascii: "z"), count: 200)), .pong, .text(Array("{\"a\":1}".utf8)), .close,
        ]
        #expect(try read(bytes, inPiecesOf: size) == expected)
    }

    @Test func nothingThatIsActedOnIsNews() throws {
        for type in ["room-joined", "resumed", "answer", "ok", "pong", "error", "slots", "goodbye", "track-paused"] {
            let frames = try read(text(#"{"type":"\#(type)","id":12345678}"#), inPiecesOf: 1_000)
            #expect(frames != [.news], "\(type)")
        }
        for type in SignalingMessages.news {
            #expect(try read(text(#"{"type":"\#(type)","id":12345678}"#), inPiecesOf: 1_000) == [.news], "\(type)")
        }
    }

    @Test func whatNoServerSendsIsRefused() {
        #expect(throws: FrameReader.Violation.masked) { try read([0x81, 0x81, 0, 0, 0, 0, 0], inPiecesOf: 10) }
        #expect(throws: FrameReader.Violation.unknownOpcode) { try read([0x83, 0x01, 0], inPiecesOf: 10) }
        #expect(throws: FrameReader.Violation.tooLong) {
            try read([0x81, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], inPiecesOf: 10)
        }
    }

    @Test func theListOfParticipantsIsPassedOver() throws {
        let message =
            #"{"type":"room-joined","id":1,"self":{"id":"p-1","participants":[0]},"#
            + #""participants":[{"name":"a\"]}","tracks":[{}]},{"name":"\\"}],"answer":{"offerId":1,"sdp":"v=0"}}"#
        let rest = SignalingMessages.withoutParticipants(Array(message.utf8))
        #expect(
            String(decoding: rest, as: UTF8.self)
                == #"{"type":"room-joined","id":1,"self":{"id":"p-1","participants":[0]},"#
                + #""participants":[],"answer":{"offerId":1,"sdp":"v=0"}}"#)
        #expect(try SignalingMessages.decode(Array(message.utf8)).answer?.sdp == "v=0")
        let broken = Array(#"{"participants":[{"#.utf8)
        #expect(SignalingMessages.withoutParticipants(broken) == broken)
    }
}
