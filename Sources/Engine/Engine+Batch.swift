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
            while pendingReceiver < publication.receivers.count {
                if egress.count >= configuration.egressBurst { return true }
                let receiver = publication.receivers[pendingReceiver]
                receiver.forwardPending(of: publication, into: egress, at: now)
                if receiver.peer.wantsBandwidth { startBandwidth(of: receiver.peer, at: now) }
                if receiver.wantsKeyframe, let layer = receiver.target ?? receiver.layer {
                    receiver.wantsKeyframe = false
                    wishKeyframe(of: layer, reason: .layerSwitch, at: now)
                }
                if receiver.wantsReport {
                    receiver.wantsReport = false
                    setTimer(\.nextReport, of: receiver.peer, to: now)
                }
                pendingReceiver += 1
            }
            pendingPublications.removeLast()
            pendingReceiver = 0
            publication.pending.removeAll(keepingCapacity: true)
            if publication.demandChanged { updateDemand(of: publication, at: now) }
        }
        return false
    }
}
