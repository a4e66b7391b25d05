import Ciphers
import SRTP
import Wire

/// Master keys that are the same in every run.
struct TestKeys {
    let profile: SRTPProtectionProfile
    let key: [UInt8]
    let salt: [UInt8]

    init(_ profile: SRTPProtectionProfile, seed: UInt64 = 7) {
        var generator = SeededGenerator(seed: seed)
        self.profile = profile
        key = (0..<profile.keyLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
        salt = (0..<profile.saltLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    func sender() throws -> SRTPSender { try SRTPSender(profile: profile, key: key, salt: salt) }
    func receiver(streamLimit: Int = 64) throws -> SRTPReceiver {
        try SRTPReceiver(profile: profile, key: key, salt: salt, streamLimit: streamLimit)
    }
    func control(_ direction: SRTCPTransform.Direction) throws -> SRTCPTransform {
        try SRTCPTransform(profile: profile, key: key, salt: salt, direction: direction)
    }
    func oracle() throws -> Oracle { try Oracle(profile, key: key, salt: salt) }
}

extension SRTPSender {
    /// The protected packet, `nil` if the index was refused.
    func protect(_ packet: TestPacket, index: UInt64, stream: inout SRTPSendStream) -> [UInt8]? {
        var buffer = packet.bytes + [UInt8](repeating: 0, count: SRTPSender.overhead)
        let length = protect(
            &buffer,
            length: packet.bytes.count,
            headerLength: packet.headerLength,
            index: ExtendedSequenceNumber(index),
            stream: &stream
        )
        return length.map { Array(buffer[..<$0]) }
    }
}

extension SRTPReceiver {
    /// The plain packet or why there is none.
    func unprotect(_ packet: [UInt8]) -> (result: SRTPUnprotectResult, plain: [UInt8]) {
        // Exactly as many bytes as the packet has: a sanitiser sees any that are read beyond it.
        var buffer = packet
        let result = unprotect(&buffer, length: packet.count)
        guard case .ok(let length) = result else { return (result, []) }
        return (result, Array(buffer[..<length]))
    }
}

extension SRTCPTransform {
    func protect(_ packet: [UInt8]) -> [UInt8]? {
        var buffer = packet + [UInt8](repeating: 0, count: SRTCPTransform.overhead)
        return protect(&buffer, length: packet.count).map { Array(buffer[..<$0]) }
    }
    func unprotect(_ packet: [UInt8]) -> [UInt8]? {
        var buffer = packet
        return unprotect(&buffer, length: packet.count).map { Array(buffer[..<$0]) }
    }
}
