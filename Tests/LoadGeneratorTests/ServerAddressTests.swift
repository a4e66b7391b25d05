import LoadGenerator
import Testing

@Suite("The server's address")
struct ServerAddressTests {
    @Test("is read from what people write")
    func good() throws {
        let plain = try ServerAddress(parsing: "ws://127.0.0.1:8080/ws")
        #expect(!plain.isSecure && plain.host == "127.0.0.1" && plain.port == 8080 && plain.path == "/ws")
        #expect(plain.isLoopback)
        let short = try ServerAddress(parsing: "https://roost.example")
        #expect(short.isSecure && short.host == "roost.example" && short.port == 443 && short.path == "/ws")
        let v6 = try ServerAddress(parsing: "wss://[::1]:9/x/ws")
        #expect(v6.host == "::1" && v6.port == 9 && v6.path == "/x/ws" && v6.isLoopback)
    }

    @Test("is refused when it is none", arguments: ["", "roost.example", "ftp://a", "ws://", "ws://a:0", "ws://a:99999"])
    func bad(text: String) {
        #expect(throws: ServerAddress.Failure.self) { try ServerAddress(parsing: text) }
    }
}
