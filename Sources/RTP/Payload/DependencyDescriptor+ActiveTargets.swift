extension DependencyDescriptor {
    /// The flags behind the mandatory fields, in bits.
    private static let flagCount = 5

    /// The length of the descriptor with a mask of active decode targets, in bytes.
    ///
    /// - Parameter bytes: What this was read from.
    /// - Returns: `nil` if no structure is known.
    public func lengthWithActiveDecodeTargets(_ bytes: Span<UInt8>) -> Int? {
        guard let maskWidth else { return nil }
        var bits = bytes.count * 8 + (hasMask ? 0 : maskWidth)
        if bytes.count == Self.mandatoryLength { bits += Self.flagCount }
        return (bits + 7) / 8
    }

    /// Writes the descriptor with another mask of active decode targets, for a receiver that does not get all
    /// that the sender produces: it would wait for layers that never come.
    ///
    /// - Parameters:
    ///   - mask: The targets the receiver gets, the first in the lowest bit.
    ///   - bytes: What this was read from.
    ///   - packet: The packet to write into, with room for ``lengthWithActiveDecodeTargets(_:)`` bytes.
    ///   - offset: Where to begin.
    /// - Returns: The bytes written; `nil`, and nothing has changed, without room or if no structure is
    ///   known.
    public func write(
        activeDecodeTargets mask: UInt32, of bytes: Span<UInt8>, into packet: inout MutableSpan<UInt8>,
        at offset: Int
    ) -> Int? {
        guard let maskWidth, let length = lengthWithActiveDecodeTargets(bytes), offset >= 0,
            length <= packet.count - offset
        else { return nil }
        var reader = BitReader(bytes)
        var writer = BitWriter(at: offset)
        // The bytes have been read once as they are: nothing here goes beyond their end, but the compiler has
        // not seen it.
        do throws(PayloadParseError) {
            try Self.copy(Self.mandatoryLength * 8, from: &reader, to: &writer, in: &packet)
            let flags = reader.position < bytes.count * 8 ? try reader.bits(Self.flagCount) : 0
            writer.append(flags | 0b01000, width: Self.flagCount, into: &packet)
            try Self.copy(maskPosition - reader.position, from: &reader, to: &writer, in: &packet)
            if hasMask { _ = try reader.bits(maskWidth) }
            writer.append(mask, width: maskWidth, into: &packet)
            try Self.copy(bytes.count * 8 - reader.position, from: &reader, to: &writer, in: &packet)
        } catch {
            return nil
        }
        return (writer.position + 7) / 8
    }

    /// Adds to the identifiers of templates in a descriptor that stands in a packet: to its frame's, and to the first of the
    /// structure that it may bring.
    ///
    /// - Parameters:
    ///   - shift: What to add, modulo 64.
    ///   - packet: The packet.
    ///   - range: Where the descriptor stands in it.
    public static func shiftTemplates(by shift: UInt8, in packet: inout MutableSpan<UInt8>, at range: Range<Int>) {
        guard range.lowerBound >= 0, range.upperBound <= packet.count, range.count >= mandatoryLength else { return }
        let start = range.lowerBound
        packet[start] = packet[start] & 0xC0 | (packet[start] &+ shift) & 63
        // Five flags, the first of which announces a structure; that begins with its offset of six bits.
        guard range.count > mandatoryLength + 1, packet[start + 3] & 0x80 != 0 else { return }
        let offset = ((packet[start + 3] & 7) << 3 | packet[start + 4] >> 5) &+ shift
        packet[start + 3] = packet[start + 3] & 0xF8 | offset >> 3 & 7
        packet[start + 4] = packet[start + 4] & 0x1F | offset << 5
    }

    private static func copy(
        _ count: Int, from reader: inout BitReader, to writer: inout BitWriter,
        in packet: inout MutableSpan<UInt8>
    ) throws(PayloadParseError) {
        var remaining = count
        while remaining > 0 {
            let width = min(remaining, 32)
            writer.append(try reader.bits(width), width: width, into: &packet)
            remaining -= width
        }
    }
}
