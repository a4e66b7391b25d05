internal import LoadClient
internal import LoadMedia
internal import RTP
internal import Wire

/// One stream that a participant sends: its source, and the client's stream it goes out on.
final class OutgoingStream {
    private enum Source {
        case audio(SyntheticAudio)
        case video(SyntheticVideo)
    }

    private let place: Int
    private var source: Source
    private var payload: [UInt8] = []
    /// When the source has something next.
    private(set) var nextDue = Timestamp.distantFuture
    private var hasBegun = false

    init(_ place: Int, _ stream: LoadClient.Stream, _ shape: MediaShape, id: MediaMark.StreamID, seed: UInt64) {
        self.place = place
        payload.reserveCapacity(1_500)
        if stream.track.kind == .audio {
            source = .audio(SyntheticAudio(stream: id, seed: seed))
        } else {
            let layer = shape.layer(rid: stream.encoding.rid)
            source = .video(SyntheticVideo(layer.format, stream: id, layer: layer.number, seed: seed))
        }
    }

    /// Frames made so far.
    var framesSent: UInt64 {
        switch source {
        case .audio(let audio): audio.packets
        case .video(let video): video.frames
        }
    }

    /// Frames that were left out because this thread came too late for them.
    var framesSkipped: UInt64 {
        switch source {
        case .audio(let audio): audio.skippedPackets
        case .video(let video): video.skippedFrames
        }
    }

    /// Begins to send, once the transport is up.
    func begin(at now: Timestamp) {
        guard !hasBegun else { return }
        hasBegun = true
        switch source {
        case .audio(var audio):
            audio.begin(at: now)
            source = .audio(audio)
            nextDue = audio.nextDue
        case .video(var video):
            video.begin(at: now)
            source = .video(video)
            nextDue = video.nextDue
        }
    }

    func requestKeyframe() {
        guard case .video(var video) = source else { return }
        video.requestKeyframe()
        source = .video(video)
    }

    /// Sends what is due.
    func send(with client: LoadClient, at now: Timestamp, figures: inout LoopFigures) {
        figures.lateness.record(now - nextDue)
        switch source {
        case .audio(var audio):
            while let packet = audio.nextPacket(at: now, into: &payload) { send(packet, with: client, at: now) }
            nextDue = audio.nextDue
            source = .audio(audio)
        case .video(var video):
            while let packet = video.nextPacket(at: now, into: &payload) { send(packet, with: client, at: now) }
            nextDue = video.nextDue
            source = .video(video)
        }
    }

    private func send(_ packet: SyntheticPacket, with client: LoadClient, at now: Timestamp) {
        // A local copy: the span of a stored property may not be lent while the client runs.
        let payload = payload
        client.send(
            payload.span, on: place, timestamp: packet.timestamp, marker: packet.marker,
            audioLevel: packet.audioLevel, at: now)
    }
}
