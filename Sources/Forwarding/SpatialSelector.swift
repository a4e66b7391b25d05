public import Wire

/// Chooses, by the VP9 payload descriptor, which spatial layers of one stream a receiver is sent (RFC 9628 §4.2). For
/// publishers that write no dependency descriptor, which says more (``DependencySelector``).
///
/// A receiver is on one spatial layer. It is sent that layer's frames and those of lower layers which a higher one of the
/// same picture refers to; where spatial layers depend on each other in keyframes only, that is one frame a picture. To
/// another layer it changes with a frame that its decoder can follow: one that refers only to frames that were sent. Where
/// none comes, ``needsKeyframe`` says that one is wanted.
///
/// Temporal layers are the ``TemporalSelector``'s: what it leaves out is not shown to this one. Decisions are for frames;
/// every packet of a frame gets the same, late ones too.
public struct SpatialSelector: Sendable {
    /// What a packet's descriptor says of its frame.
    public struct Frame: Equatable, Sendable {
        /// The spatial layer, 0 to 7.
        public var spatialID: UInt8
        /// Whether it refers to an earlier picture (P).
        public var isInterPicturePredicted: Bool
        /// Whether it refers to the next lower layer of its picture (D).
        public var isInterLayerPredicted: Bool
        /// Whether a higher layer of its picture may refer to it (not Z).
        public var isUpperReference: Bool
        /// Whether the packet is the last of the frame (E).
        public var endsFrame: Bool

        /// Makes a frame's description.
        public init(
            spatialID: UInt8, isInterPicturePredicted: Bool, isInterLayerPredicted: Bool, isUpperReference: Bool,
            endsFrame: Bool
        ) {
            self.spatialID = spatialID & 7
            self.isInterPicturePredicted = isInterPicturePredicted
            self.isInterLayerPredicted = isInterLayerPredicted && spatialID > 0
            self.isUpperReference = isUpperReference
            self.endsFrame = endsFrame
        }
    }

    /// What becomes of a packet.
    public struct Verdict: Equatable, Sendable {
        /// Whether it is sent.
        public var isSent: Bool
        /// Whether it came so late that nobody knows any more whether the rest of its frame was sent.
        public var isForgotten = false
        /// Whether it is the last that is sent of its picture, because the layers above are not: it gets the marker.
        public var endsPicture = false
    }

    /// One picture: which layers' frames were decided on and sent, a bit each.
    private struct Picture {
        var timestamp = RTPTimestamp(0)
        var known: UInt8 = 0
        var sent: UInt8 = 0
        /// Whether it depends on no picture before it.
        var isKey = false
        /// The layer that was sent when the next picture began.
        var layer: UInt8 = 0
    }

    /// After so many pictures without the layer that is sent the publisher has given it up: a third of a second at 30 frames
    /// a second. A layer may be left out of a picture now and then.
    private static let longestAbsence = 10

    /// The highest spatial layer that shall be sent.
    public var target: UInt8 = .max {
        didSet { if target != oldValue { needsKeyframe = false } }
    }
    /// The highest spatial layer that is sent.
    public private(set) var current: UInt8 = 0
    /// Whether a frame came with which the stream could have come nearer to the target, and the receiver lacks what it
    /// refers to.
    public private(set) var needsKeyframe = false
    /// The layers of which everything has been sent since a frame that refers to no picture before it, a bit each.
    private var intact: UInt8 = 0
    /// The layers that may lack something that has not come yet: when it does it is too late to be judged by. A bit each.
    private var unsure: UInt8 = 0
    /// The last pictures; as many as packets that are late may belong to.
    private var pictures: [16 of Picture] = .init(repeating: Picture())
    private var newest = 0
    private var isStarted = false
    private var absence = 0

    /// Makes a selector that sends everything.
    public init() {}

    /// Begins with another stream, at a keyframe.
    public mutating func restart() {
        current = 0
        needsKeyframe = false
        intact = 0
        unsure = 0
        isStarted = false
        absence = 0
    }

    /// Takes that there are packets before the next one which have not come. Those of the layer that is sent will be sent when
    /// they do; whether those of another one will, the next of its frames shows.
    public mutating func noteGap() { unsure = ~(1 << current) }

    /// Decides on a packet of the picture with the RTP timestamp `timestamp`.
    public mutating func decide(on frame: Frame, timestamp: RTPTimestamp) -> Verdict {
        let place: Int
        if let found = find(timestamp) {
            place = found
        } else if !isStarted || timestamp.distance(from: pictures[newest].timestamp) > 0 {
            begin(Picture(timestamp: timestamp, isKey: frame.spatialID == 0 && !frame.isInterPicturePredicted))
            place = newest
        } else if let recalled = recall(timestamp) {
            place = recalled
        } else {
            return Verdict(isSent: false, isForgotten: true)
        }
        let bit: UInt8 = 1 << frame.spatialID
        if frame.spatialID == 0, !frame.isInterPicturePredicted, !pictures[place].isKey { noteKey(place) }
        if pictures[place].known & bit == 0 {
            let isSent =
                place == newest
                ? take(frame, in: pictures[place]) : isSentLate(frame, of: pictures[place])
            pictures[place].known |= bit
            if isSent { pictures[place].sent |= bit }
        }
        guard pictures[place].sent & bit != 0 else { return Verdict(isSent: false) }
        // In a keyframe the layers are climbed one after the other. If it ends below the target, its publisher has marked it.
        let highest =
            place == newest
            ? pictures[place].isKey ? target : current
            : pictures[place].isKey ? highest(of: pictures[place]) : pictures[place].layer
        return Verdict(isSent: true, endsPicture: frame.endsFrame && frame.spatialID == highest)
    }

