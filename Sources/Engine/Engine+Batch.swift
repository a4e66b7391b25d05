internal import Forwarding
internal import Negotiation
internal import RTP
public import Wire

/// The end of a batch of packets: each receiver is sent its part.
extension Engine {
    /// Lets a packet wait for the end of its batch.
    @inline(__always)
    func enqueue(_ packet: PendingPacket, of publication: Publication) {
        guard !publication.receivers.isEmpty else { return }
        if publication.pending.isEmpty { pendingPublications.append(publication) }
        publication.pending.append(packet)
    }

    /// Sends the packets of the batch to their receivers: all of them to one receiver, then to the next.
    ///
    /// - Returns: true when `egress` is full enough to be sent first; send it and call again. False when everything has
    ///   been dealt with, and the memory of the batch's datagrams may be used again.
    public func forwardPending(at now: Timestamp) -> Bool {
        while let publication = pendingPublications.last {
            if loadLevel == .soundOnly, publication.section.kind == .video {
                pause(publication)
                pendingReceiver = publication.receivers.count
            }
            if pendingReceiver == 0 { publication.evenOutPending() }
            while pendingReceiver < publication.receivers.count {
                if egress.count >= configuration.egressBurst { return true }
                let receiver = publication.receivers[pendingReceiver]
                receiver.forwardPending(of: publication, into: egress, at: now)
                if receiver.peer.isPaced { planRelease(of: receiver.peer, at: now) }
                followUp(receiver, at: now)
                pendingReceiver += 1
            }
            pendingPublications.removeLast()
            pendingReceiver = 0
            publication.pending.removeAll(keepingCapacity: true)
            if publication.demandChanged { updateDemand(of: publication, at: now) }
        }
        return false
    }

    /// Does what a slot wants done after it has sent something.
    @inline(__always)
    func followUp(_ receiver: EgressStream, at now: Timestamp) {
        if receiver.peer.wantsBandwidth { startBandwidth(of: receiver.peer, at: now) }
        if receiver.wantsKeyframe, let layer = receiver.target ?? receiver.layer {
            receiver.wantsKeyframe = false
            wishKeyframe(of: layer, reason: .layerSwitch, at: now)
        }
        if receiver.wantsReport {
            receiver.wantsReport = false
            setTimer(\.nextReport, of: receiver.peer, to: now)
        }
    }
}

extension Publication {
    /// Padding that is worth a send, in bytes.
    private static let mostPadding = 8

    /// Has the packets of a frame padded to the length of the longest behind them (RFC 3550 §5.1), where it is a few bytes.
    ///
    /// Encoders split a frame into packets nearly equal, the last ones a byte longer. The kernel cuts one send into datagrams
    /// of one length, of which only the last may be shorter, so that byte would cost every receiver a second send. Decided
    /// once a batch for all of them; a receiver's own header changes the lengths of a frame's packets alike.
    func evenOutPending() {
        guard section.kind == .video, pending.count > 1 else { return }
        var length = pending[pending.count - 1].packet.header.payloadRange.count
        for place in stride(from: pending.count - 2, through: 0, by: -1) {
            let own = pending[place].packet.header.payloadRange.count
            let missing = length - own
            if missing > 0, missing <= Self.mostPadding, !pending[place].isPadding,
                pending[place].packet.isSent(like: pending[place + 1].packet)
            {
                pending[place].packet.padding = UInt8(truncatingIfNeeded: missing)
            } else {
                length = own
            }
        }
    }
}

extension MediaPacket {
    /// Whether whoever is sent both is sent them with headers of one length.
    fileprivate func isSent(like other: MediaPacket) -> Bool {
        layer == other.layer && (orientation == nil) == (other.orientation == nil)
            && dependencyDescriptor.count == other.dependencyDescriptor.count
    }
}
