internal import Forwarding
internal import Wire

/// Whether one layer of simulcast arrives whole: which of its frames did, and what follows from that.
///
/// It is an object of its own, made with the layer's first packet: sound and single streams do without its 600 bytes.
final class LayerCompleteness {
    /// Which frames have come whole.
    var frames = WholeFrames()
    /// Whether receivers can count on the layer.
    private(set) var supply = LayerSupply()

    /// Takes that a frame of this layer has come whole. Returns whether it counts as there or not from now on.
    func frameCame(at now: Timestamp) -> Bool { supply.frameCame(begun: frames.begun, at: now) }

    /// Takes that the publisher's path carries much less than is sent over it. Returns the same.
    func pathIsOverloaded(at now: Timestamp) -> Bool { supply.pathIsOverloaded(at: now) }

    /// The same of a smaller layer of the same publication.
    func smallerFrameCame(rank: Int, repairTime: Interval, at now: Timestamp) -> Bool {
        supply.smallerFrameCame(rank: rank, frames: frames, repairTime: repairTime, at: now)
    }
}
