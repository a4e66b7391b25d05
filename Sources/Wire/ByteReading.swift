/// Big-endian reads from untrusted bytes.
///
/// The subscripts behind these are bounds-checked: one `guard count >= n` before a run of fixed offsets lets the
/// optimiser fold the checks, and a missing guard traps in tests instead of reading beyond the packet.
extension Span where Element == UInt8 {
    /// The 16-bit number at `offset`, network byte order.
    @inlinable @inline(always)
    public func uint16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
    }

    /// The 24-bit number at `offset`, network byte order.
    @inlinable @inline(always)
    public func uint24(at offset: Int) -> UInt32 {
        UInt32(self[offset]) << 16 | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2])
    }

    /// The 32-bit number at `offset`, network byte order.
    @inlinable @inline(always)
    public func uint32(at offset: Int) -> UInt32 {
        UInt32(self[offset]) << 24 | UInt32(self[offset + 1]) << 16 | UInt32(self[offset + 2]) << 8
            | UInt32(self[offset + 3])
    }

    /// The 64-bit number at `offset`, network byte order.
    @inlinable @inline(always)
    public func uint64(at offset: Int) -> UInt64 {
        UInt64(uint32(at: offset)) << 32 | UInt64(uint32(at: offset + 4))
    }

    /// A copy of the bytes, for control-plane use.
    @inlinable
    public func copied() -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count { unsafe buffer.initializeElement(at: index, to: self[index]) }
            initialized = count
        }
    }

    /// Whether both hold the same bytes. Not constant-time: never for secrets.
    @inlinable
    public func elementsEqual(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }
}

/// Big-endian writes into a packet that is being rewritten.
extension MutableSpan where Element == UInt8 {
    /// Stores a 16-bit number at `offset`, network byte order.
    @inlinable @inline(always)
    public mutating func store(_ value: UInt16, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    /// Stores a 32-bit number at `offset`, network byte order.
    @inlinable @inline(always)
    public mutating func store(_ value: UInt32, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 24)
        self[offset + 1] = UInt8(truncatingIfNeeded: value >> 16)
        self[offset + 2] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 3] = UInt8(truncatingIfNeeded: value)
    }
}
