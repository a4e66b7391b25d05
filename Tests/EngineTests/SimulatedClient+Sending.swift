import Negotiation
import RTP
import SRTP
import Wire

/// What a client sends: media, repairs, reports and requests.
extension SimulatedClient {
    func send(_ packet: SimulatedStream.Packet, on stream: SimulatedStream) {
        let number = stream.number
        stream.number = number.advanced(by: 1)
        guard let pacer, stream.kind == .video else { return send(packet, numbered: number, on: stream) }
        pacer.enqueue(size: packet.payload.count) { [unowned self] in send(packet, numbered: number, on: stream) }
    }

    private func send(
        _ packet: SimulatedStream.Packet, numbered number: ExtendedSequenceNumber, on stream: SimulatedStream
    ) {
        guard
            let protected = protect(
                packet,
                of: stream,
                number: number,
                ssrc: stream.ssrc,
                payloadType: packet.payloadType ?? stream.codec.payloadType,
                stream: &stream.srtp,
                isRepair: false
            )
        else { return room.complain("\(peer): the simulation's own SRTP refused a packet") }
        stream.noteSent(packet)
        stream.keep(packet, ciphertext: protected, number: number.wire)
        room.send(protected, from: self)
    }

    func resend(_ number: SequenceNumber, of stream: SimulatedStream) {
        stream.nacked += 1
        guard let packet = stream.history[number.rawValue] else { return }
        guard let pacer else { return repair(packet, number, of: stream) }
        let size = packet.payload.count
        pacer.enqueueRepair(of: stream.ssrc, number.rawValue, size: size, at: room.now) { [unowned self] in
            repair(packet, number, of: stream)
        }
    }

    private func repair(_ original: SimulatedStream.Packet, _ number: SequenceNumber, of stream: SimulatedStream) {
        var packet = original
        stream.retransmitted += 1
        guard let payloadType = stream.codec.rtxPayloadType, let ssrc = stream.rtxSSRC, var rtx = stream.rtx
        else {
            if let ciphertext = stream.ciphertexts[number.rawValue] { room.send(ciphertext, from: self) }
            return
        }
        packet.payload =
            [UInt8(number.rawValue >> 8), UInt8(truncatingIfNeeded: number.rawValue)] + packet.payload
        let repair = stream.rtxNumber
        stream.rtxNumber = repair.advanced(by: 1)
        let protected = protect(
            packet,
            of: stream,
            number: repair,
            ssrc: ssrc,
            payloadType: payloadType,
            stream: &rtx,
            isRepair: true
        )
        stream.rtx = rtx
        if let protected { room.send(protected, from: self) }
    }

    private func protect(
        _ packet: SimulatedStream.Packet,
        of stream: SimulatedStream,
        number: ExtendedSequenceNumber,
        ssrc: SSRC,
        payloadType: PayloadType,
        stream srtp: inout SRTPSendStream,
        isRepair: Bool
    ) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 12 + 64 + packet.dependencies.count + packet.payload.count + SRTPSender.overhead)
        var span = bytes.mutableSpan
        var writer = ExtensionWriter(
            at: RTPHeader.fixedLength, form: ExtensionForm(highestID: 14, longest: packet.dependencies.count))
        if isRepair ? !stream.isRepairReported : !stream.isReported {
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
        if !packet.dependencies.isEmpty, let id = extensions.id(for: .dependencyDescriptor) {
            writer.append(id: id, bytes: packet.dependencies.span, into: &span)
        }
        if stream.kind == .audio, let level = packet.level, let id = extensions.id(for: .audioLevel) {
            writer.appendUInt8(id: id, 0x80 | level, into: &span)
        }
        let start = writer.finish(into: &span)
        RTPFixedHeader(
            marker: packet.marker,
            payloadType: payloadType,
            sequenceNumber: number.wire,
            timestamp: packet.timestamp,
            ssrc: ssrc
        ).write(into: &span, hasExtension: !writer.isEmpty)
        bytes.replaceSubrange(start..<start + packet.payload.count, with: packet.payload)
        let length = sender.protect(
            &bytes,
            length: start + packet.payload.count,
            headerLength: start,
            index: number,
            stream: &srtp
        )
        return length.map { Array(bytes[..<$0]) }
    }

    private func append(
        _ kind: RTPExtension,
        _ text: String,
        with writer: inout ExtensionWriter,
        into span: inout MutableSpan<UInt8>
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

    func sendSenderReports(at now: Timestamp) {
        for stream in streams where stream.isActive && !stream.rests && stream.packets > 0 {
            let report = SenderReport(
                sender: stream.ssrc,
                ntpTime: NTPTime(now, clockStart: clockStart),
                rtpTimestamp: stream.timestamp(at: now),
                packetCount: stream.packets,
                octetCount: stream.octets
            )
            sendControl { writer in
                report.write(into: &writer)
                SourceDescription(source: stream.ssrc, canonicalName: "client").write(into: &writer)
            }
        }
    }

    func sendReceiverReport(at now: Timestamp) {
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

    func sendRequests(at now: Timestamp) {
        for slot in slots {
            requestMissing(on: slot, at: now)
            if slot.wantsKeyframe(at: now) { sendPictureLossIndication(for: slot) }
        }
    }

    /// Asks for what is missing. Who sends nothing knows of no round trip and takes it for 100 ms, as libwebrtc does.
    func requestMissing(on slot: ReceivedSlot, at now: Timestamp) {
        let lost = slot.numbersToRequest(at: now, roundTrip: streams.isEmpty ? .milliseconds(100) : roundTrip)
        guard !lost.isEmpty else { return }
        let nack = GenericNACK(sender: controlSSRC, media: slot.section.ssrc, lost: lost)
        sendControl { nack.write(into: &$0) }
    }

    func sendPictureLossIndication(for slot: ReceivedSlot) {
        let request = PictureLossIndication(sender: controlSSRC, media: slot.section.ssrc)
        sendControl { request.write(into: &$0) }
    }
}
