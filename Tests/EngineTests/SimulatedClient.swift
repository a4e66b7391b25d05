import Ciphers
import Engine
import ICE
import Negotiation
import RTP
import SRTP
import STUN
import Wire

/// A browser's end of a call as far as the wire shows it: it checks its path, sends media and answers feedback, and
/// receives into slots that check everything.
final class SimulatedClient {
    let peer: PeerID
    let options: ClientOptions
    let keys: SRTPKeyingMaterial
    /// The codecs and their payload types, which are this client's own.
    let codecs: [NegotiatedCodec]
    let extensions: ExtensionMap
    var address: SocketAddress
    var localICE: ICECredentials
    var serverICE: ICECredentials
    let uplink: SimulatedLink
    let downlink: SimulatedLink
    /// What it sends.
    var streams: [SimulatedStream] = []
    /// What it receives, by the slot's SSRC.
    private(set) var slots: [ReceivedSlot] = []
    private var slotsBySSRC: [SSRC: ReceivedSlot] = [:]
    /// Whether it still takes part.
    var isGone = false
    /// Whether a check has been answered from the present address.
    private(set) var isConnected = false
    /// When feedback on transport-wide numbers came.
    private(set) var feedbackTimes: [Timestamp] = []
    /// The transport-wide numbers that feedback said arrived.
    private(set) var acknowledged: Set<UInt16> = []
    private(set) var maximumBitrates: [UInt64] = []
    private(set) var checksRefused = 0
    private(set) var undecipherable = 0
    private(set) var repeats = 0
    private(set) var transportNumbersSent = 0

    private unowned let room: SimulatedRoom
    private var generator: SeededGenerator
    private let sender: SRTPSender
    private let receiver: SRTPReceiver
    private let controlOut: SRTCPTransform
    private let controlIn: SRTCPTransform
    private let controlSSRC: SSRC
    private var transportNumber: UInt16
    private var ticks = 0
    private var nextVideo: Timestamp
    private var nextAudio: Timestamp
    private var clockStart: NTPTime
    private var lastReports: [SSRC: (middle: UInt32, arrival: Timestamp)] = [:]

    init(
        peer: PeerID, options: ClientOptions, keys: SRTPKeyingMaterial, address: SocketAddress, serverICE: ICECredentials,
        room: SimulatedRoom, generator: SeededGenerator
    ) throws {
        self.peer = peer
        self.options = options
        self.keys = keys
        self.address = address
        self.serverICE = serverICE
        self.room = room
        var generator = generator
        localICE = ICECredentials.random(workerIndex: 35, using: &generator)
        codecs = options.codecs(shift: UInt8(peer.rawValue % 4))
        extensions = Self.makeExtensions(shift: UInt8(peer.rawValue % 3), options: options)
        uplink = room.network.makeLink(options.uplink)
        downlink = room.network.makeLink(options.downlink)
        sender = try SRTPSender(profile: keys.profile, key: keys.clientKey, salt: keys.clientSalt)
        receiver = try SRTPReceiver(profile: keys.profile, key: keys.serverKey, salt: keys.serverSalt)
        controlOut = try SRTCPTransform(
            profile: keys.profile, key: keys.clientKey, salt: keys.clientSalt, direction: .outbound)
        controlIn = try SRTCPTransform(
            profile: keys.profile, key: keys.serverKey, salt: keys.serverSalt, direction: .inbound)
        controlSSRC = SSRC(UInt32.random(in: 1...UInt32.max, using: &generator))
        transportNumber = UInt16.random(in: 65_000...65_535, using: &generator)
        // A clock of its own, years away from the server's.
        clockStart = NTPTime(unixNanoseconds: Int64.random(in: 0...1_000_000_000_000_000_000, using: &generator))
        nextVideo = room.now + .milliseconds(Int64.random(in: 0...49, using: &generator))
        nextAudio = room.now + .milliseconds(Int64.random(in: 0...19, using: &generator))
        self.generator = generator
    }

