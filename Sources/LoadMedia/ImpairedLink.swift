public import Wire

/// One direction of a bad network: packets go in, and come out late, twice, in another order or never.
///
/// Sans-IO: ``offer(_:byteCount:at:)`` when something is sent; ``poll(at:)`` until `nil` when ``nextDue`` has come. What a
/// packet is, is the caller's: its bytes, or a place in a pool.
public struct ImpairedLink<Item> {
    private var model: LinkModel
    private var queue = DueQueue<Item>()

    /// Makes a link whose conditions do not change.
    public init(_ conditions: LinkConditions, seed: UInt64) { model = LinkModel(conditions, seed: seed) }

    /// Makes a link whose conditions change at the given moments after `start`.
    public init(_ steps: [LinkStep], start: Timestamp, seed: UInt64) {
        model = LinkModel(steps, start: start, seed: seed)
    }

    /// Sends a packet; the answer says what becomes of it.
    @discardableResult
    public mutating func offer(_ item: Item, byteCount: Int, at now: Timestamp) -> LinkModel.Fate {
        let fate = model.admit(byteCount: byteCount, at: now)
        if case .arrives(let due, let again) = fate {
            queue.insert(item, due: due)
            if let again { queue.insert(item, due: again) }
        }
        return fate
    }

    /// The next packet that has arrived at `now`; `nil` if none has.
    public mutating func poll(at now: Timestamp) -> Item? { queue.removeFirst(at: now) }

    /// When the next packet arrives; `nil` if none is on its way.
    public var nextDue: Timestamp? { queue.nextDue }
    /// How many packets are on their way.
    public var inFlight: Int { queue.count }
    /// What has happened so far.
    public var figures: LinkModel.Figures { model.figures }
}

extension ImpairedLink: Sendable where Item: Sendable {}
