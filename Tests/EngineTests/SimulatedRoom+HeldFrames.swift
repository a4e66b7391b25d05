import RTP
import Wire

extension SimulatedRoom {
    /// Lets time pass in which nothing that a client sends arrives.
    ///
    /// - Returns: What it sent of `stream` meanwhile, packet by packet for each frame: a test hands over what it wants, in
    ///   the order it wants.
    func holdFrames(
        of stream: SimulatedStream, from client: SimulatedClient, for duration: Interval
    ) -> [[[UInt8]]] {
        record()
        let loss = client.uplink.conditions.loss
        client.uplink.conditions.loss = 1
        run(for: duration)
        client.uplink.conditions.loss = loss
        var frames: [[[UInt8]]] = []
        for (bytes, sender) in recording ?? []
        where sender == client.peer && DatagramKind(bytes.span) == .rtp && SSRC(bytes.span.uint32(at: 8)) == stream.ssrc
        {
            // RFC 3550 §5.1: the packets of a frame share its timestamp.
            if let last = frames.last?.last, last[4..<8] == bytes[4..<8] {
                frames[frames.count - 1].append(bytes)
            } else {
                frames.append([bytes])
            }
        }
        return frames
    }
}
