import Ciphers
import Testing

@Suite("SHA-256")
struct SHA256Tests {
    @Test(
        "FIPS 180-4 examples",
        arguments: [
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ]
    )
    func examples(message: String, digest: String) {
        let bytes = Array(message.utf8)
        let result = Hex.encode(SHA256.digest(bytes.span))
        #expect(result == digest)
    }
}
