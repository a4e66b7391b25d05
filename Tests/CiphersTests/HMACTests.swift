import Ciphers
import Testing

/// Published vectors: RFC 2202 (SHA-1), RFC 4231 (SHA-256).
@Suite("HMAC")
struct HMACTests {
    @Test("RFC 2202 test cases 1, 2 and 6")
    func sha1() {
        #expect(
            sha1("Hi There", key: [UInt8](repeating: 0x0B, count: 20))
                == "b617318655057264e28bc0b6fb378c8ef146be00"
        )
        #expect(
            sha1("what do ya want for nothing?", key: Array("Jefe".utf8))
                == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        )
        #expect(
            sha1(
                "Test Using Larger Than Block-Size Key - Hash Key First",
                key: [UInt8](repeating: 0xAA, count: 80)
            )
                == "aa4ae5e15272d00e95705637ce8a3b55ed402112"
        )
    }

    @Test("RFC 4231 test cases 1 and 2")
    func sha256() {
        #expect(
            sha256("Hi There", key: [UInt8](repeating: 0x0B, count: 20))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        )
        #expect(
            sha256("what do ya want for nothing?", key: Array("Jefe".utf8))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )
    }

    @Test("An empty key and an empty message are allowed")
    func empty() {
        #expect(sha1("", key: []) == "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d")
    }

    @Test("The reusable context gives the same codes, whatever came before")
    func reusableContext() {
        for length in [0, 1, 20, 63, 64, 65, 200] {
            reuse(key: (0..<length).map { UInt8($0) })
        }
    }

    private func reuse(key: [UInt8]) {
        let context = HMACSHA1Context(key: key)
        for length in [0, 1, 63, 64, 65, 1_200, 12] {
            let message = [UInt8](repeating: UInt8(truncatingIfNeeded: length), count: length)
            var code = [UInt8](repeating: 0, count: 20)
            context.authenticate(message, count: length, suffix: 0x0102_0304, into: &code)
            let whole = message + [1, 2, 3, 4]
            let expected = HMACSHA1.authenticate(whole.span, key: key)
            #expect(code == expected)
        }
    }

    private func sha1(_ message: String, key: [UInt8]) -> String {
        let bytes = Array(message.utf8)
        return Hex.encode(HMACSHA1.authenticate(bytes.span, key: key))
    }

    private func sha256(_ message: String, key: [UInt8]) -> String {
        let bytes = Array(message.utf8)
        return Hex.encode(HMACSHA256.authenticate(bytes.span, key: key))
    }
}
