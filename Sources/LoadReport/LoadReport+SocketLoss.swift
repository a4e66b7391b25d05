extension LoadReport {
    /// Whose sockets overflowed, as a sentence; `nil` when nothing was lost.
    ///
    /// A datagram for which a socket has no room is lost on the machine that was to take it: on the server's side it is the
    /// server's limit, on the generator's the run says nothing about the server.
    public var socketLoss: String? {
        let (own, other) = (generator.socketDrops, server?.socketDrops)
        let isLossy = traffic.lossBeforeRepair.map { $0 > 0 } ?? false
        guard isLossy || own > 0 || other.map({ $0 > 0 }) ?? false else { return nil }
        guard own > 0 || other != 0 else {
            return "Nothing of it was lost in socket buffers: neither the server's nor the generator's overflowed."
        }
        let theirs = other.map { "the server's \(Self.dropping($0))" } ?? "the server's were not looked at"
        return "Socket buffers: \(theirs), the generator's \(Self.dropping(own))."
    }

    private static func dropping(_ count: UInt64) -> String {
        count > 0 ? "dropped " + Quantity.counted(count, "datagram") : "dropped nothing"
    }
}
