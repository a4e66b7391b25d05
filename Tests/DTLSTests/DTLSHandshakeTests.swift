import Ciphers
import DTLS
import Testing

@Suite("DTLS handshake")
struct DTLSHandshakeTests {
    @Test("Both sides get the same keys, for every profile", arguments: SRTPProtectionProfile.allCases)
    func everyProfile(profile: SRTPProtectionProfile) throws {
        let pair = try Pair(client: Identity.client.offering([profile]))
        pair.run()
        let keys = try #require(pair.server.keys)
        #expect(pair.client.keys == keys)
        #expect(keys.profile == profile)
        #expect(keys.clientKey.count == profile.keyLength)
        #expect(keys.serverSalt.count == profile.saltLength)
        #expect(keys.clientKey != keys.serverKey)
        #expect(pair.server.events.count == 1)
        #expect(pair.server.association.state == .connected)
        #expect(pair.client.association.state == .connected)
    }

    @Test("The server's order of profiles wins over Chromium's, which begins with AES-CM")
    func serverChooses() throws {
        let pair = try Pair(
            client: Identity.client.offering([.aes128CMHMACSHA1_80, .aeadAES256GCM, .aeadAES128GCM])
        )
        pair.run()
        #expect(pair.server.keys?.profile == .aeadAES128GCM)
    }

    @Test("The suite is ECDHE-ECDSA with AES-GCM (RFC 8827 §6.5)")
    func suite() throws {
        let pair = try Pair()
        pair.run()
        guard case .connected(_, let cipher)? = pair.server.events.first else {
            Issue.record("not connected: \(pair.server.events)")
            return
        }
        #expect(cipher == "ECDHE-ECDSA-AES128-GCM-SHA256")
    }

    @Test("Each handshake makes keys of its own")
    func freshKeys() throws {
        let first = try Pair()
        let second = try Pair()
        first.run()
        second.run()
        #expect(first.server.keys != nil)
        #expect(first.server.keys != second.server.keys)
    }

    @Test("Without a common profile the server says so")
    func noCommonProfile() throws {
        let pair = try Pair(
            client: Identity.client.offering([.aes128CMHMACSHA1_80]),
            server: Identity.server.offering([.aeadAES128GCM])
        )
        pair.run()
        #expect(pair.server.failure == .noCommonProfile)
        #expect(pair.client.failure == .noCommonProfile)
        #expect(pair.server.keys == nil)
    }

    @Test(
        "Flights are small datagrams, also when the path takes 256 bytes only",
        arguments: [256, 400, 1_200]
    )
    func smallMTU(linkMTU: Int) throws {
        let pair = try Pair(linkMTU: linkMTU)
        pair.run()
        #expect(pair.server.keys != nil)
        #expect(pair.server.keys == pair.client.keys)
        // OpenSSL takes 28 bytes of IP and UDP header off.
        let longest = pair.sent.map(\.bytes.count).max() ?? 0
        #expect(longest <= linkMTU - 28)
    }

    @Test("A ClientHello in several fragments is put together", arguments: [2, 3, 7])
    func fragmentedHello(parts: Int) throws {
        let pair = try Pair()
        var isFirst = true
        pair.wire = { direction, datagram in
            guard direction == .toServer else { return [datagram] }
            defer { isFirst = false }
            return isFirst
                ? DTLSRecord.split(datagram, into: parts) : [DTLSRecord.renumbered(datagram, by: parts - 1)]
        }
        pair.run()
        #expect(pair.server.keys != nil)
        #expect(pair.server.keys == pair.client.keys)
        // Nothing had to be sent twice.
        #expect(pair.sent.count <= 4)
    }

    @Test("Fragments may come in any order")
    func reorderedHello() throws {
        let pair = try Pair()
        var isFirst = true
        pair.wire = { direction, datagram in
            guard direction == .toServer else { return [datagram] }
            defer { isFirst = false }
            return isFirst
                ? DTLSRecord.split(datagram, into: 4).reversed() : [DTLSRecord.renumbered(datagram, by: 3)]
        }
        pair.run()
        #expect(pair.server.keys != nil)
    }
}
