import Wire

/// What a transport feedback says of one packet; the raw value is the two-bit symbol
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.1).
enum PacketStatus: UInt8, Sendable {
    /// It has not arrived; there is no delta.
    case missing = 0
    /// It arrived; the delta has one byte.
    case smallDelta = 1
    /// It arrived; the delta has two bytes and a sign.
    case largeDelta = 2
}

/// Sixteen bits that give the status of a run of packets (draft-holmer §3.1.2 to §3.1.4).
///
///     0 S S  run length (13)         run of one status
///     1 0    14 symbols of one bit   vector: missing, or small delta
///     1 1     7 symbols of two bits  vector: any status
enum PacketStatusChunk {
    static let longestRun = 0x1FFF

    /// Appends the statuses `chunk` stands for, until there are `limit`; symbols beyond that fill up a vector
    /// and mean nothing.
    /// - Returns: `false` if one of them is the reserved symbol.
    static func decode(_ chunk: UInt16, into statuses: inout [PacketStatus], limit: Int) -> Bool {
        if chunk & 0x8000 == 0 {
            guard let status = PacketStatus(rawValue: UInt8(chunk >> 13 & 3)) else { return false }
            let length = min(Int(chunk & 0x1FFF), limit - statuses.count)
            statuses.append(contentsOf: repeatElement(status, count: length))
            return true
        }
        let width = chunk & 0x4000 == 0 ? 1 : 2
        var shift = 14 - width
        while shift >= 0, statuses.count < limit {
            let symbol = UInt8(truncatingIfNeeded: chunk >> UInt16(shift)) & (width == 1 ? 1 : 3)
            guard let status = PacketStatus(rawValue: symbol) else { return false }
            statuses.append(status)
            shift -= width
        }
        return true
    }

    /// Appends the chunks that give `statuses`: a run where it is no longer than a vector, else the densest
    /// vector.
    static func encode(_ statuses: [PacketStatus], into writer: inout ByteWriter) {
        var index = 0
        while index < statuses.count {
            let rest = statuses[index...]
            let status = statuses[index]
            let run = rest.prefix(longestRun).prefix { $0 == status }.count
            let narrow = rest.prefix(14)
            let isNarrow = !narrow.contains(.largeDelta)
            if run >= narrow.count || (!isNarrow && run >= 7) {
                writer.append(UInt16(status.rawValue) << 13 | UInt16(truncatingIfNeeded: run))
                index += run
            } else if isNarrow {
                writer.append(vector(narrow, width: 1) | 0x8000)
                index += narrow.count
            } else {
                let wide = rest.prefix(7)
                writer.append(vector(wide, width: 2) | 0xC000)
                index += wide.count
            }
        }
    }

    /// The symbols of a vector, the first one highest.
    private static func vector(_ statuses: ArraySlice<PacketStatus>, width: UInt16) -> UInt16 {
        var bits: UInt16 = 0
        var shift = 14 - width
        for status in statuses {
            bits |= UInt16(status.rawValue) << shift
            shift &-= width
        }
        return bits
    }
}