    private static func makeExtensions(shift: UInt8, options: ClientOptions) -> ExtensionMap {
        var map = ExtensionMap()
        map.set(.mid, to: 4 + shift)
        if options.hasTransportFeedback { map.set(.transportWideCC, to: 3 - shift) }
        map.set(.rtpStreamID, to: 10)
        map.set(.repairedRTPStreamID, to: 11)
        map.set(.audioLevel, to: 8 + shift % 2)
        return map
    }

    func addSlot(_ section: DownlinkSection) {
        let slot = ReceivedSlot(section) { [unowned self] in room.complain("\(peer) \($0)") }
        slots.append(slot)
        slotsBySSRC[section.ssrc] = slot
        if let rtx = section.rtxSSRC { slotsBySSRC[rtx] = slot }
    }

    /// The slot with a MID.
    func slot(_ mid: String) -> ReceivedSlot {
        guard let slot = slots.first(where: { $0.section.mid == mid }) else { fatalError("no slot \(mid)") }
        return slot
    }

    /// What the server's round trip to this client is, at least.
    var roundTrip: Interval { uplink.conditions.delay + downlink.conditions.delay }

    // MARK: Time

    /// Everything a client does by itself, every ten milliseconds.
    func tick() {
        guard !isGone else { return }
        let now = room.now
        if ticks % 50 == 0 || !isConnected && ticks % 5 == 0 { sendCheck() }
        ticks += 1
        guard isConnected else { return }
        while nextVideo <= now {
            sendFrames(of: .video, capture: nextVideo - .milliseconds(12))
            nextVideo = nextVideo + .milliseconds(50)
        }
        while nextAudio <= now {
            sendFrames(of: .audio, capture: nextAudio - .milliseconds(25))
            nextAudio = nextAudio + .milliseconds(20)
        }
        for slot in slots { slot.advance(at: now) }
        sendRequests(at: now)
        if ticks % 20 == 0 { sendReceiverReport(at: now) }
        if ticks % 40 == 10 { sendSenderReports(at: now) }
    }

    private func sendFrames(of kind: MediaKind, capture: Timestamp) {
        for stream in streams where stream.kind == kind && stream.isActive {
            for packet in stream.makeFrame(capture: capture, using: &generator) { send(packet, on: stream) }
        }
    }

    // MARK: ICE

    /// Sends a check that nominates its path, as Chrome does with a lite server.
    func sendCheck(password: String? = nil) {
        var builder = STUNBuilder(
            method: .binding, messageClass: .request, transactionID: .random(using: &generator))
        builder.add(username: "\(serverICE.usernameFragment):\(localICE.usernameFragment)")
        builder.add(iceControlling: 7)
        builder.add(priority: 0x6E_00_1E_FF)
        builder.addUseCandidate()
        let key = Array((password ?? serverICE.password).utf8)
        room.send(builder.finish(integrityKey: key, fingerprint: true), from: self)
    }

    /// Appears at another address, as after a change of network.
    func move(to address: SocketAddress) {
        room.move(self, to: address)
        self.address = address
        sendCheck()
    }

    private func receiveSTUN(_ bytes: [UInt8]) {
        guard let message = try? STUNMessage(parsing: bytes.span) else { return room.complain("\(peer): bad STUN") }
        guard message.messageClass == .success else {
            checksRefused += 1
            return
        }
        if !message.verifiesIntegrity(of: bytes.span, key: Array(serverICE.password.utf8)) {
            // An answer to a check from before a restart.
            return
        }
        if message.xorMappedAddress == address { isConnected = true }
    }

    // MARK: Sending

    func send(_ packet: SimulatedStream.Packet, on stream: SimulatedStream) {
        let number = stream.number
        stream.number = number.advanced(by: 1)
        guard
            let protected = protect(
                packet, of: stream, number: number, ssrc: stream.ssrc, payloadType: stream.codec.payloadType,
                stream: &stream.srtp, isRepair: false)
        else { return room.complain("\(peer): the simulation's own SRTP refused a packet") }
        stream.noteSent(packet)
        stream.keep(packet, ciphertext: protected, number: number.wire)
        room.send(protected, from: self)
    }

