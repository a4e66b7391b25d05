import Engine
import RTP
import Testing
import Wire

@Suite("Packets of a frame")
struct EvenLengthsTests {
    /// The lengths of what a viewer is sent of each frame, where the publisher's packets differ as `shape` says. Each frame
    /// comes in one batch.
    private func lengths(_ shape: (inout SimulatedStream.Shape) -> Void) throws -> [[Int]] {
        let room = try SimulatedRoom(seed: 5)
        let alice = try room.join()
        let bob = try room.join(.listener())
        room.connect(alice, to: bob)
        room.run(for: .milliseconds(600))
        let camera = try #require(alice.streams.last)
        shape(&camera.shape)
        var result: [[Int]] = []
        for _ in 0..<12 {
            for frame in room.holdFrames(of: camera, from: alice, for: .milliseconds(50)) {
                room.deliver(frame, from: alice) { egress in
                    let ssrc = bob.slot("v0").section.ssrc
                    var lengths: [Int] = []
                    egress.forEachDatagram { bytes, _ in
                        guard DatagramKind(bytes.span) == .rtp, SSRC(bytes.span.uint32(at: 8)) == ssrc else { return }
                        lengths.append(bytes.count)
                    }
                    result.append(lengths)
                }
            }
        }
        room.run(for: .milliseconds(300))
        let counters = bob.slot("v0").counters
        #expect(counters.broken == 0 && counters.undecodable == 0)
        // They say what their publisher wrote: padding is no part of it.
        #expect(bob.slot("v0").frames.count > result.count)
        return result.filter { $0.count > 1 }
    }

    @Test("nearly equal, the last ones a byte longer: all of one length, which is one send to the kernel")
    func even() throws {
        let frames = try lengths {
            $0.framePackets = 4...6
            $0.hasLongerEnd = true
        }
        #expect(frames.count >= 10)
        for lengths in frames { #expect(Set(lengths).count == 1, "\(lengths)") }
    }

    @Test("equal already: not a byte more")
    func equal() throws {
        let plain = try lengths { $0.framePackets = 4...6 }
        let longer = try lengths {
            $0.framePackets = 4...6
            $0.hasLongerEnd = true
        }
        let length = try #require(plain.first?.first)
        #expect(plain.allSatisfy { $0.allSatisfy { $0 == length } })
        #expect(longer.allSatisfy { $0.allSatisfy { $0 == length + 1 } })
    }
}
