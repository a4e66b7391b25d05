internal import Wire

/// The last packets sent to a receiver without RTX, as they went out.
///
/// Such a receiver gets a lost packet again under its old number. To encrypt it anew would need the very same bytes,
/// extensions included, or the nonce would be used for two packets; keeping the ciphertext makes that impossible.
struct CiphertextRing {
    private static let capacity = 256
    private var slots: [UInt8]
    private var numbers: [UInt32]
    private var lengths: [UInt16]

    init() {
        slots = [UInt8](repeating: 0, count: Self.capacity * EgressBatch.slotSize)
        numbers = [UInt32](repeating: .max, count: Self.capacity)
        lengths = [UInt16](repeating: 0, count: Self.capacity)
    }

    mutating func keep(_ packet: UnsafePointer<UInt8>, length: Int, number: SequenceNumber) {
        guard length <= EgressBatch.slotSize else { return }
        let place = Int(number.rawValue) % Self.capacity
        unsafe slots.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            unsafe (start + place * EgressBatch.slotSize).update(from: packet, count: length)
        }
        numbers[place] = UInt32(number.rawValue)
        lengths[place] = UInt16(truncatingIfNeeded: length)
    }

    /// Copies the packet with `number`; returns its length, `nil` if it is not here any more.
    func copy(_ number: SequenceNumber, to target: UnsafeMutablePointer<UInt8>, capacity: Int) -> Int? {
        let place = Int(number.rawValue) % Self.capacity
        let length = Int(lengths[place])
        guard numbers[place] == UInt32(number.rawValue), length <= capacity else { return nil }
        unsafe slots.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            unsafe target.update(from: start + place * EgressBatch.slotSize, count: length)
        }
        return length
    }

    mutating func removeAll() {
        for place in numbers.indices { numbers[place] = .max }
    }
}
