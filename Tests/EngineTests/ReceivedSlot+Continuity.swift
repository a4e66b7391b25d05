import RTP
import Wire

/// Whether one frame can follow another: numbers, timestamps and references have to run on.
extension ReceivedSlot {
    func checkContinuity(of frame: Frame, after last: Frame) {
        let content = frame.content
        // A layer that was paused, by its publisher or by its receiver, begins anew with a keyframe; what passed meanwhile is
        // nobody's loss.
        let wasPaused =
            content.frame > last.content.frame + 1 || content.capture - last.content.capture > 1_000_000_000
        let beginsAnew = content.isKeyframe && wasPaused && !hasSkipped
        let isSameRun =
            !beginsAnew &&
            content.source == last.content.source && content.layer == last.content.layer
            && frame.turn == last.turn && frame.codec == last.codec
            && content.frame / FramePayload.framesOfOneStream == last.content.frame
                / FramePayload.framesOfOneStream
        if !hasSkipped {
            if !isSameRun, !content.isKeyframe {
                complain("source \(content.source) begins without a keyframe")
            }
            // Temporal layers may be left out; what is sent refers to what was.
            let isNext = content.frame == last.content.frame + 1
            let hasReference =
                section.kind == .audio || content.reference == content.frame &- 1
                ? isNext : needsKeyframe || decoded.contains(content.reference)
            let hasLower = content.lower == content.frame || needsKeyframe || decoded.contains(content.lower)
            if isSameRun, !content.isKeyframe, !hasReference || !hasLower {
                complain(
                    "frame \(content.frame) refers to none that is there: the last was \(last.content.frame)"
                )
            }
            checkReferences(of: frame, after: last)
        }
        checkTimestamp(of: frame, after: last, isSameRun: isSameRun)
        if frame.codec == .vp9, last.codec == .vp9 { checkPictures(of: frame, after: last, isSameRun: isSameRun) }
        guard let picture = frame.pictureID, let lastPicture = last.pictureID, let tl0 = frame.tl0,
            let lastTL0 = last.tl0, let key = frame.keyIndex, let lastKey = last.keyIndex
        else { return }
        let pictures = (picture &- lastPicture) & 0x7FFF
        let tl0s = tl0 &- lastTL0
        let keys = (key &- lastKey) & 0x1F
        // A frame that came too late to be left out without a trace has left its number.
        let mayBeMissing = fillersSinceFrame > 0 && pictures <= 1 + UInt16(fillersSinceFrame)
        if isSameRun, !hasSkipped || content.frame > last.content.frame {
            // With a loss in between a run may have been left and come back to; it is then one of two.
            if pictures != 1, !hasSkipped, !mayBeMissing { complain("picture \(lastPicture) → \(picture)") }
            if tl0s != (frame.temporalID == 0 ? 1 : 0), !hasSkipped { complain("TL0PICIDX \(lastTL0) → \(tl0)") }
        } else if !hasSkipped {
            if pictures != 1 && !mayBeMissing || tl0s != 1 {
                complain("change of source: picture +\(pictures), TL0PICIDX +\(tl0s)")
            }
        }
        if hasSkipped, !(1...400).contains(pictures), interruptions.isEmpty {
            complain("picture +\(pictures) after a loss")
        }
        if !hasSkipped, keys != (content.isKeyframe ? 1 : 0) { complain("KEYIDX +\(keys)") }
    }

    /// Frames by the dependency descriptor: each refers to frames that are there, under the numbers they have here.
    private func checkReferences(of frame: Frame, after last: Frame) {
        guard let number = frame.number, let references = frame.references, !needsKeyframe else { return }
        for difference in UInt16(1)...64 where references.near & 1 << UInt64(difference - 1) != 0 {
            guard !decodedNumbers.contains(number &- difference) else { continue }
            complain("frame number \(number) refers to \(number &- difference), which is not there")
        }
        guard let lastNumber = last.number, last.codec == frame.codec else { return }
        let isOther = last.content.source != frame.content.source
        if isOther && number != lastNumber &+ 1 || !(1...400).contains(number &- lastNumber) {
            complain("frame number \(lastNumber) → \(number)" + (isOther ? " over a change of source" : ""))
        }
    }

    /// VP9's picture numbers: the next one after a change, as far on as the pictures within a stream.
    private func checkPictures(of frame: Frame, after last: Frame, isSameRun: Bool) {
        guard let picture = frame.pictureID, let lastPicture = last.pictureID, !hasSkipped else { return }
        let step = (picture &- lastPicture) & 0x7FFF
        let isSamePicture = isSameRun && frame.timestamp == last.timestamp
        let isOther = frame.content.source != last.content.source || frame.content.layer != last.content.layer
        if isSamePicture ? step != 0 : isOther && step != 1 || !(1...400).contains(step) {
            complain("VP9 picture \(lastPicture) → \(picture)")
        }
    }

    private func checkTimestamp(of frame: Frame, after last: Frame, isSameRun: Bool) {
        let rate: Double = section.kind == .audio ? 48_000 : 90_000
        let step = Double(frame.timestamp.distance(from: last.timestamp))
        if isSameRun, !hasSkipped {
            let expected = Double(frame.content.capture - last.content.capture) * rate / 1e9
            if abs(step - expected) > 2 { complain("timestamp +\(step), captured +\(expected)") }
        } else {
            // The last frame may have arrived only just now, repaired, and so may this one at the server.
            let passed = Double(frame.arrival.nanoseconds - last.content.capture) * rate / 1e9
            // Of one picture some frames may be lost.
            let isSamePicture =
                frame.content.source == last.content.source && frame.content.capture == last.content.capture
            if step < 0 || step == 0 && !isSamePicture { complain("timestamp \(step) over a change of source") }
            if step > max(passed, 0) + rate {
                complain("timestamp +\(step) over a change, in a time of \(passed)")
            }
        }
    }
}
