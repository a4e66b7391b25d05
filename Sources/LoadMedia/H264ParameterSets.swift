/// The sequence and picture parameter sets of a stream: constrained baseline, level 3.1, one reference picture
/// (H.264 §7.3.2.1, §7.3.2.2).
struct H264ParameterSets: Sendable, Equatable {
    let sequence: [UInt8]
    let picture: [UInt8]

    init(width: UInt16, height: UInt16) {
        let columns = (UInt32(width) + 15) / 16
        let rows = (UInt32(height) + 15) / 16
        var bits = ExpGolombWriter(unitHeader: 0x67)
        for byte: UInt8 in [66, 0xE0, 31] { bits.append(UInt32(byte), bits: 8) }
        bits.append(unsigned: 0)  // seq_parameter_set_id
        bits.append(unsigned: 0)  // log2_max_frame_num_minus4
        bits.append(unsigned: 2)  // pic_order_cnt_type: output order is decoding order
        bits.append(unsigned: 1)  // max_num_ref_frames
        bits.append(0, bits: 1)  // gaps_in_frame_num_value_allowed_flag
        bits.append(unsigned: max(columns, 1) - 1)
        bits.append(unsigned: max(rows, 1) - 1)
        bits.append(0b11, bits: 2)  // frame_mbs_only_flag, direct_8x8_inference_flag
        let right = (columns * 16 - UInt32(width)) / 2
        let bottom = (rows * 16 - UInt32(height)) / 2
        bits.append(right + bottom > 0 ? 1 : 0, bits: 1)  // frame_cropping_flag, in units of two samples
        if right + bottom > 0 {
            for crop in [0, right, 0, bottom] { bits.append(unsigned: crop) }
        }
        bits.append(0, bits: 1)  // vui_parameters_present_flag
        sequence = bits.finish()

        var other = ExpGolombWriter(unitHeader: 0x68)
        other.append(unsigned: 0)  // pic_parameter_set_id
        other.append(unsigned: 0)  // seq_parameter_set_id
        other.append(0, bits: 2)  // CAVLC; no field order
        other.append(unsigned: 0)  // num_slice_groups_minus1
        other.append(unsigned: 0)  // num_ref_idx_l0_default_active_minus1
        other.append(unsigned: 0)  // num_ref_idx_l1_default_active_minus1
        other.append(0, bits: 3)  // weighted prediction: none
        for _ in 0..<3 { other.append(unsigned: 0) }  // pic_init_qp, pic_init_qs, chroma_qp_index_offset: signed 0
        other.append(0b100, bits: 3)  // deblocking control is present; no constrained intra, no redundant pictures
        picture = other.finish()
    }
}

/// Writes the bits of a parameter set (H.264 §9.1) and protects them against start codes (§7.4.1).
private struct ExpGolombWriter {
    private var bytes: [UInt8]
    private var current: UInt8 = 0
    private var filled = 0

    init(unitHeader: UInt8) { bytes = [unitHeader] }

    mutating func append(_ value: UInt32, bits count: Int) {
        for shift in stride(from: count - 1, through: 0, by: -1) {
            current = current << 1 | UInt8(truncatingIfNeeded: value >> UInt32(shift) & 1)
            filled += 1
            if filled == 8 {
                bytes.append(current)
                (current, filled) = (0, 0)
            }
        }
    }

    mutating func append(unsigned value: UInt32) {
        let coded = value &+ 1
        let length = 32 - coded.leadingZeroBitCount
        append(0, bits: length - 1)
        append(coded, bits: length)
    }

    mutating func finish() -> [UInt8] {
        append(1, bits: 1)
        while filled != 0 { append(0, bits: 1) }
        var unit: [UInt8] = []
        var zeros = 0
        for byte in bytes {
            if zeros >= 2, byte <= 3 {
                unit.append(3)
                zeros = 0
            }
            unit.append(byte)
            zeros = byte == 0 ? zeros + 1 : 0
        }
        return unit
    }
}
