/// Cuts DTLS 1.2 records the way a browser with a long ClientHello does (RFC 6347 §4.1, §4.2.3).
enum DTLSRecord {
    /// The ClientHello of a datagram as `parts` handshake fragments, each in a record and a datagram of its
    /// own.
    static func split(_ datagram: [UInt8], into parts: Int) -> [[UInt8]] {
        // Record header 13 bytes, handshake header 12: type, length (3), message number (2), offset (3),
        // length (3).
        let body = Array(datagram[25...])
        let size = (body.count + parts - 1) / parts
        return (0..<parts).map { part in
            let range = min(part * size, body.count)..<min((part + 1) * size, body.count)
            let handshake =
                Array(datagram[13..<19]) + bytes24(range.lowerBound) + bytes24(range.count)
                + Array(body[range])
            var record = Array(datagram[..<13])
            record[10] = UInt8(part)
            record[11] = UInt8(handshake.count >> 8)
            record[12] = UInt8(handshake.count & 255)
            return record + handshake
        }
    }

    /// The datagram with the sequence numbers of its unencrypted records moved up: the fragments took some.
    static func renumbered(_ datagram: [UInt8], by offset: Int) -> [UInt8] {
        var result = datagram
        var start = 0
        while start + 13 <= result.count {
            let length = Int(result[start + 11]) << 8 | Int(result[start + 12])
            let epoch = Int(result[start + 3]) << 8 | Int(result[start + 4])
            if epoch == 0 { result[start + 10] += UInt8(offset) }
            start += 13 + length
        }
        return result
    }

    private static func bytes24(_ value: Int) -> [UInt8] {
        [UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }
}
