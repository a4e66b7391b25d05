internal import LoadMedia
internal import RTP

/// Frames, of all sources and all verifiers together.
struct MediaTotals: Sendable {
    var framesSent: UInt64 = 0
    /// Frames that were left out because a media thread came too late for them.
    var framesSkipped: UInt64 = 0
    /// Tracks that were on a slot and sent by somebody, and of which nothing came.
    var silences: UInt64 = 0
    var audio = StreamVerifier.Figures()
    var video = StreamVerifier.Figures()

    mutating func add(_ slot: IncomingSlot) {
        silences &+= slot.silences
        if slot.kind == .audio { audio += slot.figures } else { video += slot.figures }
    }

    mutating func add(_ other: MediaTotals) {
        framesSent &+= other.framesSent
        framesSkipped &+= other.framesSkipped
        silences &+= other.silences
        audio += other.audio
        video += other.video
    }

    /// What was added since `earlier`.
    func since(_ earlier: MediaTotals) -> MediaTotals {
        var difference = self
        difference.framesSent = max(framesSent, earlier.framesSent) - earlier.framesSent
        difference.framesSkipped = max(framesSkipped, earlier.framesSkipped) - earlier.framesSkipped
        difference.silences = max(silences, earlier.silences) - earlier.silences
        difference.audio = audio.since(earlier.audio)
        difference.video = video.since(earlier.video)
        return difference
    }

    /// Sound and pictures together.
    var all: StreamVerifier.Figures {
        var sum = audio
        sum += video
        return sum
    }
}
