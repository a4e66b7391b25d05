internal import Congestion
internal import Forwarding
internal import RTP
internal import Transport
internal import Wire

/// RTCP ends here: each packet from a peer is understood and acted on, none is passed on (RFC 7667 §3.7).
extension Engine {
    /// Takes an RTCP packet from `peer` that came in on `path`.
    func walkControl(
        _ datagram: UnsafeMutableBufferPointer<UInt8>, from peer: Peer, on path: NetworkPath, at now: Timestamp
    ) {
        guard let start = datagram.baseAddress else { return }
        guard let length = unsafe peer.transport.unprotectControl(start, length: datagram.count, on: path, at: now)
        else {
            return peer.drops.count(.authenticationFailed)
        }
        if peer.transport.hasEvents { drain(peer, at: now) }
        peer.packetsIn &+= 1
        peer.meterIn.record(byteCount: datagram.count, at: now)
        let compound = unsafe Span<UInt8>(_unsafeStart: UnsafePointer(start), count: length)
        var iterator = RTCPPacketIterator()
        var hasFeedback = false
        do {
            while let range = try iterator.next(in: compound) {
                let packet = compound.extracting(range)
                if TransportFeedbackCursor.recognises(packet) {
                    let feedback = try TransportFeedbackCursor(parsing: packet)
                    peer.bandwidth?.estimator.receive(feedback, in: packet, at: now)
                    hasFeedback = true
                } else {
                    act(on: try RTCPPacket(parsing: packet), from: peer, at: now)
                }
            }
        } catch {
            peer.drops.count(.malformed)
        }
        if hasFeedback { tickAfterFeedback(of: peer, at: now) }
    }

    private func act(on packet: RTCPPacket, from peer: Peer, at now: Timestamp) {
        switch packet {
        case .senderReport(let report):
            if let binding = peer.bindings[report.sender], !binding.isRetransmission {
                binding.stream.receive(report, clock: &peer.clock, at: now)
                relayClocks(of: peer, at: now)
                reportSoon(on: binding.stream.publication, at: now)
            }
            for block in report.reports { take(block, from: peer, at: now) }
        case .receiverReport(let report):
            for block in report.reports { take(block, from: peer, at: now) }
        case .genericNACK(let nack):
            // Retransmissions are not repaired: their numbers mean nothing in the stream they repair.
            guard let slot = peer.slotsBySSRC[nack.media], slot.ssrc == nack.media else { return }
            repair(nack, of: slot, at: now)
        case .pictureLossIndication(let request):
            keyframeWanted(on: request.media, by: peer, reason: .pictureLossIndication, at: now)
        case .fullIntraRequest(let request):
            for entry in request.entries {
                keyframeWanted(on: entry.media, by: peer, reason: .fullIntraRequest, at: now)
            }
        case .extendedReport(let report):
            guard let time = report.referenceTime else { return }
            // Lets a peer that only sends learn its round trip (RFC 3611 §4.5).
            let reply = ExtendedReport(
                sender: peer.reportSSRC,
                replies: [.init(receiver: report.sender, lastReferenceTime: time.middle32, delay: NTPDelay(.zero))])
            sendControl(to: peer, at: now) { reply.write(into: &$0) }
        case .goodbye(let goodbye):
            for source in goodbye.sources where peer.bindings.removeValue(forKey: source) != nil {
                peer.transport.forgetIncomingStream(source)
            }
        case .receiverEstimatedMaximumBitrate(let report):
            peer.bandwidth?.estimator.receive(remb: report.bitrate, at: now)
            if peer.limit(to: report.bitrate, at: now) { allocateSoon(for: peer, at: now) }
        case .transportFeedback, .sourceDescription, .unknown:
            break
        }
    }

    /// Sends again what a receiver misses. What was lost twice goes out twice, and everything on a path that loses many repairs,
    /// too: each costs a round trip, for which receivers make no room. Copies go behind everything else that was asked for, for
    /// losses come in bursts; but not into a queue, where they would only make matters worse.
    private func repair(_ nack: GenericNACK, of slot: EgressStream, at now: Timestamp) {
        let peer = slot.peer
        missing.removeAll(keepingCapacity: true)
        let copiesAll = peer.bandwidth?.estimator.losesRepairs ?? false
        var isHopeless = false
        var vain: SequenceNumber?
        for number in nack.lost {
            slot.nacksReceived &+= 1
            let repair = slot.resend(number, into: egress, at: now)
            switch repair {
            case .sent: if copiesAll, slot.kind == .video { missing.append(number) }
            case .sentOnSuspicion: break
            case .sentAgain: missing.append(number)
            case .refused(let reason): peer.drops.count(reason)
            }
            isHopeless = isHopeless || slot.isHopeless(number, after: repair)
            if vain == nil, slot.isUnsent(number) { vain = number }
        }
        if let vain { isHopeless = slot.isAskedInVain(for: vain) || isHopeless }
        if peer.bandwidth?.estimator.isCalm ?? true {
            for number in missing { slot.copyRepair(of: number, into: egress, at: now) }
        }
        if peer.isPaced { planRelease(of: peer, at: now) }
        guard isHopeless, let layer = slot.target ?? slot.layer,
            slot.lossWishedAt.map({ now - $0 >= .seconds(1) }) ?? true
        else { return }
        slot.lossWishedAt = now
        if slot.keyframeBudget.admit(at: now) { wishKeyframe(of: layer, reason: .loss, at: now) }
    }

    private func take(_ block: ReportBlock, from peer: Peer, at now: Timestamp) {
        guard let slot = peer.slotsBySSRC[block.source], slot.ssrc == block.source else { return }
        slot.reportedLoss = Double(block.fractionLost) / 256
        slot.noteReported(SequenceNumber(UInt16(truncatingIfNeeded: block.highestSequenceNumber)))
        peer.roundTripEstimate.receive(block, at: ntp(at: now))
        if slot.kind == .video, slot.layer != nil {
            peer.bandwidth?.estimator.receive(reportedLoss: slot.reportedLoss, roundTrip: peer.roundTrip, at: now)
        }
    }

    private func keyframeWanted(on ssrc: SSRC, by peer: Peer, reason: KeyframeReason, at now: Timestamp) {
        guard let slot = peer.slotsBySSRC[ssrc], let stream = slot.target ?? slot.layer else { return }
        slot.keyframeRequests &+= 1
        guard slot.keyframeBudget.admit(at: now) else { return peer.drops.count(.rateLimited) }
        wishKeyframe(of: stream, reason: reason, at: now)
    }

    /// Somebody needs a keyframe of a layer: the arbiter on the publisher's worker decides when its publisher is asked.
    func wishKeyframe(of layer: MediaLayer, reason: KeyframeReason, at now: Timestamp) {
        guard let stream = layer.ingress else { return relayWish(for: layer, reason: reason, at: now) }
        stream.arbiter.wish(reason, at: now)
        requestKeyframeIfDue(of: stream, at: now)
    }

    /// Asks the publisher by PLI, if the arbiter says so and the layer comes, and sets the time of the next look.
    func requestKeyframeIfDue(of stream: IngressStream, at now: Timestamp) {
        guard let peer = stream.publication.peer else { return }
        if stream.canBring(keyframeAt: now), stream.arbiter.shouldRequest(at: now) {
            let request = PictureLossIndication(sender: peer.reportSSRC, media: stream.ssrc)
            sendControl(to: peer, at: now) { request.write(into: &$0) }
        }
        if let due = stream.nextKeyframeLook(at: now), due < peer.nextNack { setTimer(\.nextNack, of: peer, to: due) }
    }
}
