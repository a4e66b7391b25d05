internal import Wire

/// What stands in front of H.264 data with packetization mode 1 (RFC 6184 §5.6 to §5.8): a picture that fits a packet is
/// a single unit, a larger one fragments (FU-A); a keyframe begins with an aggregate (STAP-A) of its parameter sets.
///
/// The aggregate's mark is in an SEI message of user data (H.264 §D.1.6), which decoders pass over.
struct H264Headers: CodecHeaders {
    var isKeyframe: Bool
    var isFragmented: Bool
    var parameterSets: H264ParameterSets

    var leadingPackets: Int { isKeyframe ? 1 : 0 }
    var longest: Int { 2 }
    /// A single unit has its header and one byte of the slice here, so that it is as long as a fragment.
    var descriptorLength: Int { 2 }

    private var unitHeader: UInt8 { isKeyframe ? 0x65 : 0x41 }
    /// A slice's first bits: first_mb_in_slice 0, slice_type I or P of all slices, parameter set 0.
    private var sliceHeader: [UInt8] { isKeyframe ? [0x88, 0x84] : [0x9A, 0x84] }

    func appendLeading(_ mark: MediaMark, to bytes: inout [UInt8]) {
        bytes.append(0x78)
        for unit in [parameterSets.sequence, parameterSets.picture] { appendLength(of: unit.count, unit, to: &bytes) }
        let body = Self.userDataHeader + Self.uuid
        appendLength(of: body.count + MediaMark.length + 1, body, to: &bytes)
        mark.append(to: &bytes, count: MediaMark.length)
        bytes.append(0x80)
    }

    private func appendLength(of count: Int, _ unit: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(UInt8(truncatingIfNeeded: count >> 8))
        bytes.append(UInt8(truncatingIfNeeded: count))
        bytes.append(contentsOf: unit)
    }

    func append(isFirst: Bool, isLast: Bool, to bytes: inout [UInt8]) {
        if isFragmented {
            bytes.append(unitHeader & 0xE0 | 28)
            bytes.append((isFirst ? 0x80 : 0) | (isLast ? 0x40 : 0) | unitHeader & 0x1F)
            if isFirst { bytes.append(contentsOf: sliceHeader) }
        } else {
            bytes.append(unitHeader)
            bytes.append(contentsOf: sliceHeader)
        }
    }

    /// SEI; payload type 5, user_data_unregistered; 16 bytes of UUID and the mark.
    private static let userDataHeader: [UInt8] = [0x06, 0x05, UInt8(16 + MediaMark.length)]
    private static let uuid: [UInt8] = Array("Roost-synthetic!".utf8)

    /// Where the mark is in a payload; `nil` if this module wrote no such payload.
    static func markRange(in payload: Span<UInt8>) -> Range<Int>? {
        guard payload.count >= 3 else { return nil }
        switch payload[0] & 0x1F {
        case 24: return userData(in: payload)
        case 28: return (payload[1] & 0x80 != 0 ? 4 : 2)..<payload.count
        default: return 3..<payload.count
        }
    }

    private static func userData(in payload: Span<UInt8>) -> Range<Int>? {
        var offset = 1
        let header = userDataHeader.count + uuid.count
        while offset + 2 < payload.count {
            let start = offset + 2
            let end = start + Int(payload.uint16(at: offset))
            guard end <= payload.count else { return nil }
            if payload[start] & 0x1F == 6, end - start == header + MediaMark.length + 1 {
                return start + header..<end - 1
            }
            offset = end
        }
        return nil
    }
}
