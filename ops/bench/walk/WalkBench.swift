import Ciphers
import DTLS
import Engine
import Glibc
import ICE
import Negotiation
import RTP
import SRTP
import STUN
import Wire

/// Measures the packet walk by itself: an engine without sockets, one publisher, many receivers, keys on all of them.
///
///     walk-bench [RECEIVERS [PACKETS [BURST [still]]]]
///
/// With `still` no timers run, so that nothing happens but the walk.
///
/// Prints processor time for each forwarded packet. What it is for are counts that do not depend on the machine's mood: run
/// it under callgrind or with the allocation counter, with two numbers of packets, and take the difference
/// (ops/bench/gates does).
@main
struct WalkBench {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let receivers = arguments.first ?? 50
        let packets = arguments.dropFirst().first ?? 20_000
        let burst = min(max(arguments.dropFirst(2).first ?? 8, 1), 64)
        var call = try BenchCall(receivers: receivers)
        var stream = call.makePackets(packets)
        call.forward(&stream, burst: burst, runsTimers: !CommandLine.arguments.contains("still"))
        guard call.forwarded > 0 else {
            print("nothing was forwarded: \(call.drops)")
            exit(1)
        }
        let perPacket = Double(call.nanoseconds) / Double(call.forwarded)
        print(
            "receivers \(receivers) packets \(packets) burst \(burst): forwarded \(call.forwarded), "
                + "ns/packet \(Int(perPacket)), allocations \(call.allocations.map(String.init) ?? "not counted"), "
                + "datagrams/destination \(Double(call.datagrams * 10 / max(call.destinations, 1)) / 10)")
    }
}

/// One publisher and its receivers on one engine.
struct BenchCall {
    private let engine: Engine
    private var generator = SeededGenerator(seed: 1)
    private let publisherPath = NetworkPath(
        socket: SocketIndex(0), remote: SocketAddress(ip: IPAddress(v4: 0x0A00_0001), port: 1))
    private let sender: SRTPSender
    private let publisher = PeerID(1)
    private let ssrc = SSRC(0x1234)
    private var now = Timestamp.zero + .seconds(1)
    private(set) var forwarded = 0
    private(set) var nanoseconds = 0
    private(set) var allocations: Int?
    private(set) var datagrams = 0
    private(set) var destinations = 0

    init(receivers: Int) throws {
        let context = try DTLSContext(
            certificate: .selfSigned(commonName: "bench", validDays: 1, dnsNames: [], addresses: []))
        engine = Engine(
            configuration: EngineConfiguration(workerIndex: 0), dtlsContext: context,
            wallClockOffset: 1_700_000_000_000_000_000, generator: SeededGenerator(seed: 2))
        let codec = NegotiatedCodec(
            codec: .vp8, payloadType: PayloadType(96), rtxPayloadType: PayloadType(97), clockRate: 90_000, channels: 1,
            parameters: "", feedback: [.nack, .pli, .transportCC])
        var extensions = ExtensionMap()
        extensions.set(.transportWideCC, to: 3)
        let keys = Self.keys(seed: 1)
        sender = try SRTPSender(profile: keys.profile, key: keys.clientKey, salt: keys.clientSalt)
        let uplink = UplinkSection(
            mid: "0", kind: .video, codecs: [codec], extensions: extensions, ssrcs: [ssrc])
        try add(publisher, path: publisherPath, keys: keys, uplinks: [uplink], downlinks: [])
        for number in 0..<receivers {
            let path = NetworkPath(
                socket: SocketIndex(0),
                remote: SocketAddress(ip: IPAddress(v4: 0x0A01_0000 + UInt32(number)), port: 4_000))
            let downlink = DownlinkSection(
                mid: "0", kind: .video, slot: 0, ssrc: SSRC(0x1_0000 + UInt32(number)),
                rtxSSRC: SSRC(0x2_0000 + UInt32(number)), cname: "bench", codecs: [codec], extensions: extensions)
            let peer = PeerID(UInt64(2 + number))
            try add(
                peer, path: path, keys: Self.keys(seed: UInt8(truncatingIfNeeded: number)), uplinks: [],
                downlinks: [downlink])
            _ = engine.assign(PublicationID(1), toSlot: "0", of: peer, at: now)
        }
        engine.egress.removeAll()
    }

    var drops: [String: UInt64] { engine.statistics(of: publisher, at: now)?.drops ?? [:] }

    private static func keys(seed: UInt8) -> SRTPKeyingMaterial {
        let profile = SRTPProtectionProfile.aeadAES128GCM
        let key = [UInt8](repeating: seed, count: profile.keyLength)
        let salt = [UInt8](repeating: seed, count: profile.saltLength)
        return SRTPKeyingMaterial(profile: profile, clientKey: key, clientSalt: salt, serverKey: key, serverSalt: salt)
    }

