import STUN
import Testing
import Wire

@Suite("Reading STUN messages")
struct STUNMessageTests {
    private let id = STUNTransactionID(high: 1, low: 2)

    private func builder(_ messageClass: STUNClass = .request) -> STUNBuilder {
        STUNBuilder(method: .binding, messageClass: messageClass, transactionID: id)
    }

    @Test(
        "RFC 8489 §5: type numbers of well-known messages",
        arguments: [
            (0x0001, 0x001, STUNClass.request), (0x0011, 0x001, .indication), (0x0101, 0x001, .success),
            (0x0111, 0x001, .error), (0x0003, 0x003, .request), (0x0113, 0x003, .error),
            (0x0016, 0x006, .indication),
            (0x3EFF, 0xFFF, .indication), (0x3FFF, 0xFFF, .error),
        ]
    )
    func types(type: Int, method: Int, messageClass: STUNClass) throws {
        let bytes = STUNBuilder(
            method: STUNMethod(UInt16(method)),
            messageClass: messageClass,
            transactionID: id
        ).finish(integrityKey: nil, fingerprint: false)
        #expect(bytes[0] == UInt8(type >> 8))
        #expect(bytes[1] == UInt8(type & 0xFF))
        let message = try STUNMessage(bytes)
        #expect(message.method.rawValue == UInt16(method))
        #expect(message.messageClass == messageClass)
    }

    @Test("Other protocols on the same port are told apart")
    func notSTUN() {
        var dtls = Vectors.request
        dtls[0] = 0x56
        #expect(throws: STUNError.notSTUN) { try STUNMessage(dtls) }
        var classic = Vectors.request
        classic[4] = 0x22
        #expect(throws: STUNError.badCookie(0x2212_A442)) { try STUNMessage(classic) }
        #expect(throws: STUNError.truncatedHeader(have: 0)) { try STUNMessage([]) }
    }

