import Ciphers
import STUN
import Testing
import Wire

func hmacSHA256(of bytes: [UInt8], key: [UInt8]) -> [UInt8] { HMACSHA256.authenticate(bytes.span, key: key) }

@Suite("Building STUN messages")
struct STUNBuilderTests {
    private let id = STUNTransactionID(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C)

    @Test("What is built reads back the same")
    func roundTrip() throws {
        var builder = STUNBuilder(method: .binding, messageClass: .request, transactionID: id)
        builder.add(username: "left:right")
        builder.add(software: "abc")
        builder.add(realm: "r")
        builder.add(nonce: "nn")
        builder.add(priority: 0xFFFF_FFFF)
        builder.addUseCandidate()
        builder.add(iceControlling: .max)
        builder.add(iceControlled: 0)
        builder.add(nomination: 0x00FF_0001)
        let bytes = builder.finish(integrityKey: Vectors.password, fingerprint: true)
        let message = try STUNMessage(bytes)
        #expect(message.transactionID == id)
        #expect(message.username == "left:right")
        #expect(message.software == "abc")
        #expect(message.realm == "r")
        #expect(message.nonce == "nn")
        #expect(message.priority == 0xFFFF_FFFF)
        #expect(message.useCandidate)
        #expect(message.iceControlling == .max)
        #expect(message.iceControlled == 0)
        #expect(message.nomination == 0x00FF_0001)
        #expect(message.verifiesIntegrity(of: bytes, key: Vectors.password))
        #expect(message.verifiesFingerprint(of: bytes))
    }

    @Test(
        "Addresses survive the XOR",
        arguments: [
            "0.0.0.0", "255.255.255.255", "33.18.164.66", "::1", "fe80::1",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        ]
    )
    func addresses(text: String) throws {
        for port: UInt16 in [0, 1, 0x2112, 65535] {
            let address = SocketAddress(ip: IPAddress(literal: text), port: port)
            var builder = STUNBuilder(method: .binding, messageClass: .success, transactionID: id)
            builder.add(xorMappedAddress: address)
            let message = try STUNMessage(builder.finish(integrityKey: nil, fingerprint: false))
            #expect(message.xorMappedAddress == address)
        }
    }

    @Test(
        "RFC 8489 §14.8: error codes",
        arguments: [
            STUNErrorCode.badRequest, .unauthenticated, .unknownAttribute, .roleConflict,
            STUNErrorCode(code: 300, reason: ""), STUNErrorCode(code: 699, reason: "größer"),
        ]
    )
    func errors(code: STUNErrorCode) throws {
        var builder = STUNBuilder(method: .binding, messageClass: .error, transactionID: id)
        builder.add(errorCode: code)
        builder.add(unknownAttributes: [0x7F01, 0x7F02, 0x7F03])
        let message = try STUNMessage(builder.finish(integrityKey: nil, fingerprint: false))
        #expect(message.messageClass == .error)
        #expect(message.errorCode == code)
        #expect(message.unknownAttributes == [0x7F01, 0x7F02, 0x7F03])
    }

    @Test("A request full of unknown attributes does not blow up the answer")
    func unknownAttributesAreBounded() throws {
        var builder = STUNBuilder(method: .binding, messageClass: .error, transactionID: id)
        builder.add(unknownAttributes: Array(0..<5000))
        let message = try STUNMessage(builder.finish(integrityKey: nil, fingerprint: false))
        #expect(message.unknownAttributes == Array(0..<32))
    }

    @Test("Sealing leaves the builder as it was")
    func sealTwice() {
        var builder = STUNBuilder(method: .binding, messageClass: .request, transactionID: id)
        builder.add(username: "a:b")
        let first = builder.finish(integrityKey: [1], fingerprint: true)
        _ = builder.finish(integrityKey: [2], fingerprint: true)
        #expect(builder.finish(integrityKey: [1], fingerprint: true) == first)
    }

    @Test("Transaction identifiers come from the generator, all 96 bits of them")
    func randomTransactionIDs() {
        var generator = SeededGenerator(seed: 1)
        var ones: (high: UInt64, low: UInt32) = (0, 0)
        var zeros: (high: UInt64, low: UInt32) = (0, 0)
        var seen: Set<STUNTransactionID> = []
        for _ in 0..<200 {
            let id = STUNTransactionID.random(using: &generator)
            ones = (ones.high | id.high, ones.low | id.low)
            zeros = (zeros.high | ~id.high, zeros.low | ~id.low)
            seen.insert(id)
        }
        #expect(ones.high == .max && ones.low == .max && zeros.high == .max && zeros.low == .max)
        #expect(seen.count == 200)
    }
}