    // MARK: Pictures

    private func find(_ timestamp: RTPTimestamp) -> Int? {
        guard isStarted else { return nil }
        for back in 0..<pictures.count {
            let place = (newest - back) & 15
            if pictures[place].timestamp == timestamp { return place }
        }
        return nil
    }

    /// Takes in a picture all of which comes after one behind it: repaired, it is judged by what was sent at its time.
    /// - Returns: its place; `nil` if that time is not remembered.
    private mutating func recall(_ timestamp: RTPTimestamp) -> Int? {
        let count = pictures.count
        let older = (1..<count).first { timestamp.distance(from: pictures[(newest - $0) & 15].timestamp) > 0 }
        guard let older else { return nil }
        newest = (newest + 1) & 15
        for back in 0..<older { pictures[(newest - back) & 15] = pictures[(newest - back - 1) & 15] }
        let place = (newest - older) & 15
        pictures[place] = Picture(timestamp: timestamp, layer: pictures[(place - 1) & 15].layer)
        return place
    }

    /// The highest layer that is sent of a keyframe which comes late: those behind it may have been sent already, by a target
    /// that was higher than the one now.
    private func highest(of picture: Picture) -> UInt8 { max(target, picture.layer) }

    /// Whether a frame is sent of a picture that others have come after: by what was sent at its time, and if what it refers to
    /// in its picture was not left out, since a picture may turn out late to be a keyframe.
    private func isSentLate(_ frame: Frame, of picture: Picture) -> Bool {
        guard !lacksLower(frame, in: picture) else { return false }
        return picture.isKey ? frame.spatialID <= highest(of: picture) : belongs(frame, to: picture.layer)
    }

    private mutating func begin(_ picture: Picture) {
        if isStarted {
            pictures[newest].layer = current
            notePresence(in: pictures[newest])
        } else {
            // Nothing before it may be taken for one of its pictures.
            for place in pictures.indices { pictures[place] = picture }
        }
        isStarted = true
        newest = (newest + 1) & 15
        pictures[newest] = picture
        if picture.isKey {
            current = 0
            intact = 0
            unsure = 0
            needsKeyframe = false
        } else if current > target {
            descend(to: target)
        }
    }

    /// A picture turns out to depend on none before it: others of its layers came first.
    private mutating func noteKey(_ place: Int) {
        pictures[place].isKey = true
        guard place == newest else { return }
        intact = pictures[place].sent
        unsure = 0
        current = intact == 0 ? 0 : UInt8(7 - intact.leadingZeroBitCount)
        needsKeyframe = false
    }

    /// Looks whether the layer that is sent is still produced.
    private mutating func notePresence(in picture: Picture) {
        guard picture.known >> current == 0 else { return absence = 0 }
        absence += 1
        guard absence >= Self.longestAbsence, picture.known != 0 else { return }
        descend(to: UInt8(7 - picture.known.leadingZeroBitCount))
    }

    /// Goes on with a lower layer, if all of it has been sent.
    private mutating func descend(to layer: UInt8) {
        guard intact & 1 << layer != 0 else { return needsKeyframe = true }
        guard unsure & 1 << layer == 0 else { return }
        current = layer
        absence = 0
        needsKeyframe = current < target && needsKeyframe
    }

    // MARK: Frames

    /// Whether a frame is part of what is sent of a picture, where `layer` is.
    private func belongs(_ frame: Frame, to layer: UInt8) -> Bool {
        frame.spatialID == layer || frame.spatialID < layer && frame.isUpperReference
    }

    /// Whether a frame refers to a lower one of its picture that was left out. What has not come yet may still come.
    private func lacksLower(_ frame: Frame, in picture: Picture) -> Bool {
        let lower: UInt8 = (1 << frame.spatialID) >> 1
        return frame.isInterLayerPredicted && picture.known & lower != 0 && picture.sent & lower == 0
    }

    /// Decides on a frame of the newest picture, and changes to its layer if it should be and can be.
    private mutating func take(_ frame: Frame, in picture: Picture) -> Bool {
        let bit: UInt8 = 1 << frame.spatialID
        let lower = bit >> 1
        let whole = frame.spatialID > current ? intact & ~unsure : intact
        let isDecodable = (!frame.isInterPicturePredicted || whole & bit != 0) && !lacksLower(frame, in: picture)
        if frame.spatialID > current, frame.spatialID <= target {
            // A lower layer that has not come of a picture that depends on no other may still come.
            if isDecodable, !frame.isInterLayerPredicted || picture.sent & lower != 0 || picture.known & lower == 0 {
                current = frame.spatialID
            } else {
                needsKeyframe = true
            }
        } else if belongs(frame, to: current), !isDecodable {
            needsKeyframe = true
            let below = intact & (bit - 1)
            if below != 0 { current = UInt8(7 - below.leadingZeroBitCount) }
        }
        let isSent = belongs(frame, to: current) && isDecodable
        if isSent { intact |= bit } else { intact &= ~bit }
        unsure &= ~bit
        return isSent
    }
}
