import Congestion
import RTP
import SRTP
import Wire

/// What a client does with what the server sends.
extension SimulatedClient {
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
            guard let slot = slotsBySSRC[ssrc] else {
                return room.complain("\(peer): SSRC \(ssrc) was not negotiated")
            }
            noteArrival(of: packet, on: slot)
            if ssrc == slot.section.rtxSSRC, let header = try? RTPHeader(parsing: packet.span),
                header.payloadRange.isEmpty
            {
                paddingReceived += 1
                return
            }
            slot.receive(packet, at: room.now, sent: sent)
            if slot.hasNewHoles { requestMissing(on: slot, at: room.now) }
        case .replay: repeats += 1
        case .authenticationFailed, .malformed, .tooManyStreams: undecipherable += 1
        }
    }

    /// Keeps the transport-wide number of a packet for feedback.
    private func noteArrival(of packet: [UInt8], on slot: ReceivedSlot) {
        guard options.reportsArrivals, let header = try? RTPHeader(parsing: packet.span),
            let id = slot.section.extensions.id(for: .transportWideCC),
            let place = header.extensionElement(id: id, in: packet.span)
        else { return }
        arrivals.record(SequenceNumber(packet.span.uint16(at: place.lowerBound)), at: room.now)
    }

    /// Sends the feedback that is due.
    func sendFeedback(at now: Timestamp) {
        guard let media = slots.first?.section.ssrc else { return }
        var isThere = true
        while isThere {
            var writer = ByteWriter()
            isThere = arrivals.makeFeedback(at: now, senderSSRC: controlSSRC, mediaSSRC: media, into: &writer)
            let bytes = writer.bytes
            if isThere { sendControl { writer in for byte in bytes { writer.append(byte) } } }
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
            // libwebrtc's encoder of simulcast makes one of each layer that it sends.
            guard pacer != nil else { return }
            for other in streams where other.kind == .video && other.isActive { other.wantsKeyframe = true }
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
        for block in blocks {
            streams.first { $0.ssrc == block.source }?.isReported = true
            streams.first { $0.rtxSSRC == block.source }?.isRepairReported = true
        }
    }
}
