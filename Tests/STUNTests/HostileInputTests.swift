import STUN
import Testing
import Wire

@Suite("Hostile bytes")
struct HostileInputTests {
    @Test("Every prefix of every sample is refused", arguments: Vectors.all)
    func truncation(bytes: [UInt8]) {
        for length in 0..<bytes.count {
            #expect(throws: STUNError.self, "\(length) bytes") {
                try STUNMessage(Array(bytes.prefix(length)))
            }
        }
    }

    @Test(
        "A prefix with a length field to match is read without its fingerprint, or refused",
        arguments: Vectors.all
    )
    func truncationWithLength(bytes: [UInt8]) {
        for length in stride(from: STUNMessage.headerLength, to: bytes.count, by: 4) {
            var cut = Array(bytes.prefix(length))
            cut[3] = UInt8(length - STUNMessage.headerLength)
            guard let message = try? STUNMessage(cut) else { continue }
            #expect(!message.hasFingerprint)
            #expect(!message.verifiesFingerprint(of: cut))
        }
    }

    @Test(
        "No flipped bit goes unnoticed by the fingerprint",
        arguments: [
            Vectors.request, Vectors.responseV4, Vectors.responseV6, Vectors.sha256Request,
        ]
    )
    func flippedBitsAndFingerprint(bytes: [UInt8]) {
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << (bit % 8)
            guard let message = try? STUNMessage(damaged) else { continue }
            #expect(!message.verifiesFingerprint(of: damaged), "bit \(bit)")
        }
    }

    @Test("No flipped bit up to the hash goes unnoticed by the integrity check")
    func flippedBitsAndIntegrity() {
        let bytes = Vectors.request
        for bit in 0..<(bytes.count - 8) * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << (bit % 8)
            guard let message = try? STUNMessage(damaged) else { continue }
            #expect(!message.verifiesIntegrity(of: damaged, key: Vectors.password), "bit \(bit)")
        }
    }

    @Test("Random damage is read or refused and never authenticated", arguments: 0..<8 as Range<UInt64>)
    func damage(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var bytes = Vectors.all[Int.random(in: 0..<Vectors.all.count, using: &generator)]
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] = bytes[place] ^ UInt8.random(in: 1...255, using: &generator)
            }
            guard !Vectors.all.contains(bytes), let message = try? STUNMessage(bytes) else { continue }
            #expect(!message.verifiesFingerprint(of: bytes), "seed \(seed)")
        }
    }

    @Test("Random attributes behind a good header are read or refused", arguments: 0..<8 as Range<UInt64>)
    func randomAttributes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let known: [UInt8] = [
            0x01, 0x06, 0x08, 0x09, 0x0A, 0x14, 0x15, 0x1C, 0x20, 0x22, 0x24, 0x25, 0x28, 0x29, 0x2A,
        ]
        var read = 0
        for _ in 0..<4_000 {
            let length = Int.random(in: 0...16, using: &generator) * 4
            var bytes = Vectors.bytes("0001 0000 2112a442") + [UInt8](repeating: 7, count: 12)
            bytes[3] = UInt8(length)
            bytes += (0..<length).map { index in
                // Types and lengths that are nearly right take the reader further than noise does.
                switch index % 4 {
                case 0: Bool.random(using: &generator) ? 0 : 0x80
                case 1: known.randomElement(using: &generator) ?? 0
                case 2: 0
                default: UInt8.random(in: 0...40, using: &generator)
                }
            }
            guard let message = try? STUNMessage(bytes) else { continue }
            read += 1
            #expect(message.transactionID == STUNTransactionID(high: 0x0707_0707_0707_0707, low: 0x0707_0707))
            _ = message.verifiesIntegrity(of: bytes, key: [1])
            _ = message.verifiesFingerprint(of: bytes)
        }
        #expect(read > 100, "the generator has to reach the reader's inside")
    }

    @Test("Verifying against other bytes than were read is false and no more")
    func foreignBytes() throws {
        let message = try STUNMessage(Vectors.request)
        for length in 0..<Vectors.request.count {
            let other = [UInt8](repeating: 0, count: length)
            #expect(!message.verifiesIntegrity(of: other, key: Vectors.password))
            #expect(!message.verifiesFingerprint(of: other))
        }
    }
}
