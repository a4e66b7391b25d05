/// What the names of simulcast layers say about their sizes.
///
/// Layers are taken to be offered lowest first: so `RTCRtpEncodingParameters` counts where nothing is said of their
/// scale. Some clients list the largest first and name them as everybody does; then the names count.
enum LayerNames {
    private static let knownOrders: [[String]] = [
        ["q", "h", "f"], ["l", "m", "h"], ["low", "mid", "high"], ["low", "medium", "high"], ["lo", "mid", "hi"],
        ["small", "medium", "large"], ["quarter", "half", "full"],
    ]

    /// The places of `names`, lowest layer first; as they stand where the names say nothing.
    static func ascending(_ names: [String]) -> [Int] {
        guard names.count > 1, let order = knownOrders.first(where: { Set(names).isSubset(of: $0) }) else {
            return Array(names.indices)
        }
        return names.indices.sorted { first, second in
            (order.firstIndex(of: names[first]) ?? 0) < (order.firstIndex(of: names[second]) ?? 0)
        }
    }
}
