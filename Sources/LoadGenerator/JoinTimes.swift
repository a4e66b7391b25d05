internal import Wire

/// When a participant reached each stage of its joining, on the machine's clock.
struct JoinTimes: Sendable {
    /// The connection was asked for.
    var began: Timestamp
    /// Whether somebody sent in the room then. Where nobody did, the first packet is waited for, not forwarded late.
    var meetsSender = false
    /// The WebSocket was open.
    var open: Timestamp?
    /// The answer was there.
    var answered: Timestamp?
    /// An ICE check was answered.
    var pathFound: Timestamp?
    /// DTLS was done.
    var connected: Timestamp?
    /// The first media packet came.
    var firstPacket: Timestamp?
    /// The first keyframe was complete.
    var firstKeyframe: Timestamp?

    init(began: Timestamp) { self.began = began }
}
