import LinuxSystem
import Testing
import Wire

@testable import LoadGenerator

@Suite("Drops in /proc/net/udp")
struct SocketDropsTests {
    @Test("are summed over the ports that were asked for")
    func counts() {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
              12: 0100007F:A410 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0000000000000000 17
              13: 00000000:A411 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0000000000000000 4
              14: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0000000000000000 99
            """
        #expect(SocketDrops.count(in: text, onPorts: [42_000, 42_001]) == 21)
        #expect(SocketDrops.count(in: text, onPorts: [42_001, 7]) == 4)
    }

    @Test("are not known where there is no such socket, and none of another process counts for them")
    func unknown() throws {
        let any = SocketAddress(ip: IPAddress(v4: 127 << 24 | 1), port: 0)
        let socket = try UDPSocket(binding: any, receiveBuffer: 2_048, sendBuffer: 2_048)
        let ports: Set = [socket.localAddress.port]
        #expect(SocketDrops.count(in: "", onPorts: [42_000]) == nil)
        #expect(SocketDrops.count(onPorts: [], ofProcess: CurrentProcess.identifier) == nil)
        #expect(SocketDrops.count(onPorts: ports, ofProcess: CurrentProcess.identifier) == 0)
        // Beyond the kernel's largest process number.
        #expect(SocketDrops.count(onPorts: ports, ofProcess: 4_194_305) == nil)
    }

    /// The kernel gives that file in pieces of some thirty sockets.
    @Test("are found however many sockets there are, and are those that the sockets count themselves")
    func manySockets() throws {
        let any = SocketAddress(ip: IPAddress(v4: 127 << 24 | 1), port: 0)
        let sockets = try (0..<150).map { _ in try UDPSocket(binding: any, receiveBuffer: 2_048, sendBuffer: 1 << 16) }
        let sender = try UDPSocket(binding: any, receiveBuffer: 2_048, sendBuffer: 1 << 20)
        let batch = SendBatch()
        var payload = [UInt8](repeating: 7, count: 1_200)
        for socket in sockets {
            for _ in 0..<12 {
                batch.append(offset: 0, length: payload.count, to: socket.localAddress)
                payload.withUnsafeMutableBufferPointer { slab in
                    if let start = slab.baseAddress { _ = batch.send(on: sender, slab: start) }
                }
            }
        }
        let counted = try sockets.map { try #require($0.droppedDatagrams) }
        #expect(counted.allSatisfy { $0 > 0 && $0 < 12 })
        let listed = SocketDrops.count(
            onPorts: Set(sockets.map(\.localAddress.port)), ofProcess: CurrentProcess.identifier)
        #expect(listed == Int64(counted.reduce(0, +)))
        #expect(sender.droppedDatagrams == 0)
    }
}
