import Wire

/// What a simulated frame says about itself, in each of its packets: a receiver can tell whether it got what
/// was sent.
struct FramePayload: Equatable {
    /// Which source made it.
    var source: UInt32
    /// Which simulcast layer, lowest 0.
    var layer: UInt8
    /// Its number in the layer.
    var frame: UInt32
    /// The packet's place in the frame, and how many there are.
    var packet: UInt16
    var packets: UInt16
    /// Whether it refers to no frame before it.
    var isKeyframe: Bool
    /// When it was captured, in nanoseconds of virtual time.
    var capture: Int64
    /// The frame it refers to, unless it is a keyframe.
    var reference: UInt32
    /// The lower layer's frame of the same picture that it refers to; its own number if it refers to none.
    var lower: UInt32

    /// A layer that begins anew under another SSRC counts on from the next multiple of this.
    static let framesOfOneStream: UInt32 = 100_000

    /// Bytes without filling.
    static let length = 36

    /// The bytes, filled up to `count`, the last four of them a checksum.
    func bytes(count: Int) -> [UInt8] {
        var writer = ByteWriter(capacity: count)
        writer.append(source)
        writer.append(frame)
        writer.append(packet)
        writer.append(packets)
        writer.append(layer)
        writer.append(isKeyframe ? UInt8(1) : 0)
        writer.append(UInt16(0xA55A))
        writer.append(UInt64(bitPattern: capture))
        writer.append(reference)
        writer.append(lower)
        while writer.count < count - 4 { writer.append(UInt8(truncatingIfNeeded: writer.count)) }
        writer.append(Self.checksum(writer.bytes[...]))
        return writer.bytes
    }

    /// Reads what `bytes` wrote; `nil` if a bit is wrong.
    init?(parsing bytes: ArraySlice<UInt8>) {
        guard bytes.count >= Self.length else { return nil }
        let body = bytes.dropLast(4)
        let span = bytes.span
        guard span.uint32(at: bytes.count - 4) == Self.checksum(body), span.uint16(at: 14) == 0xA55A else {
            return nil
        }
        source = span.uint32(at: 0)
        frame = span.uint32(at: 4)
        packet = span.uint16(at: 8)
        packets = span.uint16(at: 10)
        layer = span[12]
        isKeyframe = span[13] == 1
        capture = Int64(bitPattern: span.uint64(at: 16))
        reference = span.uint32(at: 24)
        lower = span.uint32(at: 28)
    }

    init(
        source: UInt32,
        layer: UInt8,
        frame: UInt32,
        packet: UInt16,
        packets: UInt16,
        isKeyframe: Bool,
        capture: Int64,
        reference: UInt32,
        lower: UInt32? = nil
    ) {
        self.source = source
        self.layer = layer
        self.frame = frame
        self.packet = packet
        self.packets = packets
        self.isKeyframe = isKeyframe
        self.capture = capture
        self.reference = reference
        self.lower = lower ?? frame
    }

    /// FNV-1a.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return hash
    }
}
