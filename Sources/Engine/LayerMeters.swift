internal import Congestion
internal import Forwarding
internal import RTP
internal import Wire

/// The bit rates of the layers within one stream: what each choice of layers costs that receivers can be given.
struct LayerMeters {
    private struct Entry {
        let target: LayerTarget
        /// Everything that is sent with the target.
        var meter = BitrateMeter()
        /// When a frame of just these layers came, as against those it builds on.
        var lastOwn: Timestamp?
    }

    /// So long after its last frame a layer counts as produced: slow screens have a frame a second.
    private static let silence = Interval.milliseconds(1_500)

    private var entries: [Entry]
    /// The shorter side of each spatial layer's picture in pixels, where the stream says it.
    private(set) var heights: [Int] = []

    /// Meters for the decode targets that a dependency descriptor names.
    init(_ structure: DependencyStructure) {
        entries = structure.decodeTargets.prefix(32).map {
            Entry(target: LayerTarget(spatialID: $0.spatialID, temporalID: $0.temporalID))
        }
        heights = structure.resolutions.map { min($0.width, $0.height) }
    }

    /// Meters for so many spatial and temporal layers, of which not all need exist; 32 together at most.
    init(spatialLayers: UInt8, temporalLayers: UInt8) {
        entries = (0..<spatialLayers).flatMap { spatial in
            (0..<temporalLayers).map { Entry(target: LayerTarget(spatialID: spatial, temporalID: $0)) }
        }
    }

    /// Takes the sizes of the spatial layers from where else the stream says them.
    mutating func note(heights: [Int]) { self.heights = heights }

    /// Counts a packet by its dependency descriptor.
    mutating func record(_ frame: DependencySelector.Frame, byteCount: Int, at now: Timestamp) {
        for index in entries.indices where frame.indications[index] != .notPresent {
            record(frame.spatialID, frame.temporalID, for: index, byteCount: byteCount, at: now)
        }
    }

    /// Counts a packet by its layers. Higher spatial layers contain the frame if `isUpperReference`.
    mutating func record(
        spatialID: UInt8, temporalID: UInt8, isUpperReference: Bool, byteCount: Int, at now: Timestamp
    ) {
        for index in entries.indices {
            let target = entries[index].target
            guard temporalID <= target.temporalID,
                spatialID == target.spatialID || spatialID < target.spatialID && isUpperReference
            else { continue }
            record(spatialID, temporalID, for: index, byteCount: byteCount, at: now)
        }
    }

    private mutating func record(
        _ spatialID: UInt8, _ temporalID: UInt8, for index: Int, byteCount: Int, at now: Timestamp
    ) {
        entries[index].meter.record(byteCount: byteCount, at: now)
        if entries[index].target == LayerTarget(spatialID: spatialID, temporalID: temporalID) {
            entries[index].lastOwn = now
        }
    }

    /// What each choice of layers costs that is produced at present, in bits a second.
    func rates(at now: Timestamp) -> [(target: LayerTarget, bitsPerSecond: UInt64, height: Int?)] {
        entries.compactMap { entry in
            guard let lastOwn = entry.lastOwn, now - lastOwn <= Self.silence else { return nil }
            let spatialID = Int(entry.target.spatialID)
            return (
                entry.target, entry.meter.bitsPerSecond(at: now),
                heights.indices.contains(spatialID) ? heights[spatialID] : nil
            )
        }
    }
}
