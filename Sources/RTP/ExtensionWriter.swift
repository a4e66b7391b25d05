public import Wire

/// Writes the header extension of an outgoing packet, element by element (RFC 8285 §4).
///
///     var writer = ExtensionWriter(at: RTPHeader.fixedLength, form: .oneByte)
///     writer.append(id: 1, bytes: mid, into: &packet)
///     writer.appendUInt16(id: 3, transportNumber, into: &packet)
///     let payloadStart = writer.finish(into: &packet)
///
/// An element that the form cannot carry, or that does not fit into the packet, is refused and nothing is
/// written: its length may come from a remote packet. No method allocates.
public struct ExtensionWriter: Sendable {
    @usableFromInline let start: Int
    @usableFromInline var position: Int
    /// The form of the elements.
    public let form: ExtensionForm

    /// Makes a writer whose block begins at `offset`, which is where the fixed header ends.
    @inlinable
    public init(at offset: Int, form: ExtensionForm = .oneByte) {
        start = offset
        position = offset + 4
        self.form = form
    }

    /// Whether nothing has been appended, so that there will be no block.
    @inlinable
    public var isEmpty: Bool { position == start + 4 }

    /// Makes room for an element of `count` bytes and returns the offset of its data, whose bytes are left as
    /// they were: the caller stores them, at once or when the packet is sent.
    ///
    /// - Returns: `nil` if the element is refused.
    @inlinable
    public mutating func reserve(id: UInt8, count: Int, into packet: inout MutableSpan<UInt8>) -> Int? {
        switch form {
        case .oneByte:
            guard id >= 1, id <= 14, count >= 1, count <= 16 else { return nil }
        case .twoByte:
            guard id >= 1, count >= 0, count <= 255 else { return nil }
        }
        let data = position + (form == .oneByte ? 1 : 2)
        let padded = (data + count - start + 3) & ~3
        guard padded <= packet.count - start else { return nil }
        switch form {
        case .oneByte:
            packet[position] = id << 4 | UInt8(truncatingIfNeeded: count - 1)
        case .twoByte:
            packet[position] = id
            packet[position + 1] = UInt8(truncatingIfNeeded: count)
        }
        position = data + count
        return data
    }

    /// Appends an element with `bytes` as its data; `false` if it is refused.
    @inlinable @discardableResult
    public mutating func append(id: UInt8, bytes: Span<UInt8>, into packet: inout MutableSpan<UInt8>) -> Bool {
        guard let data = reserve(id: id, count: bytes.count, into: &packet) else { return false }
        for index in 0..<bytes.count { packet[data + index] = bytes[index] }
        return true
    }

    /// Appends an element of one byte; `false` if it is refused.
    @inlinable @discardableResult
    public mutating func appendUInt8(id: UInt8, _ value: UInt8, into packet: inout MutableSpan<UInt8>) -> Bool {
        guard let data = reserve(id: id, count: 1, into: &packet) else { return false }
        packet[data] = value
        return true
    }

    /// Appends an element of two bytes; `false` if it is refused.
    @inlinable @discardableResult
    public mutating func appendUInt16(id: UInt8, _ value: UInt16, into packet: inout MutableSpan<UInt8>)
        -> Bool
    {
        guard let data = reserve(id: id, count: 2, into: &packet) else { return false }
        packet.store(value, at: data)
        return true
    }

    /// Appends an element of three bytes, the low 24 bits of `value`; `false` if it is refused.
    @inlinable @discardableResult
    public mutating func appendUInt24(id: UInt8, _ value: UInt32, into packet: inout MutableSpan<UInt8>)
        -> Bool
    {
        guard let data = reserve(id: id, count: 3, into: &packet) else { return false }
        packet[data] = UInt8(truncatingIfNeeded: value >> 16)
        packet.store(UInt16(truncatingIfNeeded: value), at: data + 1)
        return true
    }

    /// Pads the block to 32 bits, writes its header and returns where the payload begins.
    ///
    /// Without elements nothing is written and the payload begins where the block would have.
    @inlinable
    public mutating func finish(into packet: inout MutableSpan<UInt8>) -> Int {
        guard !isEmpty else { return start }
        while (position - start) & 3 != 0 {
            packet[position] = 0
            position += 1
        }
        packet.store(form.profile, at: start)
        packet.store(UInt16(truncatingIfNeeded: (position - start) / 4 - 1), at: start + 2)
        return position
    }
}
