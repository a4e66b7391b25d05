internal import RTP
internal import Wire

/// What a relay writes anew for every receiver has to go on as one stream would, whatever is behind it.
extension StreamVerifier {
    /// Compares a complete frame's RTP time and picture numbers with those of the frame before it.
    mutating func checkNumbers(of head: PendingFrame) {
        guard let last else { return }
        let ticks = Int64(head.timestamp.distance(from: last.timestamp))
        let media = MediaClock.interval(ticks, rate: Int64(codec.clockRate))
        let difference = media - (head.sent - last.sent)
        if ticks <= 0 || difference > settings.timestampTolerance
            || Interval.zero - difference > settings.timestampTolerance
        {
            figures.timestampSurprises += 1
        }
        guard !head.isKeyframe, let now = head.pictureNumbers, let before = last.pictureNumbers else { return }
        // Frames that were left out or lost may have had numbers, or may not; so may frames of other sources, to which the
        // relay may have gone and come back.
        let most = Int64(head.frame) - Int64(last.frame) + missingBefore(head)
        let pictures = Int64((now.pictureID &- before.pictureID) & 0x7FFF)
        let layers = Int64(now.tl0PictureIndex &- before.tl0PictureIndex)
        guard head.source == last.source, most > 0, pictures >= 1, pictures <= most, layers >= 1,
            layers <= most || most > 255
        else {
            if head.source == last.source { figures.pictureIDSurprises += 1 }
            return
        }
    }
}
