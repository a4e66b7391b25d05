/// How much of a layered or simulcast stream a receiver is sent: everything up to this spatial and this temporal layer.
///
/// The one word that the allocator and the selectors share. A simulcast stream counts as a spatial layer. Ordered by
/// size of the picture first, then by frame rate.
public struct LayerTarget: Hashable, Comparable, Sendable {
    /// The highest spatial layer, 0 for the smallest picture.
    public var spatialID: UInt8
    /// The highest temporal layer, 0 for the lowest frame rate.
    public var temporalID: UInt8

    /// Makes a target from its two layers.
    @inlinable
    public init(spatialID: UInt8, temporalID: UInt8) {
        self.spatialID = spatialID
        self.temporalID = temporalID
    }

    /// The smallest picture at the lowest frame rate.
    public static let base = LayerTarget(spatialID: 0, temporalID: 0)
    /// Everything there is.
    public static let all = LayerTarget(spatialID: .max, temporalID: .max)

    /// Whether a frame of these layers belongs to the target.
    @inlinable
    public func contains(spatialID: UInt8, temporalID: UInt8) -> Bool {
        spatialID <= self.spatialID && temporalID <= self.temporalID
    }

    @inlinable
    public static func < (left: LayerTarget, right: LayerTarget) -> Bool {
        left.spatialID != right.spatialID
            ? left.spatialID < right.spatialID : left.temporalID < right.temporalID
    }
}
