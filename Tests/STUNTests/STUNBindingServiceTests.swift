import STUN
import Testing
import Wire

@Suite("The built-in STUN service")
struct STUNBindingServiceTests {
    private let source = SocketAddress(ip: IPAddress(literal: "203.0.113.7"), port: 4242)
    private let id = STUNTransactionID(high: 3, low: 4)

    private func answer(_ bytes: [UInt8]) throws -> STUNMessage? {
        let request = try STUNMessage(bytes)
        return try STUNBindingService.answer(to: request, bytes: bytes.span, from: source).map {
            (bytes) throws in
            try STUNMessage(bytes)
        }
    }

    private func request(_ method: STUNMethod = .binding, _ messageClass: STUNClass = .request) -> STUNBuilder
    {
        STUNBuilder(method: method, messageClass: messageClass, transactionID: id)
    }

    @Test("A plain Binding request learns its address")
    func success() throws {
        let reply = try #require(try answer(request().finish(integrityKey: nil, fingerprint: false)))
        #expect(reply.messageClass == .success)
        #expect(reply.transactionID == id)
        #expect(reply.xorMappedAddress == source)
        #expect(!reply.hasFingerprint)
        #expect(!reply.hasIntegrity)
    }

    @Test("FINGERPRINT comes back to those who sent one")
    func fingerprint() throws {
        let reply = try #require(try answer(request().finish(integrityKey: nil, fingerprint: true)))
        #expect(reply.hasFingerprint)
    }

    @Test("RFC 8489 §6.3.1: attributes that must be understood and are not get 420")
    func unknownAttribute() throws {
        var unknown = request()
        unknown.add(STUNAttributeType(0x0003), [0, 0, 0, 4])  // CHANGE-REQUEST of RFC 5780.
        let reply = try #require(try answer(unknown.finish(integrityKey: nil, fingerprint: false)))
        #expect(reply.messageClass == .error)
        #expect(reply.errorCode == .unknownAttribute)
        #expect(reply.unknownAttributes == [0x0003])
    }

    @Test("Checks, other methods, other classes and damaged requests are not answered")
    func refused() throws {
        var check = request()
        check.add(username: "a:b")
        #expect(try answer(check.finish(integrityKey: nil, fingerprint: true)) == nil)
        #expect(try answer(request().finish(integrityKey: [1], fingerprint: true)) == nil)
        #expect(try answer(request(STUNMethod(3)).finish(integrityKey: nil, fingerprint: false)) == nil)
        for other: STUNClass in [.indication, .success, .error] {
            #expect(try answer(request(.binding, other).finish(integrityKey: nil, fingerprint: false)) == nil)
        }
        var damaged = request().finish(integrityKey: nil, fingerprint: true)
        damaged[10] ^= 1
        #expect(try answer(damaged) == nil)
    }
}
