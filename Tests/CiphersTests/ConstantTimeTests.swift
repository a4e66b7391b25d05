import Ciphers
import Testing

@Suite("Comparing secrets")
struct ConstantTimeTests {
    @Test("Any single bit makes a difference")
    func everyBit() {
        let secret = [UInt8](0..<20)
        #expect(equal(secret, [UInt8](0..<20)))
        for bit in 0..<160 {
            var other = secret
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!equal(secret, other))
        }
    }

    @Test("Lengths have to agree")
    func lengths() {
        #expect(!equal([UInt8](0..<20), [UInt8](0..<19)))
        #expect(!equal([], [0]))
        #expect(equal([], []))
    }

    private func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        constantTimeEquals(left.span, right.span)
    }
}
