internal import Congestion
internal import Forwarding
internal import Negotiation
internal import RTP
internal import SRTP
internal import Wire

/// What a receiver is sent again.
extension EgressStream {
    /// Answers one sequence number of a NACK (RFC 4585 §6.2.1), over RTX where the receiver has it.
    func resend(_ wanted: SequenceNumber, into batch: EgressBatch, at now: Timestamp) -> Repair {
        switch rewriter.request(wanted, at: now, roundTrip: peer.roundTrip) {
        case .resend(let entry):
            return send(wanted, made: entry, into: batch, at: now).map { failed($0, of: wanted) } ?? .sent
        case .resendAgain(let entry):
            return send(wanted, made: entry, into: batch, at: now).map { failed($0, of: wanted) } ?? .sentAgain
        case .refuse(.resentTooOften): return failed(.resentTooOften, of: wanted)
        case .refuse(let reason): return .refused(reason, isHopeless: false)
        }
    }

    /// Sends once more what has just been sent again and was lost before: another loss would cost one more round trip.
    func copyRepair(of wanted: SequenceNumber, into batch: EgressBatch, at now: Timestamp) {
        guard rewriter.hasRTX, let entry = rewriter.entry(for: wanted) else { return }
        _ = send(wanted, made: entry, for: .copy, into: batch, at: now)
    }

    private func failed(_ reason: DropReason, of wanted: SequenceNumber) -> Repair {
        let isGone = reason == .notInHistory || reason == .resentTooOften
        return .refused(reason, isHopeless: isGone && kind == .video && !rewriter.isBeforeKeyframe(wanted))
    }

    /// Sends a packet again that was made as `entry` says.
    func send(
        _ wanted: SequenceNumber, made entry: EgressIndex.Entry, for purpose: EgressRewriter.Purpose = .answer,
        into batch: EgressBatch, at now: Timestamp
    ) -> DropReason? {
        guard var outlet = peer.makeOutlet() else { return .transportNotReady }
        defer { peer.takeBack(outlet, from: batch, at: now) }
        guard rewriter.hasRTX else { return rewriter.resendCiphertext(wanted, through: &outlet, into: batch) }
        guard let source = publication?.layer(serial: entry.source),
            let stored = source.history.find(entry.ingress, at: now)
        else { return .notInHistory }
        let result = source.history.withBytes(of: stored) { bytes -> DropReason? in
            guard let packet = source.reread(bytes, number: entry.ingress) else { return .malformed }
            return unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe rewriter.resend(
                    packet, bytes: bytes, made: entry, as: wanted, for: purpose, through: &outlet, into: batch,
                    at: now)
            }
        }
        return result ?? .notInHistory
    }
}

/// What became of a request for a packet.
enum Repair {
    case sent
    /// Sent for the second time or more often: an earlier repair was lost.
    case sentAgain
    /// Not sent; hopeless if only a keyframe helps the receiver now.
    case refused(DropReason, isHopeless: Bool)
}
