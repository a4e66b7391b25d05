/// What a receiver does with what is on one of its slots, as the control plane tells the media plane.
///
/// It belongs to what is on the slot: another publication begins with the default, which is a camera that is shown in any
/// size.
public struct SlotWish: Equatable, Sendable {
    /// What the slot shows.
    public enum Content: Sendable, Equatable {
        /// A camera.
        case camera
        /// A shared screen: served before cameras.
        case screen
    }

    /// How important the owner of the slot's track is to the receiver, most important first.
    public enum Standing: Sendable, Equatable {
        /// In the large picture.
        case onStage
        /// Speaks, or spoke last.
        case speaker
        /// Everybody else.
        case other
    }

    /// What the slot shows; of no meaning for sound.
    public var content: Content
    /// How important it is.
    public var standing: Standing
    /// The place among those of one standing, lowest first.
    public var order: Int
    /// Whether it is to be seen at all. Sound is played all the same.
    public var isVisible: Bool
    /// The shorter side of the picture it is shown in, in pixels; `nil` is any size.
    public var maximumHeight: Int?
    /// Whether the receiver has paused it, sound or picture.
    public var isPaused: Bool

    /// Makes a wish from its parts.
    public init(
        content: Content = .camera, standing: Standing = .other, order: Int = 0, isVisible: Bool = true,
        maximumHeight: Int? = nil, isPaused: Bool = false
    ) {
        self.content = content
        self.standing = standing
        self.order = order
        self.isVisible = isVisible
        self.maximumHeight = maximumHeight
        self.isPaused = isPaused
    }
}

/// Why the server withholds what a receiver would show.
public enum WithholdingReason: String, Sendable, Equatable {
    /// The link to the receiver has no room for it.
    case bandwidth
    /// The server carries as much as it can.
    case serverLoad = "server-load"
}
