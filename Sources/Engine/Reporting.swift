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
        peer.commit(length: protected, to: path, in: egress, at: now)
    }

    /// Sender reports for slots that flow, receiver reports for what comes in, a name (RFC 3550 §6.1).
    func sendReports(to peer: Peer, at now: Timestamp) {
        var blocks: [ReportBlock] = []
        for publication in peer.publications {
            for layer in publication.layers {
                if let block = layer.ingress?.makeReport(at: now) { blocks.append(block) }
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

    /// Makes reports due for receivers that have had none of what is on the slot: a first one lets them synchronise at once,
    /// not a second later (RFC 6051).
    func reportSoon(on publication: Publication, at now: Timestamp) {
        for receiver in publication.receivers where receiver.lastReport == nil {
            setTimer(\.nextReport, of: receiver.peer, to: now)
        }
    }

    /// The report of one slot: the server's clock, and what the slot's RTP clock shows at that moment.
    private func senderReport(for slot: EgressStream, at now: Timestamp) -> SenderReport? {
        guard let layer = slot.layer, slot.rewriter.writer.packets > 0, slot.rewriter.timestamps.isStarted,
            let timestamp = layer.rtpTimestamp(at: now)
        else { return nil }
        slot.lastReport = now
        return SenderReport(
            sender: slot.ssrc, ntpTime: ntp(at: now), rtpTimestamp: slot.rewriter.timestamps.map(timestamp),
            packetCount: UInt32(truncatingIfNeeded: slot.rewriter.writer.packets),
            octetCount: UInt32(truncatingIfNeeded: slot.rewriter.writer.octets))
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
            for layer in publication.layers.lazy.compactMap(\.ingress) {
                missing.removeAll(keepingCapacity: true)
                layer.collectMissing(at: now, roundTrip: peer.roundTrip) { missing.append($0.wire) }
                if !missing.isEmpty {
                    let nack = GenericNACK(sender: peer.reportSSRC, media: layer.ssrc, lost: missing)
                    sendControl(to: peer, at: now) { nack.write(into: &$0) }
                }
                let isReceived = publication.hasReceivers
                if layer.arbiter.isWaiting, isReceived { requestKeyframeIfDue(of: layer, at: now) }
                if let due = layer.nextRepairLook(at: now) { next = min(next, due) }
                if let due = layer.nextKeyframeLook(at: now), isReceived { next = min(next, due) }
            }
        }
        peer.nextNack = next
    }
}
