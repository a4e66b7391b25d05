import Testing
import Wire

@testable import Signaling

@Suite struct AddressTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false),
        ("0.0.0.0/0", "203.0.113.9", true),
        ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.255", true),
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false), ("::/0", "2001:db8::1", true),
        ("2001:db8::/32", "2001:db9::", false), ("2001:db8:0:1::/64", "2001:db8:0:1:ffff::", true),
        ("2001:db8::8000:0:0:0/65", "2001:db8::7fff:0:0:0", false), ("::1/128", "::1", true),
        ("::/0", "10.0.0.1", false),
    ])
    func aRangeContainsWhatSharesItsPrefix(range: String, address: String, expected: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(IPAddress(address))) == expected)
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "name/8", "10.0.0.0/",
        "10.0.0.0/+8",
    ])
    func whatIsNoRangeIsRefused(text: String) { #expect(AddressRange(text) == nil) }

    private func resolve(_ peer: String, _ fields: [String], trusting: [String]) -> String? {
        ClientAddressResolver(trustedProxies: trusting.compactMap(AddressRange.init))
            .address(peer: IPAddress(peer), forwardedFor: fields)?.description
    }

    @Test func onlyWhatATrustedProxyWroteIsBelieved() {
        let proxies = ["127.0.0.1", "10.0.0.0/8"]
        #expect(resolve("192.0.2.1", ["198.51.100.7"], trusting: proxies) == "192.0.2.1")
        #expect(resolve("127.0.0.1", ["198.51.100.7"], trusting: proxies) == "198.51.100.7")
        #expect(resolve("127.0.0.1", ["1.2.3.4, 198.51.100.7"], trusting: proxies) == "198.51.100.7")
        #expect(
            resolve("127.0.0.1", ["1.2.3.4, 198.51.100.7, 10.0.0.2"], trusting: proxies) == "198.51.100.7")
        #expect(resolve("127.0.0.1", ["1.2.3.4", "198.51.100.7"], trusting: proxies) == "198.51.100.7")
        #expect(resolve("127.0.0.1", [], trusting: proxies) == "127.0.0.1")
        #expect(resolve("127.0.0.1", ["198.51.100.7"], trusting: []) == "127.0.0.1")
    }

    @Test func entriesMayHavePortsAndBracketsAndRubbishEndsTheList() {
        let proxies = ["127.0.0.1"]
        #expect(resolve("127.0.0.1", ["198.51.100.7:4711"], trusting: proxies) == "198.51.100.7")
        #expect(resolve("127.0.0.1", ["[2001:db8::7]:4711"], trusting: proxies) == "2001:db8::7")
        #expect(resolve("127.0.0.1", ["2001:db8::7"], trusting: proxies) == "2001:db8::7")
        for rubbish in ["unknown", "_hidden", "", ",", " , ", "[", "198.51.100.7 x", "1.2.3.4, unknown"] {
            let expected = rubbish == "198.51.100.7 x" ? "198.51.100.7" : "127.0.0.1"
            #expect(resolve("127.0.0.1", [rubbish], trusting: proxies) == expected, "\(rubbish)")
        }
    }

    @Test func sixtyFourBitsOfAnIPv6AddressCount() throws {
        let one = try #require(IPAddress("2001:db8::1"))
        let other = try #require(IPAddress("2001:db8::ffff:1"))
        let elsewhere = try #require(IPAddress("2001:db8:0:1::1"))
        #expect(one.countingKey == other.countingKey)
        #expect(one.countingKey != elsewhere.countingKey)
    }
}

@Suite struct OriginPolicyTests {
    @Test(
        arguments: [
            (nil, "roost.example", true), ("https://roost.example", "roost.example", true),
            ("https://roost.example", "ROOST.example:443", true),
            ("http://roost.example:8080", "roost.example:8080", true),
            ("http://roost.example:8080", "roost.example", false),
            ("https://roost.example.evil", "roost.example", false),
            ("https://roost.example", nil, false), ("null", "null", false), ("", "", false),
            ("ftp://a", "a", false),
            ("https://roost.example:443", "roost.example", true), ("http://[::1]:8080", "[::1]:8080", true),
        ] as [(String?, String?, Bool)])
    func theSameHostMayConnect(origin: String?, host: String?, expected: Bool) {
        #expect(OriginPolicy.sameHost.allows(origin: origin, host: host) == expected)
    }
}
