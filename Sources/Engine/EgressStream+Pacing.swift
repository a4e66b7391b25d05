internal import Congestion
internal import Forwarding
internal import Negotiation
internal import RTP
internal import Wire

/// Packets of the layer that flows which have come in and are not sent yet. They lie in its history, from which repairs are
/// read too; here is only which they are.
struct HeldPackets {
    /// The first of them.
    var next: ExtendedSequenceNumber
    /// The last.
    var last: ExtendedSequenceNumber
    /// Their length in bytes.
    var bytes: Int

    init(_ pending: PendingPacket) {
        next = pending.packet.number
        last = pending.packet.number
        bytes = unsafe pending.bytes.count
    }
}

/// Frames that are spread over time, where the receiver's path has no room for all of their packets at once.
///
///     history of the layer   … 40 41 42 43 44 45
///                                sent ┘ └ next  └ last       what comes late and lies before `next` goes at once
///
/// A packet gets its numbers, its time and its keys when it leaves: until then it is nothing but a number here. A frame that
/// another layer, or other layers within the stream, cut off is not sent to its end.
extension EgressStream {
    /// Sends what may go of a batch, and holds the rest back.
    // Kept out of the walk of all others.
    @inline(never)
    func forwardPaced(
        _ publication: Publication, through outlet: inout Outlet, into batch: EgressBatch, at now: Timestamp
    ) {
        let pacer = peer.bandwidth?.pacer ?? Pacer()
        for place in publication.pending.indices {
            let pending = publication.pending[place]
            if isRestructured(by: pending, of: publication) {
                held = nil
                restart(with: pending, of: publication, through: &outlet, into: batch, at: now)
                continue
            }
            if holds(pending) { continue }
            // Of what comes late the receiver knows already that it is missing.
            if pacer.isEngaged, !pending.isPadding, Int32(pending.packet.layer) == rewriter.flowing,
                pending.packet.highestBefore <= pending.packet.number,
                !pacer.isFree(besides: outlet.bytes, at: now)
            {
                held = HeldPackets(pending)
                continue
            }
            let flowing = rewriter.flowing
            forward(pending, of: publication, through: &outlet, into: batch, at: now)
            // Another layer has begun.
            if rewriter.flowing != flowing { held = nil }
        }
    }

    /// Holds a packet back if its place is behind one that is held.
    func holds(_ pending: PendingPacket) -> Bool {
        guard var held, !pending.isPadding, Int32(pending.packet.layer) == rewriter.flowing,
            pending.packet.number >= held.next
        else { return false }
        held.last = max(held.last, pending.packet.number)
        unsafe held.bytes += pending.bytes.count
        self.held = held
        return true
    }

    /// Whether a packet announces other layers than those of what is held, which could not be read by them.
    private func isRestructured(by pending: PendingPacket, of publication: Publication) -> Bool {
        guard held != nil, pending.packet.dependency?.bringsStructure == true,
            Int32(pending.packet.layer) == rewriter.flowing
        else { return false }
        return publication.layer(serial: pending.packet.layer)?.structure != rewriter.writer.structure
    }

    private func restart(
        with pending: PendingPacket, of publication: Publication, through outlet: inout Outlet, into batch: EgressBatch,
        at now: Timestamp
    ) {
        guard let stream = publication.layer(serial: pending.packet.layer) else { return }
        let reason = restart(at: pending, of: stream, by: &rewriter, through: &outlet, into: batch, at: now)
        if let reason { peer.drops.count(reason) }
    }

    private func forward(
        _ pending: PendingPacket, of publication: Publication, through outlet: inout Outlet, into batch: EgressBatch,
        at now: Timestamp
    ) {
        unsafe withUnsafePointer(to: pending) { pending in
            unsafe forward(
                UnsafeBufferPointer(start: pending, count: 1), of: publication, by: &rewriter, through: &outlet,
                into: batch, at: now)
        }
    }

    /// When the first packet that is held came in; `nil` if none is.
    func heldSince(at now: Timestamp) -> Timestamp? {
        guard let layer, var held else {
            held = nil
            return nil
        }
        while held.next <= held.last {
            if let stored = layer.history.find(held.next, at: now) {
                self.held = held
                return stored.arrival
            }
            // Padding, or missing here too: then it is sent when it comes.
            held.next = held.next.advanced(by: 1)
        }
        self.held = nil
        return nil
    }

    /// Sends the first packet that is held. Ask ``heldSince(at:)`` before.
    func sendHeld(into batch: EgressBatch, at now: Timestamp) {
        guard let publication, let layer, var held, let stored = layer.history.find(held.next, at: now),
            var outlet = peer.makeOutlet()
        else { return stop() }
        let number = held.next
        held.next = number.advanced(by: 1)
        held.bytes = max(held.bytes - stored.length, 0)
        self.held = held.next <= held.last ? held : nil
        var isOfFrame = true
        _ = layer.history.withBytes(of: stored) { bytes in
            guard let packet = layer.reread(bytes, number: number) else { return peer.drops.count(.malformed) }
            isOfFrame = packet.header.timestamp.distance(from: rewriter.frameTimestamp) <= 0
            guard isOfFrame || !isPaused else { return peer.drops.count(.paused) }
            forward(PendingPacket(packet, bytes: bytes), of: publication, through: &outlet, into: batch, at: now)
        }
        finish(outlet, into: batch, at: now)
        guard isPaused || isLettingGo, rewriter.isAtFrameEnd || isPaused && !isOfFrame else { return }
        stop()
        publication.demandChanged = true
    }
}
