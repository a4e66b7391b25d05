import Ciphers
import Testing
import Wire

@Suite("Base 64")
struct Base64Tests {
    /// RFC 4648 §10.
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test("RFC 4648 §10", arguments: vectors)
    func published(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test("Every byte survives the way there and back")
    func roundTrip() {
        var generator = SeededGenerator(seed: 1)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }

    @Test(
        "What is no base 64 is refused",
        arguments: ["Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z=g=", "Zm9\n", "Zm9é"]
    )
    func refused(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}

@Suite("Hexadecimal digits")
struct HexTests {
    @Test("Both cases are read, lower case is written")
    func cases() {
        #expect(Hex.decode("00fFAb7e") == [0x00, 0xFF, 0xAB, 0x7E])
        #expect(Hex.encode([0x00, 0xFF, 0xAB, 0x7E]) == "00ffab7e")
        #expect(Hex.decode("") == [])
    }

    @Test("What is no pair of digits is refused", arguments: ["0", "0g", "0x", "+1", "é", " 0"])
    func refused(text: String) {
        #expect(Hex.decode(text) == nil)
    }
}
