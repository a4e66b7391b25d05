public import Wire

extension StreamVerifier {
    /// What came of frames and packets so far.
    public struct Figures: Sendable, Equatable {
        // MARK: Frames: each is counted once

        /// Frames that were complete, in order, and could be decoded.
        public var complete: UInt64 = 0
        /// Frames of which packets never came.
        public var lost: UInt64 = 0
        /// Frames that were complete only after they had been given up.
        public var late: UInt64 = 0
        /// Frames of which a packet came with wrong bytes, and not once with the right ones.
        public var corrupt: UInt64 = 0
        /// Complete frames that refer to one that could not be decoded.
        public var undecodable: UInt64 = 0

        // MARK: Frames that are nobody's fault

        /// Frames that the relay left out on purpose: their numbers are missing, sequence numbers are not.
        public var withheld: UInt64 = 0
        /// Frames that the relay stopped sending when it changed the source.
        public var abandoned: UInt64 = 0
        /// Keyframes among ``complete``.
        public var keyframes: UInt64 = 0

        // MARK: Packets

        /// Packets of any kind.
        public var packets: UInt64 = 0
        /// Packets without media: padding, probes, comfort noise.
        public var emptyPackets: UInt64 = 0
        /// Packets that came before and came again.
        public var duplicates: UInt64 = 0
        /// Packets with wrong bytes.
        public var corruptPackets: UInt64 = 0
        /// Packets that came after one with a higher number.
        public var reordered: UInt64 = 0
        /// Numbers that had not come when they were given up.
        public var missingPackets: UInt64 = 0

        // MARK: What a relay must not do

        /// Packets whose number does not fit their place in the frame, and frames that come again or overlap.
        public var sequenceSurprises: UInt64 = 0
        /// Packets with another time than their frame, and frames whose time stands, jumps or goes back.
        public var timestampSurprises: UInt64 = 0
        /// Video packets whose marker bit is not that of their place in the frame.
        public var markerSurprises: UInt64 = 0
        /// Frames, not keyframes, whose VP8 numbers do not follow on those of the frame before.
        public var pictureIDSurprises: UInt64 = 0
        /// Changes of source or layer that did not begin with a keyframe.
        public var changesWithoutKeyframe: UInt64 = 0

        // MARK: What a viewer sees

        /// Changes to the stream of another publisher.
        public var sourceChanges: UInt64 = 0
        /// Changes to another layer of the same stream.
        public var layerSwitches: UInt64 = 0
        /// Times at which no frame could be shown for more than 200 ms.
        public var freezes: UInt64 = 0
        /// The time the picture stood in all of them.
        public var frozen = Interval.zero
        /// The longest of them.
        public var longestFreeze = Interval.zero

        /// Makes figures of zero.
        public init() {}

        /// Frames that came, or should have come: the sum of all verdicts.
        public var frames: UInt64 { complete &+ lost &+ late &+ corrupt &+ undecodable }

        /// Everything a relay must not do, together.
        public var surprises: UInt64 {
            sequenceSurprises &+ timestampSurprises &+ markerSurprises &+ pictureIDSurprises &+ changesWithoutKeyframe
        }

        /// The same by their kinds.
        public var surpriseKinds: [(name: String, count: UInt64)] {
            [
                ("sequence numbers", sequenceSurprises), ("RTP times", timestampSurprises),
                ("markers", markerSurprises), ("picture numbers", pictureIDSurprises),
                ("changes without a keyframe", changesWithoutKeyframe),
            ]
        }

        /// Adds another stream's figures.
        public static func += (left: inout Figures, right: Figures) {
            for field in Self.counters { left[keyPath: field] &+= right[keyPath: field] }
            left.frozen = left.frozen + right.frozen
            left.longestFreeze = max(left.longestFreeze, right.longestFreeze)
        }

        /// What was added since `earlier`; the longest freeze is still that of all. What was corrected downwards counts as nothing.
        public func since(_ earlier: Figures) -> Figures {
            var difference = self
            for field in Self.counters {
                let (now, then) = (self[keyPath: field], earlier[keyPath: field])
                difference[keyPath: field] = max(now, then) - then
            }
            difference.frozen = max(frozen, earlier.frozen) - earlier.frozen
            return difference
        }

        private static var counters: [WritableKeyPath<Figures, UInt64>] {
            [
                \.complete, \.lost, \.late, \.corrupt, \.undecodable, \.withheld, \.abandoned, \.keyframes, \.packets,
                \.emptyPackets, \.duplicates, \.corruptPackets, \.reordered, \.missingPackets, \.sequenceSurprises,
                \.timestampSurprises, \.markerSurprises, \.pictureIDSurprises, \.changesWithoutKeyframe,
                \.sourceChanges, \.layerSwitches, \.freezes,
            ]
        }
    }
}