    private mutating func add(
        _ peer: PeerID, path: NetworkPath, keys: SRTPKeyingMaterial, uplinks: [UplinkSection],
        downlinks: [DownlinkSection]
    ) throws {
        let local = engine.addPeer(peer, in: RoomKey(1), at: now)
        let remote = ICECredentials.random(workerIndex: 35, using: &generator)
        let session = NegotiatedSession(
            localICE: local, remoteICE: remote, fingerprints: [], extensions: ExtensionMap(), uplinks: uplinks,
            downlinks: downlinks)
        engine.apply(
            PeerConfiguration(
                session: session, localCredentials: local, publications: uplinks.isEmpty ? [:] : ["0": PublicationID(1)]
            ),
            to: peer, at: now)
        engine.begin(peer, with: keys, at: now)
        var check = STUNBuilder(
            method: .binding, messageClass: .request, transactionID: .random(using: &generator))
        check.add(username: "\(local.usernameFragment):\(remote.usernameFragment)")
        check.add(iceControlling: 7)
        check.add(priority: 0x6E00_1EFF)
        check.addUseCandidate()
        var bytes = check.finish(integrityKey: Array(local.password.utf8), fingerprint: true)
        bytes.withUnsafeMutableBufferPointer { engine.handleDatagram($0, on: path, at: now) }
        engine.egress.removeAll()
    }

    /// Packets of 1100 bytes of payload, encrypted as a publisher sends them: eight a frame, the first a keyframe.
    func makePackets(_ count: Int) -> [[UInt8]] {
        var stream = SRTPSendStream(ssrc: ssrc)
        return (0..<count).map { number in
            var bytes = [UInt8](repeating: 0x55, count: 20 + 1_100 + SRTPSender.overhead)
            var span = bytes.mutableSpan
            var writer = ExtensionWriter(at: RTPHeader.fixedLength)
            writer.appendUInt16(id: 3, UInt16(truncatingIfNeeded: number), into: &span)
            let start = writer.finish(into: &span)
            RTPFixedHeader(
                marker: number % 8 == 7, payloadType: PayloadType(96),
                sequenceNumber: SequenceNumber(UInt16(truncatingIfNeeded: 100 + number)),
                timestamp: RTPTimestamp(UInt32(truncatingIfNeeded: number / 8 * 3_000)), ssrc: ssrc
            ).write(into: &span, hasExtension: true)
            // RFC 7741: X, S on a frame's first packet; I with 15 bits of PictureID; then the payload header, whose lowest
            // bit is 0 on a keyframe.
            let picture = number / 8 & 0x7FFF
            let isFirst = number % 8 == 0
            bytes[start] = 0x80 | (isFirst ? 0x10 : 0)
            bytes[start + 1] = 0x80
            bytes[start + 2] = 0x80 | UInt8(picture >> 8)
            bytes[start + 3] = UInt8(truncatingIfNeeded: picture)
            bytes[start + 4] = number == 0 ? 0x10 : 0x11
            let length = bytes.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.flatMap {
                    sender.protect(
                        $0, length: start + 1_100, headerLength: start,
                        index: ExtendedSequenceNumber(UInt64(100 + number)), stream: &stream)
                }
            }
            return Array(bytes.prefix(length ?? 0))
        }
    }

    mutating func forward(_ stream: inout [[UInt8]], burst: Int, runsTimers: Bool) {
        var start = Int64(0)
        var allocationsBefore: Int?
        for first in stride(from: 0, to: stream.count, by: burst) {
            // The first tenth warms up what grows.
            if start == 0, first >= stream.count / 10 {
                forwarded = 0
                (datagrams, destinations) = (0, 0)
                allocationsBefore = AllocationCounter.count
                start = processorTime()
            }
            for index in first..<min(first + burst, stream.count) {
                stream[index].withUnsafeMutableBufferPointer {
                    engine.handleDatagram($0, on: publisherPath, at: now)
                }
                guard isPlanted else { continue }
                plantedWork(2_000)
                while engine.forwardPending(at: now) { collect() }
                collect()
            }
            while engine.forwardPending(at: now) { collect() }
            collect()
            now = now + .microseconds(Int64(burst) * 1_000)
            if runsTimers, let due = engine.nextTimeout, due <= now {
                engine.handleTimeout(at: now)
                engine.egress.removeAll()
            }
        }
        nanoseconds = Int(processorTime() - start)
        allocations = AllocationCounter.count.flatMap { after in allocationsBefore.map { after - $0 } }
    }

    /// What ops/bench/gates --planted has to notice: an allocation and some work for each packet, and bursts taken apart.
    private let isPlanted = getenv("ROOST_BENCH_PLANTED") != nil
    private var planted: [Int] = []

    @inline(never)
    private mutating func plantedWork(_ amount: Int) {
        planted = []
        for number in 0..<amount { planted.append(number &* number) }
    }

    private mutating func collect() {
        forwarded += engine.egress.count
        datagrams += engine.egress.count
        destinations += engine.egress.destinationCount
        engine.egress.removeAll()
    }

    private func processorTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// The counter of ops/bench/allocations.c, if it is loaded.
enum AllocationCounter {
    private typealias Function = @convention(c) () -> UInt64

    /// Calls of malloc and its kin so far; `nil` if nobody counts.
    static var count: Int? {
        guard let symbol = dlsym(nil, "roost_allocation_count") else { return nil }
        return Int(unsafeBitCast(symbol, to: Function.self)())
    }
}
