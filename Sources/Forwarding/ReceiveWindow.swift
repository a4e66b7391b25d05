import Wire

/// Which of the last 2048 sequence numbers of a stream have come in: one bit each.
struct ReceiveWindow: Sendable {
    /// The numbers that are remembered.
    static let length: UInt64 = 2048

    private var bits: [32 of UInt64] = .init(repeating: 0)
    /// The highest number that came in, `nil` before the first.
    private(set) var highest: ExtendedSequenceNumber?

    /// What is known of a number.
    enum Knowledge: Equatable { case new, missing, received, tooOld }

    /// What is known of `number` before it is inserted.
    func knowledge(of number: ExtendedSequenceNumber) -> Knowledge {
        guard let highest, number <= highest else { return .new }
        guard number.rawValue &+ Self.length > highest.rawValue else { return .tooOld }
        return isSet(number.rawValue) ? .received : .missing
    }

    /// Marks `number` as received. A number that is too old is ignored.
    mutating func insert(_ number: ExtendedSequenceNumber) {
        guard let highest else {
            self.highest = number
            set(number.rawValue)
            return
        }
        if number > highest {
            let gap = number.rawValue - highest.rawValue
            if gap >= Self.length {
                bits = .init(repeating: 0)
            } else {
                var cleared = highest.rawValue + 1
                while cleared < number.rawValue {
                    clear(cleared)
                    cleared += 1
                }
            }
            self.highest = number
        } else if number.rawValue &+ Self.length <= highest.rawValue {
            return
        }
        set(number.rawValue)
    }

    private func isSet(_ number: UInt64) -> Bool {
        bits[Int(number % Self.length) / 64] & 1 << (number % 64) != 0
    }
    private mutating func set(_ number: UInt64) { bits[Int(number % Self.length) / 64] |= 1 << (number % 64) }
    private mutating func clear(_ number: UInt64) {
        bits[Int(number % Self.length) / 64] &= ~(1 << (number % 64))
    }
}
