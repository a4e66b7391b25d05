internal import Congestion
internal import Forwarding
internal import RTP
internal import SRTP
public import Wire

/// RTCP, both ways (RFC 3550, RFC 4585, RFC 5104, RFC 5506).
extension LoadClient {
    // MARK: What comes in

    func receiveControl(_ datagram: UnsafeMutableBufferPointer<UInt8>, at now: Timestamp) {
        guard let start = datagram.baseAddress else { return }
        guard let length = unsafe transport.unprotectControl(start, length: datagram.count) else {
            counters.undecipherable &+= 1
            return
        }
        counters.controlIn &+= 1
        let compound = unsafe Span<UInt8>(_unsafeStart: start, count: length)
        var iterator = RTCPPacketIterator()
        do throws(RTCPParseError) {
            while let range = try iterator.next(in: compound) {
                act(on: try RTCPPacket(parsing: compound.extracting(range)), at: now)
            }
        } catch { counters.strays &+= 1 }
    }

    private func act(on packet: RTCPPacket, at now: Timestamp) {
        switch packet {
        case .senderReport(let report):
            if let index = slots.firstIndex(where: { $0.ssrc == report.sender }) {
                inbound[index].statistics.receiveSenderReport(ntp: report.ntpTime, at: now)
            }
            note(report.reports)
        case .receiverReport(let report): note(report.reports)
        case .genericNACK(let nack): answer(nack, at: now)
        case .pictureLossIndication(let request): noteKeyframeRequest(for: request.media)
        case .fullIntraRequest(let request):
            for entry in request.entries { noteKeyframeRequest(for: entry.media) }
        case .sourceDescription, .goodbye, .receiverEstimatedMaximumBitrate, .transportFeedback, .extendedReport,
            .unknown:
            break
        }
    }

    private func note(_ blocks: [ReportBlock]) {
        var worst: UInt8 = 0
        for block in blocks {
            worst = max(worst, block.fractionLost)
            for stream in outbound {
                if stream.encoding.ssrc == block.source { stream.isReported = true }
                if stream.encoding.rtxSSRC == block.source { stream.isRepairReported = true }
            }
        }
        if !blocks.isEmpty { counters.reportedLoss = worst }
    }

    private func answer(_ nack: GenericNACK, at now: Timestamp) {
        guard let context = context(at: now),
            let stream = outbound.first(where: { $0.encoding.ssrc == nack.media })
        else { return }
        for number in nack.lost {
            counters.nacksReceived &+= 1
            guard let length = stream.resend(number, transportNumber: &transportNumber, context) else { continue }
            counters.packetsOut &+= 1
            counters.bytesOut &+= UInt64(length)
        }
    }

    private func noteKeyframeRequest(for media: SSRC) {
        guard let index = outbound.firstIndex(where: { $0.encoding.ssrc == media }) else { return }
        counters.keyframeRequestsReceived &+= 1
        events.append(.keyframeWanted(stream: index))
    }

    // MARK: What goes out

    /// Asks for what is missing, and for a keyframe where that was given up.
    func requestMissing(at now: Timestamp) {
        for index in inbound.indices {
            guard let due = inbound[index].nacks.nextTimeout, due <= now else { continue }
            var lost: [SequenceNumber] = []
            inbound[index].nacks.collect(at: now, roundTripTime: roundTripTime) { lost.append($0.wire) }
            if !lost.isEmpty {
                let nack = GenericNACK(sender: controlSSRC, media: slots[index].ssrc, lost: lost)
                sendControl { nack.write(into: &$0) }
            }
            if inbound[index].nacks.takeKeyframeNeeded() { requestKeyframe(onSlot: index, at: now) }
        }
    }

    /// Asks no more for what precedes `number` on a slot: a keyframe there was decoded, and browsers, too, let go of it then.
    public func forgetLosses(before number: ExtendedSequenceNumber, onSlot slot: Int) {
        guard inbound.indices.contains(slot) else { return }
        inbound[slot].nacks.forget(before: number)
    }

    func sendTransportFeedback(at now: Timestamp) {
        guard let due = feedback.nextTimeout, due <= now, let media = slots.first?.ssrc else { return }
        while true {
            var wasMade = false
            sendControl { [controlSSRC] writer in
                wasMade = feedback.makeFeedback(at: now, senderSSRC: controlSSRC, mediaSSRC: media, into: &writer)
            }
            guard wasMade else { return }
        }
    }

    /// A sender report for each stream that sends, and reports on what is received (RFC 3550 §6.4).
    func sendReports(at now: Timestamp) {
        for stream in outbound {
            guard let timestamp = stream.timestamp(at: now) else { continue }
            let report = SenderReport(
                sender: stream.encoding.ssrc, ntpTime: NTPTime(now, clockStart: clockStart), rtpTimestamp: timestamp,
                packetCount: stream.packets, octetCount: stream.octets)
            let description = SourceDescription(source: stream.encoding.ssrc, canonicalName: "load")
            sendControl { writer in
                report.write(into: &writer)
                description.write(into: &writer)
            }
        }
        var blocks: [ReportBlock] = []
        for index in inbound.indices {
            let source = slots[index].ssrc
            if let block = inbound[index].statistics.makeReport(on: source, at: now) { blocks.append(block) }
        }
        // One report has room for 31 blocks (RFC 3550 §6.4.1).
        for start in stride(from: 0, to: blocks.count, by: ReceiverReport.maximumBlocks) {
            let end = min(start + ReceiverReport.maximumBlocks, blocks.count)
            let report = ReceiverReport(sender: controlSSRC, reports: Array(blocks[start..<end]))
            let description = SourceDescription(source: controlSSRC, canonicalName: "load")
            sendControl { writer in
                report.write(into: &writer)
                description.write(into: &writer)
            }
        }
    }

    /// Sends RTCP; `write` appends its packets. Nothing is sent when it appends none.
    func sendControl(_ write: (inout ByteWriter) -> Void) {
        scratch.removeAll()
        write(&scratch)
        let length = scratch.count
        guard length > 0, length + SRTCPTransform.overhead <= DatagramOutbox.slotSize,
            let remote = transport.remote, let slot = unsafe outbox.nextSlot()
        else { return }
        let bytes = scratch.bytes
        unsafe slot.update(from: bytes, count: length)
        guard let protected = unsafe transport.protectControl(slot, length: length) else { return }
        outbox.commit(length: protected, to: remote)
        counters.controlOut &+= 1
    }
}
