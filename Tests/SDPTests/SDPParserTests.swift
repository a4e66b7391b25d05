import SDP
import Testing

@Suite("Reading and writing session descriptions")
struct SDPParserTests {
    static let small = """
        v=0
        o=- 4611731400430051336 2 IN IP4 127.0.0.1
        s=-
        c=IN IP4 192.0.2.7
        t=0 0
        a=group:BUNDLE 0 1
        a=recvonly
        a=x-unknown:some: thing
        m=audio 9/2 UDP/TLS/RTP/SAVPF 111 0
        i=a microphone
        c=IN IP4 0.0.0.0
        b=AS:64
        a=mid:0
        a=x-flag
        a=sendonly
        m=application 0 UDP/DTLS/SCTP webrtc-datachannel
        a=mid:1

        """

    @Test("Lines may end in LF or CRLF, the last one in neither")
    func lineEnds() throws {
        let lf = try SessionDescription(parsing: Self.small)
        let crlfText = Self.small.split(separator: "\n").joined(separator: "\r\n")
        #expect(try SessionDescription(parsing: crlfText) == lf)
        #expect(lf.media.count == 2)
    }

    @Test("What is read is written again, line by line, with CRLF")
    func roundTrip() throws {
        let text = Self.small.split(separator: "\n").map { $0 + "\r\n" }.joined()
        #expect(try SessionDescription(parsing: text).description == text)
    }

    @Test("Lines and attributes land at their level, unknown ones too")
    func levels() throws {
        let description = try SessionDescription(parsing: Self.small)
        #expect(description.origin.sessionID == "4611731400430051336")
        #expect(description.origin.version == "2")
        #expect(description.lines.map(\.value) == ["IN IP4 192.0.2.7", "0 0"])
        #expect(description.attributes["x-unknown"] == "some: thing")
        let audio = try #require(description.media.first)
        #expect(audio.kind == "audio" && audio.port == 9 && audio.portCount == "2")
        #expect(audio.formats == ["111", "0"])
        #expect(audio.lines.map(\.type) == ["i", "c", "b"])
        #expect(audio.attributes.contains("x-flag") && audio.attributes["x-flag"] == nil)
        #expect(audio.mid == "0")
        #expect(description.direction(of: audio) == .sendonly)
        #expect(description.direction(of: description.media[1]) == .recvonly)
    }

    @Test("Blank lines are skipped, a missing name and time are no error")
    func tolerance() throws {
        let description = try SessionDescription(parsing: "\r\nv=0\n\no=- 1 1 IN IP4 0.0.0.0\n\n")
        #expect(description.name == "-")
        #expect(description.media.isEmpty)
    }

    @Test(
        "Errors name the line",
        arguments: [
            ("", SDPError.empty),
            ("\n\n", .empty),
            ("s=-\n", .missingVersion(line: 1)),
            ("v=1\n", .missingVersion(line: 1)),
            ("v=0\nm=audio 9 RTP/SAVPF 0\n", .missingOrigin(line: 2)),
            ("v=0\ns=-\n", .missingOrigin(line: 2)),
            ("v=0\no=- 1 1 IN IP4\n", .malformedOrigin(line: 2)),
            ("v=0\n\nhello\n", .malformedLine(line: 3)),
            ("v=0\n=\n", .malformedLine(line: 2)),
            ("v=0\na\n", .malformedLine(line: 2)),
            ("v=0\no=- 1 1 IN IP4 x\na=mid:\r0\r\n", .illegalCharacter(line: 3)),
            ("v=0\no=- 1 1 IN IP4 x\na=mid:\0\r\n", .illegalCharacter(line: 3)),
            ("v=0\no=- 1 1 IN IP4 x\nm=audio 9 RTP/SAVPF\n", .malformedMedia(line: 3)),
            ("v=0\no=- 1 1 IN IP4 x\nm=audio 65536 RTP/SAVPF 0\n", .malformedMedia(line: 3)),
            ("v=0\no=- 1 1 IN IP4 x\nm=audio -1 RTP/SAVPF 0\n", .malformedMedia(line: 3)),
            ("v=0\no=- 1 1 IN IP4 x\nm=audio +9 RTP/SAVPF 0\n", .malformedMedia(line: 3)),
        ]
    )
    func errors(text: String, expected: SDPError) {
        #expect(throws: expected) { try SessionDescription(parsing: text) }
    }

    @Test("Every limit holds exactly")
    func limits() throws {
        let size = Self.small.utf8.count
        let lines = Self.small.split(separator: "\n").count
        let longest = Self.small.split(separator: "\n").map(\.utf8.count).max() ?? 0
        _ = try SessionDescription(
            parsing: Self.small,
            limits: SDPLimits(bytes: size, lines: lines, lineBytes: longest, sections: 2)
        )
        #expect(throws: SDPError.tooLarge(bytes: size, limit: size - 1)) {
            try SessionDescription(parsing: Self.small, limits: SDPLimits(bytes: size - 1))
        }
        #expect(throws: SDPError.tooManyLines(limit: lines - 1)) {
            try SessionDescription(parsing: Self.small, limits: SDPLimits(lines: lines - 1))
        }
        #expect(throws: SDPError.tooManySections(line: 16, limit: 1)) {
            try SessionDescription(parsing: Self.small, limits: SDPLimits(sections: 1))
        }
        #expect(throws: SDPError.lineTooLong(line: 16, limit: longest - 1)) {
            try SessionDescription(parsing: Self.small, limits: SDPLimits(lineBytes: longest - 1))
        }
    }

    @Test("An error's sentence has the line's number")
    func sentences() {
        #expect(SDPError.malformedLine(line: 4711).description.contains("4711"))
        #expect(SDPError.tooLarge(bytes: 12, limit: 10).description.contains("12"))
    }

    @Test("Port zero refuses a section, unless it is only bundled")
    func rejection() throws {
        let head = "v=0\no=- 1 1 IN IP4 x\n"
        func isRejected(_ lines: String) throws -> Bool? {
            try SessionDescription(parsing: head + lines).media.first?.isRejected
        }
        #expect(try isRejected("m=audio 0 RTP/SAVPF 0") == true)
        #expect(try isRejected("m=audio 9 RTP/SAVPF 0") == false)
        #expect(try isRejected("m=audio 0 RTP/SAVPF 0\na=bundle-only") == false)
    }
}
