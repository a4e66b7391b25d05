import COpenSSL
import Ciphers
import Testing
import Wire

@Suite("AES-GCM")
struct AESGCMTests {
    /// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 1, 2, 13 and 14.
    @Test(
        "Published vectors with zero keys",
        arguments: [
            (16, 0, "", "58e2fccefa7e3061367f1d57a4e7455a"),
            (16, 16, "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf"),
            (32, 0, "", "530f8afbc74536b9a963b4f1c4cb738b"),
            (32, 16, "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"),
        ]
    )
    func zeros(keyLength: Int, count: Int, text: String, tag: String) throws {
        let context = try AESGCMContext(key: [UInt8](repeating: 0, count: keyLength), direction: .seal)
        let nonce = [UInt8](repeating: 0, count: 12)
        // Twice: the first use must leave nothing behind.
        for _ in 0..<2 {
            var buffer = [UInt8](repeating: 0, count: count + 16)
            #expect(context.seal(&buffer, count: count, additional: nonce, additionalCount: 0, nonce: nonce))
            #expect(Hex.encode(buffer) == text + tag)
        }
    }

    /// RFC 7714 §17.1: SRTCP under AEAD_AES_128_GCM, where index and E flag are additional data at the end.
    @Test("RFC 7714 §17.1, an encrypted sender report")
    func rfc7714SenderReport() throws {
        let key = try #require(Hex.decode("000102030405060708090a0b0c0d0e0f"))
        let nonce = try #require(Hex.decode("517524055203726f207170bb"))
        let additional = try #require(Hex.decode("81c8000d4d617273800005d4"))
        let plain = try #require(
            Hex.decode(
                "4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"
            )
        )
        var buffer = plain + [UInt8](repeating: 0, count: 16)
        let context = try AESGCMContext(key: key, direction: .seal)
        #expect(
            context.seal(
                &buffer,
                count: plain.count,
                additional: additional,
                additionalCount: additional.count,
                nonce: nonce
            )
        )
        #expect(
            Hex.encode(buffer)
                == "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda"
                + "4ce09b4686303ded0bb9275bc84aa458"
                + "96cf4d2fc5abf87245d9eade"
        )
    }

    @Test("What was sealed opens; one changed bit anywhere does not")
    func tampering() throws {
        let key = [UInt8](0..<16)
        let nonce = [UInt8](0..<12)
        let sealing = try AESGCMContext(key: key, direction: .seal)
        let opening = try AESGCMContext(key: key, direction: .open)
        let header = [UInt8](repeating: 7, count: 12)
        var sealed = [UInt8](0..<40) + [UInt8](repeating: 0, count: 16)
        #expect(sealing.seal(&sealed, count: 40, additional: header, additionalCount: 12, nonce: nonce))
        for bit in 0..<(56 * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!opening.open(&changed, count: 40, additional: header, additionalCount: 12, nonce: nonce))
        }
        var other = header
        other[3] ^= 1
        var copy = sealed
        #expect(!opening.open(&copy, count: 40, additional: other, additionalCount: 12, nonce: nonce))
        #expect(opening.open(&sealed, count: 40, additional: header, additionalCount: 12, nonce: nonce))
        #expect(Array(sealed[..<40]) == [UInt8](0..<40))
    }

    /// The widths at which vector code changes its way are all passed: every length to 600, then the lengths of datagrams.
    @Test("OpenSSL makes the same of every length", arguments: [16, 32])
    func sameAsOpenSSL(keyLength: Int) throws {
        let key = [UInt8](0..<UInt8(keyLength))
        let sealing = try AESGCMContext(key: key, direction: .seal)
        let opening = try AESGCMContext(key: key, direction: .open)
        let other = try #require(EVP_CIPHER_CTX_new())
        defer { EVP_CIPHER_CTX_free(other) }
        #expect(EVP_EncryptInit_ex(other, keyLength == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm(), nil, key, nil) == 1)
        for count in Array(0...600) + Array(1_100...1_130) + Array(1_440...1_472) {
            let nonce = (0..<12).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ count) }
            let header = (0..<(12 + count % 40)).map { UInt8(truncatingIfNeeded: $0 &* 11 &+ count) }
            let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ count) }
            var expected = [UInt8](repeating: 0, count: count + 16)
            var written: Int32 = 0
            var tag = [UInt8](repeating: 0, count: 16)
            let isSealed =
                EVP_EncryptInit_ex(other, nil, nil, nil, nonce) == 1
                && EVP_EncryptUpdate(other, nil, &written, header, Int32(header.count)) == 1
                && EVP_EncryptUpdate(other, &expected, &written, plain, Int32(count)) == 1
                && EVP_EncryptFinal_ex(other, &tag, &written) == 1
                && EVP_CIPHER_CTX_ctrl(other, EVP_CTRL_AEAD_GET_TAG, 16, &tag) == 1
            #expect(isSealed)
            expected.replaceSubrange(count..., with: tag)
            var own = plain + [UInt8](repeating: 0, count: 16)
            #expect(
                sealing.seal(&own, count: count, additional: header, additionalCount: header.count, nonce: nonce))
            #expect(own == expected, "of \(count) bytes")
            #expect(
                opening.open(&own, count: count, additional: header, additionalCount: header.count, nonce: nonce))
            #expect(Array(own[..<count]) == plain, "of \(count) bytes")
        }
    }

    @Test("A context works in its own direction alone")
    func direction() throws {
        var buffer = [UInt8](repeating: 0, count: 56)
        let nonce = [UInt8](repeating: 0, count: 12)
        let opening = try AESGCMContext(key: nonce + [1, 2, 3, 4], direction: .open)
        #expect(!opening.seal(&buffer, count: 40, additional: nonce, additionalCount: 12, nonce: nonce))
        let sealing = try AESGCMContext(key: nonce + [1, 2, 3, 4], direction: .seal)
        #expect(sealing.seal(&buffer, count: 40, additional: nonce, additionalCount: 12, nonce: nonce))
        #expect(!sealing.open(&buffer, count: 40, additional: nonce, additionalCount: 12, nonce: nonce))
    }

    @Test("A key of another length is refused with a sentence")
    func wrongKey() {
        #expect(throws: CipherError.self) { _ = try AESGCMContext(key: [1, 2, 3], direction: .seal) }
        #expect(throws: CipherError.self) { _ = try AESCounterContext(key: [UInt8](repeating: 0, count: 24)) }
    }
}

@Suite("AES-CM")
struct AESCounterTests {
    /// RFC 3711 §B.2: blocks 0, 1, 2 and 0xfeff to 0xff01 of the key stream.
    @Test("RFC 3711 §B.2")
    func keyStream() throws {
        let key = try #require(Hex.decode("2B7E151628AED2A6ABF7158809CF4F3C"))
        let context = try AESCounterContext(key: key)
        let start = try #require(Hex.decode("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000"))
        var stream = [UInt8](repeating: 0, count: 0xFF02 * 16)
        #expect(context.apply(to: &stream, count: stream.count, counter: start))
        let expected = [
            (0, "e03ead0935c95e80e166b16dd92b4eb4"), (1, "d23513162b02d0f72a43a2fe4a5f97ab"),
            (2, "41e95b3bb0a2e8dd477901e4fca894c0"), (0xFEFF, "ec8cdf7398607cb0f2d21675ea9ea1e4"),
            (0xFF00, "362b7c3c6773516318a077d7fc5073ae"), (0xFF01, "6a2cc3787889374fbeb4c81b17ba6c44"),
        ]
        for (block, bytes) in expected {
            #expect(Hex.encode(Array(stream[(16 * block)..<(16 * block + 16)])) == bytes)
        }
    }
}
