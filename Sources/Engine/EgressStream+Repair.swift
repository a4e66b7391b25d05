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
        let fate = fateOfRepair(of: wanted, at: now)
        if fate == .received { return .refused(.resentTooSoon) }
        let answer: Repair
        let entry: EgressIndex.Entry
        switch rewriter.request(wanted, at: now, roundTrip: peer.repairTime) {
        case .resend(let found): (entry, answer) = (found, .sent)
        // Whether the answer is lost, or has crossed with a receiver that is impatient, feedback may not have told yet.
        case .resendAgain(let found): (entry, answer) = (found, fate == .unknown ? .sentOnSuspicion : .sentAgain)
        case .refuse(let reason): return .refused(reason)
        }
        if owes(wanted, at: now) { return .sent }
        return send(wanted, made: entry, into: batch, at: now).map { .refused($0) } ?? answer
    }

    /// Repairs that wait at most: what a receiver misses of a keyframe and the frames behind it. More go at once.
    private static let mostOwed = 128

    /// Lets a repair wait for its turn where the path has no room for it, as the packets of frames do: sent in between, it
    /// would push one of those out, or sound.
    private func owes(_ wanted: SequenceNumber, at now: Timestamp) -> Bool {
        guard kind == .video, peer.isPaced, rewriter.writer.hasRTX, let pacer = peer.bandwidth?.pacer, pacer.isEngaged
        else { return false }
        if owed.contains(wanted) { return true }
        guard owed.count < Self.mostOwed, !owed.isEmpty || !pacer.isFree(at: now) else { return false }
        owed.append(wanted)
        return true
    }

    /// Sends the first of the repairs that wait.
    func sendOwed(into batch: EgressBatch, at now: Timestamp) {
        let wanted = owed.removeFirst()
        // A keyframe that has gone out meanwhile does without it.
        guard !rewriter.isBeforeKeyframe(wanted) else { return }
        guard let entry = rewriter.entry(for: wanted) else { return peer.drops.count(.notInHistory) }
        if let reason = send(wanted, made: entry, into: batch, at: now) { peer.drops.count(reason) }
    }

    /// What became of the last answer to a request for `wanted`; `nil` if there was none, or it is long ago.
    private func fateOfRepair(of wanted: SequenceNumber, at now: Timestamp) -> SentPacketLog.Fate? {
        guard let bandwidth = peer.bandwidth,
            let number = repairs.last(wanted, within: (peer.repairTime ?? .milliseconds(100)) * 2, at: now)
        else { return nil }
        return bandwidth.estimator.fate(of: number)
    }

    /// Sends once more what has just been sent again and was lost before: another loss would cost one more round trip.
    /// Not where packets are lost for want of room: it would take that of another.
    func copyRepair(of wanted: SequenceNumber, into batch: EgressBatch, at now: Timestamp) {
        guard !peer.isPaced, rewriter.writer.hasRTX, let entry = rewriter.entry(for: wanted) else { return }
        _ = send(wanted, made: entry, for: .copy, into: batch, at: now)
    }

    /// Whether only a keyframe helps a receiver that has just asked for `wanted`: the packet is gone, or has been asked for so
    /// often that the receiver will soon give it up, and then wait for seconds.
    func isHopeless(_ wanted: SequenceNumber, after repair: Repair) -> Bool {
        guard kind == .video, !rewriter.isBeforeKeyframe(wanted), rewriter.entry(for: wanted)?.isFiller != true else {
            return false
        }
        if case .refused(.notInHistory) = repair, rewriter.entry(for: wanted) != nil { return true }
        return rewriter.index.requests(for: wanted) >= Self.patienceOfReceivers
    }

    /// Whether a packet has never been sent, and a keyframe behind it neither: it may be missing here too.
    func isUnsent(_ wanted: SequenceNumber) -> Bool {
        kind == .video && rewriter.entry(for: wanted) == nil && !rewriter.isBeforeKeyframe(wanted)
    }

    /// Counts a request for a packet that has never been sent, the first such of a NACK.
    /// - Returns: whether it has been asked for so often that it will be given up.
    func isAskedInVain(for wanted: SequenceNumber) -> Bool {
        vainRequests = (wanted, vainRequests.number == wanted ? vainRequests.count + 1 : 1)
        return vainRequests.count >= Self.patienceOfReceivers
    }

    /// Requests for one packet. Browsers give up after ten.
    private static let patienceOfReceivers = 8

    /// Sends a packet again that was made as `entry` says.
    func send(
        _ wanted: SequenceNumber, made entry: EgressIndex.Entry, for purpose: PacketWriter.Purpose = .answer,
        into batch: EgressBatch, at now: Timestamp
    ) -> DropReason? {
        guard var outlet = peer.makeOutlet() else { return .transportNotReady }
        defer { peer.takeBack(outlet, from: batch, at: now) }
        guard rewriter.writer.hasRTX else {
            return rewriter.writer.resendCiphertext(wanted, through: &outlet, into: batch)
        }
        if entry.isFiller { return rewriter.refill(wanted, for: purpose, through: &outlet, into: batch) }
        guard let source = publication?.layer(serial: entry.source),
            let stored = source.history.find(entry.ingress, at: now)
        else { return .notInHistory }
        let number = outlet.transportNumber
        let result = source.history.withBytes(of: stored) { bytes -> DropReason? in
            guard let packet = source.reread(bytes, number: entry.ingress) else { return .malformed }
            return unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe rewriter.resend(
                    packet, bytes: bytes, made: entry, as: wanted, for: purpose, through: &outlet, into: batch,
                    at: now)
            }
        }
        if outlet.transportNumber != number { repairs.note(wanted, under: SequenceNumber(number), at: now) }
        return result ?? .notInHistory
    }
}

/// What became of a request for a packet.
enum Repair {
    case sent
    /// Sent once more, though the last one may have come and crossed with the request.
    case sentOnSuspicion
    /// Sent for the second time or more often, and the last one was lost.
    case sentAgain
    case refused(DropReason)
}
