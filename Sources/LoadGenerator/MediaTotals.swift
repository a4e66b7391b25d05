/// Frames, of all verifiers together.
struct MediaTotals: Sendable {
    var framesSent: UInt64 = 0
    var complete: UInt64 = 0
    var late: UInt64 = 0
    var lost: UInt64 = 0
    var corrupt: UInt64 = 0
    var undecodable: UInt64 = 0
    var keyframes: UInt64 = 0
    var freezes: UInt64 = 0
    var frozenMilliseconds: UInt64 = 0

    mutating func add(_ other: MediaTotals) {
        framesSent &+= other.framesSent
        complete &+= other.complete
        late &+= other.late
        lost &+= other.lost
        corrupt &+= other.corrupt
        undecodable &+= other.undecodable
        keyframes &+= other.keyframes
        freezes &+= other.freezes
        frozenMilliseconds &+= other.frozenMilliseconds
    }
}