    @Test("The length field must count exactly what follows the header")
    func lengths() {
        #expect(throws: STUNError.lengthMismatch(declared: 88, have: 92)) {
            try STUNMessage(Vectors.request + [0, 0, 0, 0])
        }
        var odd = Vectors.request
        odd[3] = 87
        odd.removeLast()
        #expect(throws: STUNError.lengthMismatch(declared: 87, have: 87)) { try STUNMessage(odd) }
    }

    @Test("An attribute may not go on beyond the message")
    func attributeTooLong() {
        let bytes = Vectors.bytes("00010008 2112a442 000000000000000000000000 00200040 00000000")
        #expect(throws: STUNError.truncatedAttribute(.xorMappedAddress)) { try STUNMessage(bytes) }
    }

    @Test("Unknown attributes: those to be understood are listed, the others skipped")
    func unknownAttributes() throws {
        var message = builder()
        message.add(STUNAttributeType(0x7F01), [1, 2, 3])
        message.add(STUNAttributeType(0xC057), [0, 0, 0, 50])  // GOOG-NETWORK-INFO, as Chrome sends it.
        message.add(STUNAttributeType(0x0024 + 0x100), [])
        message.add(priority: 7)
        let read = try STUNMessage(message.finish(integrityKey: nil, fingerprint: true))
        #expect(read.unknownRequired == [0x7F01, 0x0124])
        #expect(read.priority == 7)
    }

    @Test("RFC 8489 §14.5: attributes behind MESSAGE-INTEGRITY do not count")
    func unprotectedAttributes() throws {
        var prefix = builder()
        prefix.add(username: "me:you")
        // Sealed, then extended by what an attacker on the path can add without the password.
        var bytes = prefix.finish(integrityKey: [1, 2, 3], fingerprint: false)
        bytes += Vectors.bytes("00250000 c0010004 00000009 7f010000")
        bytes[3] += 16
        let message = try STUNMessage(bytes)
        #expect(message.verifiesIntegrity(of: bytes, key: [1, 2, 3]))
        #expect(!message.useCandidate)
        #expect(message.nomination == nil)
        #expect(message.unknownRequired.isEmpty)
    }

    @Test("RFC 8489 §14.7: nothing follows FINGERPRINT")
    func afterFingerprint() {
        var bytes = builder().finish(integrityKey: nil, fingerprint: true)
        bytes += Vectors.bytes("00250000")
        bytes[3] += 4
        #expect(throws: STUNError.attributeAfterFingerprint(.useCandidate)) { try STUNMessage(bytes) }
    }

    @Test("RFC 8489 §14: of an attribute that occurs twice the first counts")
    func duplicates() throws {
        var message = builder()
        message.add(priority: 1)
        message.add(username: "first")
        message.add(nomination: 3)
        message.add(iceControlling: 5)
        message.add(xorMappedAddress: SocketAddress(ip: IPAddress(v4: 1), port: 1))
        message.add(priority: 2)
        message.add(username: "second")
        message.add(nomination: 4)
        message.add(iceControlling: 6)
        message.add(xorMappedAddress: SocketAddress(ip: IPAddress(v4: 2), port: 2))
        let read = try STUNMessage(message.finish(integrityKey: nil, fingerprint: false))
        #expect(read.priority == 1)
        #expect(read.username == "first")
        #expect(read.nomination == 3)
        #expect(read.iceControlling == 5)
        #expect(read.xorMappedAddress?.port == 1)
    }

    @Test(
        "Attributes of a wrong form make the message invalid",
        arguments: [
            (STUNAttributeType.priority, [UInt8](repeating: 0, count: 3)),
            (.iceControlling, [0, 0, 0, 0]),
            (.iceControlled, [UInt8](repeating: 0, count: 9)),
            (.messageIntegrity, [UInt8](repeating: 0, count: 16)),
            (.messageIntegritySHA256, [UInt8](repeating: 0, count: 12)),
            (.messageIntegritySHA256, [UInt8](repeating: 0, count: 18)),
            (.messageIntegritySHA256, [UInt8](repeating: 0, count: 36)),
            (.fingerprint, [0, 0]),
            (.username, [0xFF, 0xFE]),
            (.username, [UInt8](repeating: 0x61, count: 764)),
            (.xorMappedAddress, []),
            (.xorMappedAddress, [0, 1, 0, 0, 0, 0, 0]),
            (.xorMappedAddress, [0, 2, 0, 0, 0, 0, 0, 0]),
            (.xorMappedAddress, [0, 3, 0, 0, 0, 0, 0, 0]),
            (.errorCode, [0, 0, 4]),
            (.errorCode, [0, 0, 2, 99]),
            (.errorCode, [0, 0, 7, 0]),
            (.errorCode, [0, 0, 4, 100]),
            (.errorCode, [0, 0, 4, 0, 0xC3]),
            (.unknownAttributes, [0x7F]),
        ]
    )
    func malformed(type: STUNAttributeType, value: [UInt8]) {
        var message = builder()
        message.add(type, value)
        let bytes = message.finish(integrityKey: nil, fingerprint: false)
        #expect(throws: STUNError.malformedAttribute(type)) { try STUNMessage(bytes) }
    }

    @Test("0xC001 with another form than a nomination's is somebody else's attribute")
    func foreignNomination() throws {
        var message = builder()
        message.add(.nomination, [1, 2])
        let read = try STUNMessage(message.finish(integrityKey: nil, fingerprint: false))
        #expect(read.nomination == nil)
        #expect(read.unknownRequired.isEmpty)
    }

    @Test("A message without integrity is verified by no key")
    func noIntegrity() throws {
        let bytes = builder().finish(integrityKey: nil, fingerprint: true)
        let message = try STUNMessage(bytes)
        #expect(!message.hasIntegrity)
        #expect(message.integrityAlgorithm == nil)
        #expect(!message.verifiesIntegrity(of: bytes, key: []))
    }

    @Test("RFC 8489 §14.6: a hash cut down to 16 bytes is still verified")
    func truncatedSHA256() throws {
        let key: [UInt8] = [9, 9]
        var message = builder()
        message.add(username: "a:b")
        // The hash covers a length field that counts the shortened attribute, so it is taken over a message
        // whose next attribute has that size already.
        let body = message.finish(integrityKey: nil, fingerprint: false)
        var covered = body
        covered[3] = UInt8(body.count - 20 + 20)
        let full = hmacSHA256(of: covered, key: key)
        var bytes = covered + [0x00, 0x1C, 0x00, 0x10] + full.prefix(16)
        #expect(try STUNMessage(bytes).verifiesIntegrity(of: bytes, key: key))
        bytes[bytes.count - 1] ^= 1
        #expect(try !STUNMessage(bytes).verifiesIntegrity(of: bytes, key: key))
    }

    @Test("With both integrity attributes the stronger one decides")
    func bothIntegrities() throws {
        let key: [UInt8] = [7]
        var bytes = builder().finish(integrityKey: key, fingerprint: false)
        bytes[3] += 36
        let hash = hmacSHA256(of: bytes, key: key)
        bytes += [0x00, 0x1C, 0x00, 0x20] + hash
        let message = try STUNMessage(bytes)
        #expect(message.integrityAlgorithm == .sha256)
        #expect(message.verifiesIntegrity(of: bytes, key: key))
        bytes[bytes.count - 1] ^= 1
        #expect(try !STUNMessage(bytes).verifiesIntegrity(of: bytes, key: key))
    }

    @Test("Behind MESSAGE-INTEGRITY-SHA256 a second one does not count")
    func secondHash() throws {
        let key: [UInt8] = [7]
        var bytes = builder().finish(integrityKey: key, fingerprint: false, algorithm: .sha256)
        bytes += [0x00, 0x1C, 0x00, 0x10] + [UInt8](repeating: 0, count: 16)
        bytes[3] += 20
        #expect(try STUNMessage(bytes).verifiesIntegrity(of: bytes, key: key))
    }
}
