internal import RTP
internal import Wire

/// Frames that have been judged lately: to tell a packet that comes twice from one that comes too late.
struct PastFrames {
    /// What a packet from before turned out to be.
    enum Arrival: Equatable {
        case duplicate
        case pieceOfLost
        /// The last piece of a frame that had been given up.
        case completed(wasCorrupt: Bool)
    }

    private struct Key: Equatable {
        var source: PendingFrame.Source
        var frame: UInt32
    }

    private var complete: [Key] = []
    private var nextComplete = 0
    private var lost: [(frame: PendingFrame, wasCorrupt: Bool)] = []

    private static let completeCapacity = 128
    private static let lostCapacity = 32

    mutating func noteComplete(_ frame: PendingFrame) {
        let key = Key(source: frame.source, frame: frame.frame)
        if complete.count < Self.completeCapacity {
            complete.append(key)
        } else {
            complete[nextComplete] = key
            nextComplete = (nextComplete + 1) % Self.completeCapacity
        }
    }

    mutating func noteLost(_ frame: PendingFrame, wasCorrupt: Bool) {
        if lost.count >= Self.lostCapacity { lost.removeFirst() }
        lost.append((frame, wasCorrupt))
    }

    mutating func receive(
        _ mark: MediaMark, _ numbers: MarkedPayload.PictureNumbers?, first: ExtendedSequenceNumber,
        timestamp: RTPTimestamp, at now: Timestamp
    ) -> Arrival {
        let key = Key(source: .init(stream: mark.stream, layer: mark.layer), frame: mark.frame)
        if complete.contains(key) { return .duplicate }
        let index: Int
        if let known = lost.firstIndex(where: { $0.frame.isSameFrame(as: mark) }) {
            index = known
        } else {
            noteLost(PendingFrame(mark, numbers, first: first, timestamp: timestamp, at: now), wasCorrupt: false)
            index = lost.count - 1
        }
        guard lost[index].frame.packets.insert(Int(mark.packet)) else { return .duplicate }
        guard lost[index].frame.isComplete else { return .pieceOfLost }
        let done = lost.remove(at: index)
        noteComplete(done.frame)
        return .completed(wasCorrupt: done.wasCorrupt)
    }
}
