internal import Wire

/// One frame on its way to the wire: how it is cut, and its packets one after the other.
struct VideoPackets {
    let frame: UInt32
    let isKeyframe: Bool
    let captured: Timestamp
    private let headers: any CodecHeaders
    private let split: SplitEvenly
    private var next = 0

    /// Half of it still has room for the longest headers of any codec and a mark.
    static let shortestPayload = MediaMark.length + 150

    init(
        frame: UInt32, isKeyframe: Bool, captured: Timestamp, size: Int, payloadLimit: Int, headers: any CodecHeaders
    ) {
        self.frame = frame
        self.isKeyframe = isKeyframe
        self.captured = captured
        self.headers = headers
        split = SplitEvenly(size, limit: payloadLimit - headers.longest)
    }

    private var packets: Int { split.count + headers.leadingPackets }
    var isDone: Bool { next >= packets }

    /// Writes the next packet's payload.
    mutating func append(to bytes: inout [UInt8], stream: MediaMark.StreamID, layer: UInt8, at now: Timestamp)
        -> (first: Bool, last: Bool)
    {
        let mark = MediaMark(
            stream: stream, layer: layer, frame: frame, reference: isKeyframe ? frame : frame &- 1,
            packet: UInt16(clamping: next), packets: UInt16(clamping: packets), isKeyframe: isKeyframe, sent: now)
        let place = (first: next == 0, last: next == packets - 1)
        if next < headers.leadingPackets {
            headers.appendLeading(mark, to: &bytes)
        } else {
            let index = next - headers.leadingPackets
            let start = bytes.count
            headers.append(isFirst: index == 0, isLast: index == split.count - 1, to: &bytes)
            // The first packet's frame header counts as bytes of the frame, its descriptor does not.
            let own = bytes.count - start - headers.descriptorLength
            mark.append(to: &bytes, count: split[index] - own)
        }
        next += 1
        return place
    }
}

/// What a codec puts in front of a packet's share of a frame.
protocol CodecHeaders: Sendable {
    /// Packets before the picture's own.
    var leadingPackets: Int { get }
    /// The longest that ``descriptorLength`` can be.
    var longest: Int { get }
    /// The bytes that are the payload format's, not the frame's.
    var descriptorLength: Int { get }
    /// Writes a leading packet around `mark`.
    func appendLeading(_ mark: MediaMark, to bytes: inout [UInt8])
    /// Writes the headers of one of the picture's packets.
    func append(isFirst: Bool, isLast: Bool, to bytes: inout [UInt8])
}
