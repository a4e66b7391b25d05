/// What sending a track with one target costs at present.
public struct LayerRate: Equatable, Sendable {
    /// The highest bit rate that is believed, in bits a second: more than any link has. Keeps sums within 64 bits.
    public static let highestRate: UInt64 = 1 << 40

    /// What is sent.
    public var target: LayerTarget
    /// All that is sent with the target, in bits a second, headers included: the sum over the layers below it where they
    /// build on each other, the one stream's rate where they do not. Measured over the last second; zero for a layer that
    /// is not produced.
    public var bitsPerSecond: UInt64
    /// The picture's shorter side in pixels; `nil` if nobody said.
    public var height: Int?

    /// Makes a rate from its parts.
    public init(target: LayerTarget, bitsPerSecond: UInt64, height: Int? = nil) {
        self.target = target
        self.bitsPerSecond = min(bitsPerSecond, Self.highestRate)
        self.height = height
    }
}

/// One track that a receiver could be sent, as the ``BitrateAllocator`` needs to know it.
public struct TrackDemand<ID: Hashable & Comparable & Sendable>: Sendable {
    /// What the track shows or says.
    public enum Content: UInt8, Sendable {
        /// A microphone, or a screen's sound.
        case audio
        /// A shared screen: sharpness before smoothness.
        case screen
        /// A camera.
        case camera
    }

    /// The place of a track's owner among the receiver's, most important first.
    public enum Standing: UInt8, Comparable, Sendable {
        /// The receiver has put them in the large picture.
        case onStage
        /// They speak, or spoke last.
        case speaker
        /// Everybody else.
        case other

        public static func < (left: Standing, right: Standing) -> Bool { left.rawValue < right.rawValue }
    }

    /// What the receiver does with the track.
    public enum Wish: Equatable, Sendable {
        /// It plays or shows it, in a picture whose shorter side is at most so many pixels; `nil` is any size. The
        /// smallest picture there is counts as small enough.
        case shown(maximumHeight: Int?)
        /// It does not show it at the moment: scrolled away, or beyond the last N. Sound is played all the same.
        case hidden
        /// It has paused it.
        case paused
    }

    /// Which track.
    public var id: ID
    /// What it carries.
    public var content: Content
    /// How important its owner is.
    public var standing: Standing
    /// The place among those of the same standing, lowest first: for speakers, who spoke last. Ties go by `id`.
    public var order: Int
    /// What the receiver wants of it.
    public var wish: Wish
    /// What can be sent of it; for audio, one entry.
    public var layers: [LayerRate]
    /// Whether its publisher sends larger layers that this receiver cannot take.
    public var isLimitedByFormat = false
    /// Whether it is a voice that is not among the loudest of its room, and not sent for that.
    public var isQuieter = false
    /// The largest layer that the receiver would show, if it does not arrive whole from its publisher and is not in `layers`.
    public var incomplete: Incomplete?

    /// A layer that does not arrive whole.
    public struct Incomplete: Equatable, Sendable {
        /// The picture's shorter side in pixels; `nil` if nobody said.
        public var height: Int?

        /// Makes it from its part.
        public init(height: Int?) { self.height = height }
    }

    /// Makes a demand from its parts.
    public init(
        id: ID, content: Content, standing: Standing = .other, order: Int = 0,
        wish: Wish = .shown(maximumHeight: nil), layers: [LayerRate]
    ) {
        self.id = id
        self.content = content
        self.standing = standing
        self.order = order
        self.wish = wish
        self.layers = layers
    }

    /// Whether `left` is served before `right`: screens, who is on stage, speakers, the rest.
    static func isServedBefore(_ left: TrackDemand, _ right: TrackDemand) -> Bool {
        if left.content != right.content { return left.content.rawValue < right.content.rawValue }
        if left.standing != right.standing { return left.standing < right.standing }
        return left.order != right.order ? left.order < right.order : left.id < right.id
    }
}
