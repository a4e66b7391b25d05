import Wire

/// The size of a video's picture, as the first packet of a keyframe says it.
///
/// A relay needs it once for each keyframe, to know which of a camera's layers is large enough for a receiver.
public struct FrameSize: Sendable, Equatable {
    /// Pixels in a row.
    public var width: Int
    /// Rows.
    public var height: Int

    /// Makes a size.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Reads the size from the payload of a keyframe's first packet: VP8's frame header (RFC 6386 §9.1), or H.264's
    /// sequence parameter set (H.264 §7.3.2.1.1).
    ///
    /// `nil` where the payload does not say it in a form that is read here: another codec, scaling lists, a payload that is
    /// encrypted from end to end, or nonsense.
    public init?(keyframe payload: Span<UInt8>, codec: MediaCodec) {
        switch codec {
        case .vp8: self.init(vp8: payload)
        case .h264: self.init(h264: payload)
        default: return nil
        }
        guard width > 0, height > 0, width <= 16_384, height <= 16_384 else { return nil }
    }

    /// Behind the descriptor: three bytes of frame tag, the start code 9D 01 2A, then 14 bits each of width and height in
    /// little-endian order, each under two bits of scale.
    private init?(vp8 payload: Span<UInt8>) {
        guard let descriptor = try? VP8Descriptor(parsing: payload), descriptor.isKeyframeStart else { return nil }
        let start = descriptor.length
        guard payload.count >= start + 10, payload[start + 3] == 0x9D, payload[start + 4] == 0x01,
            payload[start + 5] == 0x2A
        else { return nil }
        width = Int(payload[start + 6]) | Int(payload[start + 7] & 0x3F) << 8
        height = Int(payload[start + 8]) | Int(payload[start + 9] & 0x3F) << 8
    }

    private init?(h264 payload: Span<UInt8>) {
        guard !payload.isEmpty else { return nil }
        var set: Range<Int>?
        if payload[0] & 0x1F == 7 {
            set = 1..<payload.count
        } else if payload[0] & 0x1F == 24 {
            var offset = 1
            while offset + 3 <= payload.count, set == nil {
                let end = offset + 2 + Int(payload.uint16(at: offset))
                guard end <= payload.count else { return nil }
                if end > offset + 2, payload[offset + 2] & 0x1F == 7 { set = offset + 3..<end }
                offset = end
            }
        }
        guard let set else { return nil }
        let bits = Self.withoutEmulationPrevention(payload.extracting(set))
        guard let size = try? Self(parameterSet: bits.span) else { return nil }
        self = size
    }

    /// Takes out the bytes that keep start codes from appearing in a unit: 3 after two zeros (H.264 §7.4.1).
    private static func withoutEmulationPrevention(_ unit: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(unit.count)
        var zeros = 0
        for index in unit.indices {
            let byte = unit[index]
            if zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            bytes.append(byte)
        }
        return bytes
    }

    private init(parameterSet bytes: Span<UInt8>) throws(PayloadParseError) {
        var reader = BitReader(bytes)
        let profile = try reader.bits(8)
        _ = try reader.bits(16)  // constraints and level
        _ = try reader.exponentialGolomb()  // the set's number
        var chromaFormat: UInt32 = 1
        if [100, 110, 122, 244, 44, 83, 86, 118, 128].contains(profile) {
            chromaFormat = try reader.exponentialGolomb()
            if chromaFormat == 3 { _ = try reader.flag() }
            _ = try reader.exponentialGolomb()  // bit depths
            _ = try reader.exponentialGolomb()
            _ = try reader.flag()
            guard try !reader.flag() else { throw .unsupported }  // scaling lists
        }
        _ = try reader.exponentialGolomb()  // log2_max_frame_num_minus4
        switch try reader.exponentialGolomb() {  // pic_order_cnt_type
        case 0: _ = try reader.exponentialGolomb()
        case 1:
            _ = try reader.flag()
            _ = try reader.exponentialGolomb()
            _ = try reader.exponentialGolomb()
            for _ in 0..<min(try reader.exponentialGolomb(), 255) { _ = try reader.exponentialGolomb() }
        default: break
        }
        _ = try reader.exponentialGolomb()  // max_num_ref_frames
        _ = try reader.flag()
        let columns = try reader.exponentialGolomb()
        let rows = try reader.exponentialGolomb()
        guard columns < 1_024, rows < 1_024 else { throw .unsupported }
        // A field has half the rows of a frame.
        let rowFactor = try reader.flag() ? 1 : 2
        if rowFactor == 2 { _ = try reader.flag() }
        _ = try reader.flag()
        var (cutColumns, cutRows) = (0, 0)
        if try reader.flag() {
            let left = try reader.exponentialGolomb()
            let right = try reader.exponentialGolomb()
            let top = try reader.exponentialGolomb()
            let bottom = try reader.exponentialGolomb()
            guard max(max(left, right), max(top, bottom)) < 16_384 else { throw .unsupported }
            // Counted in samples of chroma (table 6-1), and in rows of both fields.
            cutColumns = Int(left + right) * (chromaFormat == 1 || chromaFormat == 2 ? 2 : 1)
            cutRows = Int(top + bottom) * (chromaFormat == 1 ? 2 : 1) * rowFactor
        }
        width = Int(columns + 1) * 16 - cutColumns
        height = Int(rows + 1) * 16 * rowFactor - cutRows
    }
}

extension BitReader {
    /// A number of variable length: `ue(v)` of H.264 §9.1. A signed one takes as many bits.
    fileprivate mutating func exponentialGolomb() throws(PayloadParseError) -> UInt32 {
        var zeros = 0
        while try !flag() {
            zeros += 1
            guard zeros < 32 else { throw .unsupported }
        }
        return zeros == 0 ? 0 : UInt32(1) << UInt32(zeros) - 1 + (try bits(zeros))
    }
}
