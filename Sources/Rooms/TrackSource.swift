/// What a published track shows or carries.
public enum TrackSource: String, CaseIterable, Codable, Sendable {
    case microphone, camera, screen
    case screenAudio = "screen-audio"

    /// The kind of media it is.
    public var kind: TrackKind {
        switch self {
        case .microphone, .screenAudio: .audio
        case .camera, .screen: .video
        }
    }

    /// Which pair of receive slots it belongs on: a person's voice and face on one, a screen and its sound on
    /// another.
    var unit: TrackUnit {
        switch self {
        case .microphone, .camera: .person
        case .screen, .screenAudio: .screen
        }
    }
}

/// Audio or video.
public enum TrackKind: String, CaseIterable, Codable, Sendable {
    case audio, video
}

/// The tracks of a participant that belong together: they share a pair of receive slots, so that browsers
/// keep them in sync.
enum TrackUnit: Hashable, Sendable {
    case person, screen
}
