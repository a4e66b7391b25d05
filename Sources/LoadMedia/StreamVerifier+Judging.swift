internal import RTP
internal import Wire

/// Frames are judged in the order of their sequence numbers, each when all before it have been.
extension StreamVerifier {
    mutating func judge(at now: Timestamp) {
        while let head = pending.first {
            if expected == nil, !head.isKeyframe, now < head.seen + settings.reorderWindow, pending.count < 64 {
                // A slot begins with a keyframe: it may have been overtaken.
                return
            }
            // A flood of packets that fit nowhere must not make the list grow.
            let isOverfull = pending.count > Self.longestList
            if isBehindGap(head) {
                guard isOverfull || now >= head.seen + settings.reorderWindow else { return }
                declareGap(before: head)
            }
            if head.isComplete {
                judgeComplete(head, at: now)
            } else if isCut(head) {
                figures.abandoned += 1
                past.noteComplete(head)
                isDecoding = false
                last = head
                expected = pending[1].first
            } else if isOverfull || now >= head.progress + settings.reorderWindow && !mayStillEnd(head) {
                judgeIncomplete(head)
            } else {
                return
            }
            pending.removeFirst()
        }
    }

    /// Whether numbers are missing between what was judged last and this frame.
    func isBehindGap(_ head: PendingFrame) -> Bool {
        guard let expected else { return false }
        return missing(from: expected, to: head.first) > 0
    }

    /// How many numbers of a range had no packet; negative when the range is.
    private func missing(from start: ExtendedSequenceNumber, to end: ExtendedSequenceNumber) -> Int64 {
        let distance = end.distance(from: start)
        guard distance > 0, !emptyNumbers.isEmpty else { return distance }
        return distance - Int64(emptyNumbers.count { $0 >= start && $0 < end })
    }

    /// How many numbers are missing between the frame that was judged last and this one. Nobody knows what they were of.
    func missingBefore(_ head: PendingFrame) -> Int64 {
        last.map { max(missing(from: $0.end, to: head.first), 0) } ?? 0
    }

    /// Whether the frame is the newest and nothing of it is missing but its end: the sender may have been stopped.
    func mayStillEnd(_ head: PendingFrame) -> Bool { pending.count == 1 && head.hasNoHole }

    /// Whether the relay went over to another source within the frame: a keyframe of that has the number that the frame's
    /// next packet should have, or the one after it, left free to show that the frame does not go on. No decoder waits for
    /// it: a keyframe needs nothing of what precedes it.
    private func isCut(_ head: PendingFrame) -> Bool {
        guard pending.count > 1, pending[1].isKeyframe, pending[1].isComplete, head.hasNoHole else { return false }
        switch pending[1].first.distance(from: head.first) - Int64(head.packets.count) {
        case 0: return pending[1].first < head.end
        case 1: return pending[1].source != head.source
        default: return false
        }
    }

    /// Gives up the numbers before `head`, and the frames that were in them.
    mutating func declareGap(before head: PendingFrame) {
        guard let expected, head.first > expected else { return }
        defer { self.expected = head.first }
        // A relay may leave numbers out when it changes the source.
        guard let last, last.source == head.source else { return }
        let missing = self.missing(from: expected, to: head.first)
        figures.missingPackets &+= UInt64(clamping: missing)
        // A frame has a packet at least.
        let frames = min(Int64(head.frame) - Int64(last.frame) - 1, missing)
        guard frames > 0 else { return }
        let corrupt = min(frames, Int64(corruptNumbers.count { $0 >= expected && $0 < head.first }))
        figures.corrupt &+= UInt64(corrupt)
        figures.lost &+= UInt64(frames - corrupt)
        isDecoding = false
    }

    mutating func judgeIncomplete(_ head: PendingFrame) {
        let isCorrupt = corruptNumbers.contains {
            $0 >= head.first && $0 < head.end && !head.packets.contains(Int($0.distance(from: head.first)))
        }
        if isCorrupt { figures.corrupt += 1 } else { figures.lost += 1 }
        figures.missingPackets &+= UInt64(clamping: head.packetCount - head.packets.count)
        past.noteLost(head, wasCorrupt: isCorrupt)
        noteChange(to: head)
        isDecoding = false
        pass(head, end: pending.count > 1 ? min(head.end, pending[1].first) : head.end)
    }

    mutating func judgeComplete(_ head: PendingFrame, at now: Timestamp) {
        past.noteComplete(head)
        let isChange = noteChange(to: head)
        if let last, !isChange {
            if head.frame <= last.frame {
                figures.sequenceSurprises += 1
            } else if missing(from: last.end, to: head.first) <= 0 {
                figures.withheld &+= UInt64(head.frame - last.frame - 1)
            }
        }
        checkNumbers(of: head)
        let follows = isDecoding && !isChange && head.reference == last?.frame
        if head.isKeyframe || follows {
            isDecoding = true
            figures.complete += 1
            show(head, isChange: isChange, at: now)
        } else {
            isDecoding = false
            figures.undecodable += 1
        }
        pass(head, end: head.end)
    }

    private mutating func show(_ head: PendingFrame, isChange: Bool, at now: Timestamp) {
        if head.isKeyframe, codec.kind == .video {
            figures.keyframes += 1
            if firstKeyframe == nil { firstKeyframe = now }
        }
        if isChange {
            lastChange = now
            if last?.source.stream != head.source.stream { playback.restart() }
        }
        guard let threshold = settings.freezeThreshold else { return }
        let ticks = isChange ? nil : last.map { Int64(head.timestamp.distance(from: $0.timestamp)) }
        let mediaTime = ticks.map { MediaClock.interval($0, rate: Int64(codec.clockRate)) }
        if let gap = playback.show(at: now, sinceLast: mediaTime, threshold: threshold) { countFreeze(gap) }
    }

    mutating func countFreeze(_ gap: Interval) {
        figures.freezes += 1
        figures.frozen = figures.frozen + gap
        figures.longestFreeze = max(figures.longestFreeze, gap)
    }

    /// Counts a change of source; says whether there is one. The slot's first source is one that needs no counting.
    @discardableResult
    private mutating func noteChange(to head: PendingFrame) -> Bool {
        guard let last else {
            if !head.isKeyframe, codec.kind == .video { figures.changesWithoutKeyframe += 1 }
            return true
        }
        guard last.source != head.source else { return false }
        if last.source.stream == head.source.stream { figures.layerSwitches += 1 } else { figures.sourceChanges += 1 }
        // Of a keyframe all of whose packets are lost nothing is known but their numbers. One number is left free for a frame
        // that was cut off.
        if !head.isKeyframe, missingBefore(head) <= 1 { figures.changesWithoutKeyframe += 1 }
        return true
    }

    private mutating func pass(_ head: PendingFrame, end: ExtendedSequenceNumber) {
        last = head
        expected = expected.map { max($0, end) } ?? end
        emptyNumbers.removeAll { $0 < end }
        corruptNumbers.removeAll { $0 < end }
    }
}
