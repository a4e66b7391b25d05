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
