import Testing

@testable import Rooms

/// The reader and writer of JSON: RFC 8259, strictly.
struct JSONTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "12", "-1.5", "1e5", "1E+5", "2.50e-10", "\"\"", "\"a\"", "[]",
        "[1,2,[3]]",
        "{}", #"{"a":1,"b":{"c":[null]}}"#, #""\"\\""#, #"{"":""}"#,
    ])
    func whatIsReadIsWrittenAsItWas(text: String) throws {
        #expect(try JSONParser.parse(text).text == text)
    }

    @Test(arguments: [
        (" \t\r\n[ 1 , 2 ] \n", "[1,2]"), (#""\u0041\u00e9\u20ac""#, "\"Aé€\""),
        (#""\ud83d\ude00""#, "\"😀\""),
        (#""\/\b\f\n\r\t""#, #""/\u0008\u000c\n\r\t""#), (#""\ud83d""#, "\"\u{FFFD}\""),
        (#""\ude00x""#, "\"\u{FFFD}x\""), (#""\ud83d\u0041""#, "\"\u{FFFD}A\""), (#""\u0000""#, #""\u0000""#),
    ])
    func otherSpellings(text: String, written: String) throws {
        #expect(try JSONParser.parse(text).text == written)
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "TRUE", "+1", "01", "1.", ".5", "1e", "-", "0x1", "NaN", "Infinity", "'a'",
        "\"", "\"\\",
        "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"", "\"a\u{0}b\"", "[", "[1", "[1,", "[1,]", "[,1]",
        "]", "{",
        "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\" 1}", "{}{}",
        "1 2",
        "// x\n1", "\u{FEFF}1", "[1}", "{\"a\":1]",
    ])
    func whatIsNotJSONIsRefused(text: String) {
        #expect(throws: JSONParseError.self) { try JSONParser.parse(text) }
    }

    @Test func theErrorSaysWhere() {
        #expect(throws: JSONParseError(offset: 5, expected: "\":\"")) { try JSONParser.parse(#"{"a" 1}"#) }
        #expect(throws: JSONParseError(offset: 2, expected: "the end of the message")) {
            try JSONParser.parse("1 2")
        }
    }

    @Test func depthIsLimited() throws {
        let deep = { (count: Int) in
            String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        #expect(try JSONParser.parse(deep(JSONParser.maximumDepth)).text == deep(JSONParser.maximumDepth))
        #expect(throws: JSONParseError.self) { try JSONParser.parse(deep(JSONParser.maximumDepth + 1)) }
        #expect(throws: JSONParseError.self) {
            try JSONParser.parse(String(repeating: "[", count: 1_000_000))
        }
        #expect(throws: JSONParseError.self) {
            try JSONParser.parse(String(repeating: "{\"a\":", count: 200_000))
        }
    }

    @Test func theLastOfTwoMembersCounts() throws {
        guard case .object(var object) = try JSONParser.parse(#"{"a":1,"b":2,"a":3}"#) else {
            Issue.record("no object")
            return
        }
        #expect(object["a"] == .number("3"))
        object["a"] = .null
        #expect(object.text == #"{"b":2,"a":null}"#)
        object["a"] = nil
        #expect(object["a"] == nil)
        #expect(object.text == #"{"b":2}"#)
    }

    @Test func everyStringSurvives() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var string = ""
            for _ in 0..<20 {
                if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator)) {
                    string.unicodeScalars.append(scalar)
                }
            }
            #expect(try JSONParser.parse(JSONValue.string(string).text) == .string(string))
        }
    }
}
