import STUN
import Testing
import Wire

@Suite("RFC 5769 sample messages")
struct RFC5769Tests {
    @Test("§2.1: the sample request reads as a check with its attributes")
    func request() throws {
        let message = try STUNMessage(Vectors.request)
        #expect(message.messageClass == .request)
        #expect(message.method == .binding)
        #expect(message.transactionID == Vectors.transactionID)
        #expect(message.software == "STUN test client")
        #expect(message.priority == 0x6E00_01FF)
        #expect(message.iceControlled == 0x932F_F9B1_5126_3B36)
        #expect(message.iceControlling == nil)
        #expect(message.username == "evtj:h6vY")
        #expect(!message.useCandidate)
        #expect(message.unknownRequired.isEmpty)
        #expect(message.hasIntegrity)
        #expect(message.hasFingerprint)
    }

    @Test("§2.2: the sample response holds 192.0.2.1:32853")
    func responseV4() throws {
        let message = try STUNMessage(Vectors.responseV4)
        #expect(message.messageClass == .success)
        #expect(message.software == "test vector")
        #expect(message.xorMappedAddress == SocketAddress(ip: IPAddress(literal: "192.0.2.1"), port: 32853))
    }

    @Test("§2.3: the sample response holds [2001:db8:1234:5678:11:2233:4455:6677]:32853")
    func responseV6() throws {
        let message = try STUNMessage(Vectors.responseV6)
        let ip = IPAddress(literal: "2001:db8:1234:5678:11:2233:4455:6677")
        #expect(message.xorMappedAddress == SocketAddress(ip: ip, port: 32853))
    }

    @Test(
        "§2.1 to §2.3: integrity and fingerprint hold",
        arguments: [
            Vectors.request, Vectors.responseV4, Vectors.responseV6,
        ]
    )
    func shortTermChecks(bytes: [UInt8]) throws {
        let message = try STUNMessage(bytes)
        #expect(message.integrityAlgorithm == .sha1)
        #expect(message.verifiesIntegrity(of: bytes, key: Vectors.password))
        #expect(!message.verifiesIntegrity(of: bytes, key: Vectors.password + [0x21]))
        #expect(message.verifiesFingerprint(of: bytes))
    }

    @Test("§2.4: long-term credentials")
    func longTermRequest() throws {
        let bytes = Vectors.longTermRequest
        let message = try STUNMessage(bytes)
        #expect(message.username == "マトリックス")
        #expect(message.nonce == "f//499k954d6OL34oL9FSTvy64sA")
        #expect(message.realm == "example.org")
        #expect(message.verifiesIntegrity(of: bytes, key: Vectors.longTermKey))
        #expect(!message.verifiesIntegrity(of: bytes, key: Vectors.password))
        #expect(!message.hasFingerprint)
        #expect(!message.verifiesFingerprint(of: bytes))
    }

    @Test("§2.4: building the same request gives the same bytes")
    func buildsLongTermRequest() {
        let id = STUNTransactionID(high: 0x78AD_3433_C6AD_72C0, low: 0x29DA_412E)
        var builder = STUNBuilder(method: .binding, messageClass: .request, transactionID: id)
        builder.add(username: "マトリックス")
        builder.add(nonce: "f//499k954d6OL34oL9FSTvy64sA")
        builder.add(realm: "example.org")
        let bytes = builder.finish(integrityKey: Vectors.longTermKey, fingerprint: false)
        #expect(bytes == Vectors.longTermRequest)
    }

    @Test("RFC 8489 §14.6: MESSAGE-INTEGRITY-SHA256 is verified and built")
    func sha256() throws {
        let bytes = Vectors.sha256Request
        let message = try STUNMessage(bytes)
        #expect(message.integrityAlgorithm == .sha256)
        #expect(message.verifiesIntegrity(of: bytes, key: Array("secret".utf8)))
        #expect(!message.verifiesIntegrity(of: bytes, key: Array("Secret".utf8)))
        #expect(message.verifiesFingerprint(of: bytes))

        var builder = STUNBuilder(
            method: .binding,
            messageClass: .request,
            transactionID: message.transactionID
        )
        builder.add(username: "a:b")
        let key = Array("secret".utf8)
        #expect(builder.finish(integrityKey: key, fingerprint: true, algorithm: .sha256) == bytes)
    }
}
