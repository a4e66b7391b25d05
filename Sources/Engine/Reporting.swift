internal import Congestion
internal import Forwarding
internal import Negotiation
internal import RTP
internal import Transport
internal import Wire

/// What the server says by itself, on timers: reports, transport-cc feedback, requests for what is missing.
extension Engine {
    /// Compound RTCP to a peer: `write` appends packets, which go out encrypted as one datagram.
    func sendControl(to peer: Peer, at now: Timestamp, _ write: (inout ByteWriter) -> Void) {
        guard let path = peer.transport.selectedPath else { return }
        scratch.removeAll()
        write(&scratch)
        let length = scratch.count
        guard length > 0, length <= EgressBatch.slotSize - 64, let slot = unsafe egress.nextSlot() else { return }
        unsafe slot.update(from: scratch.bytes, count: length)
        guard let protected = unsafe peer.transport.protectControl(slot, length: length) else { return }
        egress.commit(length: protected, to: path)
        peer.packetsOut &+= 1
        peer.meterOut.record(byteCount: protected, at: now)
    }

    /// Sender reports for slots that flow, receiver reports for what comes in, a name (RFC 3550 §6.1).
    func sendReports(to peer: Peer, at now: Timestamp) {
        var blocks: [ReportBlock] = []
        for publication in peer.publications {
            for layer in publication.layers {
                if let block = layer.makeReport(at: now) { blocks.append(block) }
            }
        }
        let reports = peer.slots.compactMap { senderReport(for: $0, at: now) }
        guard !blocks.isEmpty || !reports.isEmpty else { return }
        // A datagram holds a dozen reports with their names; more go into further ones.
        var pending = reports[...]
        repeat {
            let some = pending.prefix(12)
            pending = pending.dropFirst(12)
            let attached = Array(blocks.prefix(16))
            blocks.removeFirst(attached.count)
            sendControl(to: peer, at: now) { writer in
                if some.isEmpty {
                    ReceiverReport(sender: peer.reportSSRC, reports: attached).write(into: &writer)
                    SourceDescription(source: peer.reportSSRC, canonicalName: peer.cname).write(into: &writer)
                } else {
                    for (place, var report) in some.enumerated() {
                        if place == 0 { report.reports = attached }
                        report.write(into: &writer)
                    }
                    let chunks = some.map {
                        SourceDescription.Chunk(source: $0.sender, items: [.init(.canonicalName, peer.cname)])
                    }
                    SourceDescription(chunks: chunks).write(into: &writer)
                }
            }
        } while !pending.isEmpty || !blocks.isEmpty
    }

    /// The report of one slot: the server's clock, and what the slot's RTP clock shows at that moment.
    ///
    /// Audio and video of one publisher are mapped by the same estimate of that publisher's clock, which is what keeps
    /// lips in step with words.
    private func senderReport(for slot: EgressStream, at now: Timestamp) -> SenderReport? {
        guard let layer = slot.layer, slot.packets > 0, let reference = layer.reference,
            let timestamp = layer.publication.peer.clock.reportTimestamp(
                at: now, by: reference, through: slot.timestamps)
        else { return nil }
        slot.lastReport = now
        return SenderReport(
            sender: slot.ssrc, ntpTime: ntp(at: now), rtpTimestamp: timestamp,
            packetCount: UInt32(truncatingIfNeeded: slot.packets), octetCount: UInt32(truncatingIfNeeded: slot.octets))
    }

    /// Transport-cc feedback to a publisher: without it, browsers send only their lowest layer.
    func sendFeedback(to peer: Peer, at now: Timestamp) {
        guard let media = peer.publications.lazy.compactMap({ $0.layers.first?.ssrc }).first else { return }
        while true {
            var isThere = false
            sendControl(to: peer, at: now) { writer in
                isThere = peer.arrivals.makeFeedback(
                    at: now, senderSSRC: peer.reportSSRC, mediaSSRC: media, into: &writer)
            }
            if !isThere { return }
        }
    }

    /// REMB to a publisher that did not negotiate transport-cc.
    func sendCeiling(to peer: Peer, at now: Timestamp) {
        let sources = peer.publications.filter { publication in
            publication.section.codecs.contains { $0.feedback.contains(.remb) && !$0.feedback.contains(.transportCC) }
        }.flatMap { $0.layers.map(\.ssrc) }
        guard !sources.isEmpty else { return }
        sendControl(to: peer, at: now) { writer in
            _ = peer.ceiling.makeReport(at: now, senderSSRC: peer.reportSSRC, sources: sources, into: &writer)
        }
    }

    /// NACKs for what is missing and PLIs for keyframes that are due; sets the time of the next look.
    func sendRequests(to peer: Peer, at now: Timestamp) {
        var next = Timestamp.distantFuture
        for publication in peer.publications {
            for layer in publication.layers {
                missing.removeAll(keepingCapacity: true)
                layer.collectMissing(at: now, roundTrip: peer.roundTrip) { missing.append($0.wire) }
                if !missing.isEmpty {
                    let nack = GenericNACK(sender: peer.reportSSRC, media: layer.ssrc, lost: missing)
                    sendControl(to: peer, at: now) { nack.write(into: &$0) }
                }
                if layer.arbiter.isWaiting, !publication.receivers.isEmpty { requestKeyframeIfDue(of: layer, at: now) }
                if let due = layer.nack.nextTimeout { next = min(next, due) }
                if let due = layer.arbiter.nextTimeout, !publication.receivers.isEmpty { next = min(next, due) }
            }
        }
        peer.nextNack = next
    }
}
