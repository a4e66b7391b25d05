import Glibc
import LinuxSystem
import Testing
import Wire

@Suite struct UDPSocketTests {
    static func pair(_ text: String) throws -> (UDPSocket, UDPSocket) {
        let address = SocketAddress(ip: try #require(IPAddress(text)), port: 0)
        return (
            try UDPSocket(binding: address, receiveBuffer: 1 << 20, sendBuffer: 1 << 20),
            try UDPSocket(binding: address, receiveBuffer: 1 << 20, sendBuffer: 1 << 20)
        )
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func aBatchArrivesWithItsLengthsAndSender(address: String) throws {
        let (sender, receiver) = try Self.pair(address)
        let slab = [UInt8](0..<200)
        let out = SendBatch()
        for length in 1...50 { out.append(offset: length, length: length, to: receiver.localAddress) }
        let outcome = slab.withUnsafeBufferPointer { out.send(on: sender, slab: $0.baseAddress!) }
        #expect(outcome.sent == 50)
        #expect(outcome.lost == 0)
        let batch = ReceiveBatch()
        #expect(try receiver.receive(into: batch) == 50)
        for index in 0..<50 {
            #expect(Array(batch.datagram(index)) == Array(slab[(index + 1)..<(2 * index + 2)]))
            #expect(batch.sender(index) == sender.localAddress)
        }
        #expect(try receiver.receive(into: batch) == 0)
    }

    @Test(arguments: [true, false])
    func runsOfOneSizeGoTogetherAndArriveAsTheyWere(segments: Bool) throws {
        let (sender, receiver) = try Self.pair("127.0.0.1")
        if !segments { sender.stopSegmenting() }
        let slab = (0..<4_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        // As Chrome splits frames: nearly equal, the last ones a byte longer; then a short one, then equal ones again.
        let lengths = [100, 100, 100, 101, 101, 40, 90, 90, 90, 90]
        let out = SendBatch()
        for (place, length) in lengths.enumerated() {
            out.append(offset: place * 200, length: length, to: receiver.localAddress)
        }
        let outcome = slab.withUnsafeBufferPointer { out.send(on: sender, slab: $0.baseAddress!) }
        #expect(outcome.sent == lengths.count)
        #expect(outcome.messages == (segments && sender.segments ? 3 : lengths.count))
        let batch = ReceiveBatch()
        #expect(try receiver.receive(into: batch) == lengths.count)
        for (place, length) in lengths.enumerated() {
            #expect(Array(batch.datagram(place)) == Array(slab[place * 200..<place * 200 + length]))
        }
    }

    @Test func moreThanTheKernelTakesAtOnceIsSeveralRuns() throws {
        let (sender, receiver) = try Self.pair("127.0.0.1")
        let slab = [UInt8](repeating: 9, count: 1_500)
        let out = SendBatch()
        for _ in 0..<64 { out.append(offset: 0, length: 1_200, to: receiver.localAddress) }
        let outcome = slab.withUnsafeBufferPointer { out.send(on: sender, slab: $0.baseAddress!) }
        #expect(outcome.sent == 64)
        #expect(outcome.lost == 0)
        #expect(!sender.segments || outcome.messages == 2)
        let batch = ReceiveBatch()
        #expect(try receiver.receive(into: batch) == 64)
        // Two messages, where the kernel leaves bursts whole, are far from a full batch.
        #expect(!sender.segments || !batch.isFull)
    }

    @Test func aRefusedRunDoesNotHoldUpTheOthersNorEndSegmenting() throws {
        let (sender, receiver) = try Self.pair("127.0.0.1")
        let slab = [UInt8](repeating: 7, count: 100)
        let out = SendBatch()
        let nobody = SocketAddress(ip: receiver.localAddress.ip, port: 0)
        let segments = sender.segments
        for _ in 0..<20 {
            for _ in 0..<3 { out.append(offset: 0, length: 10, to: nobody) }
            for _ in 0..<2 { out.append(offset: 0, length: 20, to: receiver.localAddress) }
        }
        let outcome = slab.withUnsafeBufferPointer { out.send(on: sender, slab: $0.baseAddress!) }
        #expect(outcome.sent == 40)
        #expect(outcome.lost == 60)
        #expect(sender.segments == segments)
    }

    /// A socket without checksums is one that Linux refuses segmented sends on, and no others (udp(7), SO_NO_CHECK).
    @Test func segmentingEndsWhereItIsRefusedEachTimeAndNothingIsLost() throws {
        let (sender, receiver) = try Self.pair("127.0.0.1")
        guard sender.segments else { return }
        let slab = [UInt8](repeating: 7, count: 100)
        let batch = ReceiveBatch()
        func burst(refused: Bool) throws {
            var option: Int32 = refused ? 1 : 0
            #expect(setsockopt(sender.descriptor, SOL_SOCKET, SO_NO_CHECK, &option, socklen_t(MemoryLayout<Int32>.size)) == 0)
            let out = SendBatch()
            for _ in 0..<3 { out.append(offset: 0, length: 10, to: receiver.localAddress) }
            let outcome = slab.withUnsafeBufferPointer { out.send(on: sender, slab: $0.baseAddress!) }
            #expect(outcome.sent == 3 && outcome.lost == 0)
            #expect(try receiver.receive(into: batch) == 3)
        }
        for _ in 0..<7 { try burst(refused: true) }
        #expect(sender.segments)
        // Another destination's way can do it: the refusals before count no longer.
        try burst(refused: false)
        for _ in 0..<7 { try burst(refused: true) }
        #expect(sender.segments)
        try burst(refused: true)
        #expect(!sender.segments)
        try burst(refused: true)
    }

    @Test func aRefusedDatagramDoesNotHoldUpTheOthers() throws {
        let (sender, receiver) = try Self.pair("127.0.0.1")
        let slab = [UInt8](repeating: 7, count: 100)
        let out = SendBatch()
        out.append(offset: 0, length: 10, to: receiver.localAddress)
        // Port 0 is nobody's: the kernel refuses it (EINVAL).
        out.append(offset: 0, length: 10, to: SocketAddress(ip: receiver.localAddress.ip, port: 0))
        out.append(offset: 0, length: 20, to: receiver.localAddress)
        let outcome = slab.withUnsafeBufferPointer { out.send(on: sender, slab: $0.baseAddress!) }
        #expect(outcome.sent == 2)
        #expect(outcome.lost == 1)
        let batch = ReceiveBatch()
        #expect(try receiver.receive(into: batch) == 2)
        #expect(batch.datagram(1).count == 20)
    }

    @Test func aDatagramThatDoesNotFitIsGivenNoLength() throws {
        let (sender, receiver) = try Self.pair("127.0.0.1")
        let slab = [UInt8](repeating: 7, count: 9_000)
        let out = SendBatch()
        out.append(offset: 0, length: 9_000, to: receiver.localAddress)
        _ = slab.withUnsafeBufferPointer { out.send(on: sender, slab: $0.baseAddress!) }
        let batch = ReceiveBatch()
        #expect(try receiver.receive(into: batch) == 1)
        #expect(batch.datagram(0).isEmpty)
    }

    @Test func aPortThatIsTakenIsAnErrorThatNamesIt() throws {
        let (first, _) = try Self.pair("127.0.0.1")
        let error = #expect(throws: SystemError.self) {
            try UDPSocket(binding: first.localAddress, receiveBuffer: 0, sendBuffer: 0)
        }
        #expect(error?.description.contains(first.localAddress.description) == true)
    }

    @Test func theBellEndsAWaitAndADatagramIsSeen() throws {
        let (sender, receiver) = try Self.pair("127.0.0.1")
        let poller = try Poller()
        try poller.watch(receiver.descriptor)
        poller.wake()
        poller.wait(timeout: .seconds(5)) { _ in Issue.record("nothing is readable") }
        let out = SendBatch()
        out.append(offset: 0, length: 1, to: receiver.localAddress)
        let slab: [UInt8] = [1]
        _ = slab.withUnsafeBufferPointer { out.send(on: sender, slab: $0.baseAddress!) }
        var ready: [Int32] = []
        poller.wait(timeout: .seconds(5)) { ready.append($0) }
        #expect(ready == [receiver.descriptor])
    }

    @Test func loopbackIsNeverWorthAnnouncing() {
        for interface in NetworkInterface.all() where interface.isLoopback { #expect(!interface.isWorthAnnouncing) }
        #expect(NetworkInterface.all().contains { $0.address.isLoopback })
    }
}
