import Testing
import Wire

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("2001:db8::1", "2001:db8::1"), ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"), ("::", "::"), ("::1", "::1"),
        ("fe80::1:0:0:0", "fe80::1:0:0:0"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("1::", "1::"),
        // An IPv4-mapped address is the IPv4 address (RFC 4291 §2.5.5.2).
        ("::ffff:192.0.2.1", "192.0.2.1"), ("::ffff:c000:201", "192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ])
    func textIsReadAndWrittenInItsCanonicalForm(text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test(arguments: [
        "", ".", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.-4", "1.2.3.+4", "01234.1.1.1", ":", ":::", "1::2::3", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "12345::", "::g", "::+1", "::1.2.3", "1.2.3.4::", "1:2:3:4:5:6:7::8", "localhost", "192.0.2.1 ",
    ])
    func anythingElseIsRefused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func whatIsPrintedIsReadAgain() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            // Few bits set, so that runs of zeros of every length and place occur.
            let address = IPAddress(
                v6High: generator.next() & generator.next() & generator.next(),
                low: generator.next() & generator.next() & generator.next() & generator.next())
            #expect(IPAddress(address.description) == address)
        }
    }

    @Test func kindsOfAddressAreTold() {
        #expect(IPAddress("127.3.2.1")?.isLoopback == true)
        #expect(IPAddress("::1")?.isLoopback == true)
        #expect(IPAddress("169.254.1.1")?.isLinkLocal == true)
        #expect(IPAddress("fe80::1")?.isLinkLocal == true)
        #expect(IPAddress("fec0::1")?.isLinkLocal == false)
        for text in ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fd00::2"] {
            #expect(IPAddress(text)?.isPrivate == true)
        }
        for text in ["172.32.0.1", "100.128.0.1", "8.8.8.8", "2001:db8::1"] { #expect(IPAddress(text)?.isPrivate == false) }
    }

    @Test func socketAddressesPutIPv6InBrackets() throws {
        let v6 = try #require(IPAddress("2001:db8::1"))
        #expect(SocketAddress(ip: v6, port: 443).description == "[2001:db8::1]:443")
        #expect(SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 9).description == "192.0.2.1:9")
    }
}