    private func resend(_ number: SequenceNumber, of stream: SimulatedStream) {
        stream.nacked += 1
        guard var packet = stream.history[number.rawValue] else { return }
        stream.retransmitted += 1
        guard let payloadType = stream.codec.rtxPayloadType, let ssrc = stream.rtxSSRC, var rtx = stream.rtx else {
            if let ciphertext = stream.ciphertexts[number.rawValue] { room.send(ciphertext, from: self) }
            return
        }
        packet.payload = [UInt8(number.rawValue >> 8), UInt8(truncatingIfNeeded: number.rawValue)] + packet.payload
        let repair = stream.rtxNumber
        stream.rtxNumber = repair.advanced(by: 1)
        let protected = protect(
            packet, of: stream, number: repair, ssrc: ssrc, payloadType: payloadType, stream: &rtx, isRepair: true)
        stream.rtx = rtx
        if let protected { room.send(protected, from: self) }
    }

    private func protect(
        _ packet: SimulatedStream.Packet, of stream: SimulatedStream, number: ExtendedSequenceNumber, ssrc: SSRC,
        payloadType: PayloadType, stream srtp: inout SRTPSendStream, isRepair: Bool
    ) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 12 + 64 + packet.payload.count + SRTPSender.overhead)
        var span = bytes.mutableSpan
        var writer = ExtensionWriter(at: RTPHeader.fixedLength)
        if !stream.isReported {
            append(.mid, stream.mid, with: &writer, into: &span)
            if let rid = stream.rid {
                append(isRepair ? .repairedRTPStreamID : .rtpStreamID, rid, with: &writer, into: &span)
            }
        }
        if let id = extensions.id(for: .transportWideCC) {
            writer.appendUInt16(id: id, transportNumber, into: &span)
            transportNumber &+= 1
            transportNumbersSent += 1
        }
        if stream.kind == .audio, let id = extensions.id(for: .audioLevel) {
            writer.appendUInt8(id: id, 0x80 | 30, into: &span)
        }
        let start = writer.finish(into: &span)
        RTPFixedHeader(
            marker: packet.marker, payloadType: payloadType, sequenceNumber: number.wire, timestamp: packet.timestamp,
            ssrc: ssrc
        ).write(into: &span, hasExtension: !writer.isEmpty)
        bytes.replaceSubrange(start..<start + packet.payload.count, with: packet.payload)
        let length = sender.protect(
            &bytes, length: start + packet.payload.count, headerLength: start, index: number, stream: &srtp)
        return length.map { Array(bytes[..<$0]) }
    }

    private func append(
        _ kind: RTPExtension, _ text: String, with writer: inout ExtensionWriter, into span: inout MutableSpan<UInt8>
    ) {
        guard let id = extensions.id(for: kind) else { return }
        let utf8 = Array(text.utf8)
        writer.append(id: id, bytes: utf8.span, into: &span)
    }

    /// Sends RTCP; `write` appends its packets.
    func sendControl(_ write: (inout ByteWriter) -> Void) {
        var writer = ByteWriter()
        write(&writer)
        let length = writer.count
        var bytes = writer.bytes + [UInt8](repeating: 0, count: SRTCPTransform.overhead)
        guard let protected = controlOut.protect(&bytes, length: length) else { return }
        room.send(Array(bytes[..<protected]), from: self)
    }

    private func sendSenderReports(at now: Timestamp) {
        for stream in streams where stream.isActive && stream.packets > 0 {
            let report = SenderReport(
                sender: stream.ssrc, ntpTime: NTPTime(now, clockStart: clockStart),
                rtpTimestamp: stream.timestamp(at: now), packetCount: stream.packets, octetCount: stream.octets)
            sendControl { writer in
                report.write(into: &writer)
                SourceDescription(source: stream.ssrc, canonicalName: "client").write(into: &writer)
            }
        }
    }

    private func sendReceiverReport(at now: Timestamp) {
        var blocks: [ReportBlock] = []
        for slot in slots {
            guard let highest = slot.highest else { continue }
            var block = ReportBlock(source: slot.section.ssrc)
            block.highestSequenceNumber = UInt32(truncatingIfNeeded: highest.rawValue & 0xFFFF)
            if let last = lastReports[slot.section.ssrc] {
                block.lastSenderReport = last.middle
                block.delaySinceLastSenderReport = NTPDelay(now - last.arrival)
            }
            blocks.append(block)
            slot.isReported = true
        }
        let report = ReceiverReport(sender: controlSSRC, reports: blocks)
        sendControl { report.write(into: &$0) }
    }

    private func sendRequests(at now: Timestamp) {
        for slot in slots {
            let lost = slot.numbersToRequest(at: now, roundTrip: roundTrip)
            if !lost.isEmpty {
                let nack = GenericNACK(sender: controlSSRC, media: slot.section.ssrc, lost: lost)
                sendControl { nack.write(into: &$0) }
            }
            if slot.wantsKeyframe(at: now) { sendPictureLossIndication(for: slot) }
        }
    }

    func sendPictureLossIndication(for slot: ReceivedSlot) {
        let request = PictureLossIndication(sender: controlSSRC, media: slot.section.ssrc)
        sendControl { request.write(into: &$0) }
    }

    // MARK: Receiving

    /// Takes a datagram that left the server at `sent`.
    func receive(_ datagram: [UInt8], sent: Timestamp) {
        guard !isGone else { return }
        switch DatagramKind(datagram.span) {
        case .stun: receiveSTUN(datagram)
        case .rtp: receiveRTP(datagram, sent: sent)
        case .rtcp: receiveControl(datagram)
        case .dtls, .other: room.complain("\(peer): a datagram of no use")
        }
    }

    private func receiveRTP(_ datagram: [UInt8], sent: Timestamp) {
        var bytes = datagram
        switch receiver.unprotect(&bytes, length: bytes.count) {
        case .ok(let length):
            let packet = Array(bytes[..<length])
            let ssrc = SSRC(packet.span.uint32(at: 8))
            guard let slot = slotsBySSRC[ssrc] else { return room.complain("\(peer): SSRC \(ssrc) was not negotiated") }
            slot.receive(packet, at: room.now, sent: sent)
        case .replay: repeats += 1
        case .authenticationFailed, .malformed, .tooManyStreams: undecipherable += 1
        }
    }

    private func receiveControl(_ datagram: [UInt8]) {
        var bytes = datagram
        guard let length = controlIn.unprotect(&bytes, length: bytes.count) else {
            // The network may have brought it twice; what belongs to somebody else does not decrypt either.
            repeats += 1
            return
        }
        let compound = Array(bytes[..<length])
        var iterator = RTCPPacketIterator()
        do {
            while let range = try iterator.next(in: compound.span) {
                act(on: try RTCPPacket(parsing: compound.span.extracting(range)))
            }
        } catch { room.complain("\(peer): RTCP that does not parse: \(error)") }
    }

    private func act(on packet: RTCPPacket) {
        switch packet {
        case .senderReport(let report):
            guard let slot = slotsBySSRC[report.sender], slot.section.ssrc == report.sender else {
                return room.complain("\(peer): a report on SSRC \(report.sender), which is no slot")
            }
            slot.reports.append(report)
            lastReports[report.sender] = (report.ntpTime.middle32, room.now)
            note(report.reports)
        case .receiverReport(let report): note(report.reports)
        case .genericNACK(let nack):
            guard let stream = streams.first(where: { $0.ssrc == nack.media }) else { return }
            for number in nack.lost { resend(number, of: stream) }
        case .pictureLossIndication(let request):
            guard let stream = streams.first(where: { $0.ssrc == request.media }) else { return }
            stream.keyframeRequests.append(room.now)
            stream.wantsKeyframe = true
        case .transportFeedback(let feedback):
            if feedbackTimes.last != room.now { feedbackTimes.append(room.now) }
            for packet in feedback.packets where packet.arrival != nil {
                acknowledged.insert(packet.sequenceNumber.rawValue)
            }
        case .receiverEstimatedMaximumBitrate(let limit): maximumBitrates.append(limit.bitrate)
        case .sourceDescription, .goodbye, .extendedReport, .fullIntraRequest: break
        case .unknown: room.complain("\(peer): RTCP of an unknown type")
        }
    }

    private func note(_ blocks: [ReportBlock]) {
        for block in blocks { streams.first { $0.ssrc == block.source }?.isReported = true }
    }
}
