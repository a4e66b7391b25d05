/// Which local identifier each header extension has on one transport (RFC 8285 §5).
///
/// Sixteen bytes by value: byte `n` holds the identifier of the extension whose raw value is `n`, zero if it
/// was not negotiated. Both look-ups are a few instructions; neither allocates.
public struct ExtensionMap: Sendable, Equatable {
    @usableFromInline var low: UInt64
    @usableFromInline var high: UInt64

    /// Makes a map with no extension in it.
    @inlinable
    public init() {
        low = 0
        high = 0
    }

    /// The identifier that `kind` has, 1 to 255; `nil` if it was not negotiated.
    @inlinable
    public func id(for kind: RTPExtension) -> UInt8? {
        let id = slot(kind.rawValue)
        return id == 0 ? nil : id
    }

    /// The extension that has the identifier `id`; `nil` if none has.
    @inlinable
    public func kind(for id: UInt8) -> RTPExtension? {
        guard id != 0 else { return nil }
        if let index = Self.firstIndex(of: id, in: low) { return RTPExtension(rawValue: index) }
        if let index = Self.firstIndex(of: id, in: high) { return RTPExtension(rawValue: index + 8) }
        return nil
    }

    /// Gives `kind` the identifier `id`, which whichever extension had it before loses.
    ///
    /// `nil` and 0 remove `kind`.
    public mutating func set(_ kind: RTPExtension, to id: UInt8?) {
        if let id, let holder = self.kind(for: id) { store(0, in: holder.rawValue) }
        store(id ?? 0, in: kind.rawValue)
    }

    /// Whether no extension has been negotiated.
    @inlinable
    public var isEmpty: Bool { low == 0 && high == 0 }

    /// The highest identifier in use; above 14 only the two-byte form can carry it (RFC 8285 §4.2).
    public var highestID: UInt8 {
        RTPExtension.allCases.reduce(0) { max($0, slot($1.rawValue)) }
    }

    @inlinable
    func slot(_ index: UInt8) -> UInt8 {
        UInt8(truncatingIfNeeded: (index < 8 ? low : high) >> (UInt64(index & 7) * 8))
    }

    private mutating func store(_ id: UInt8, in index: UInt8) {
        let shift = UInt64(index & 7) * 8
        if index < 8 {
            low = low & ~(0xFF << shift) | UInt64(id) << shift
        } else {
            high = high & ~(0xFF << shift) | UInt64(id) << shift
        }
    }

    /// The lowest byte of `word` that equals `value`, all eight looked at together.
    ///
    /// A byte of `difference` is zero where it matches, and subtracting one from it borrows into its top bit.
    /// A borrow can mark bytes above a match by mistake, never the lowest one.
    @inlinable
    static func firstIndex(of value: UInt8, in word: UInt64) -> UInt8? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let difference = word ^ (ones &* UInt64(value))
        let matches = (difference &- ones) & ~difference & (ones << 7)
        return matches == 0 ? nil : UInt8(truncatingIfNeeded: matches.trailingZeroBitCount >> 3)
    }
}
