/// What a participant asks for of the pictures that it receives, besides the slots it offers: how large it shows them, and
/// how many cameras it wants (`subscription-settings` of docs/signaling-protocol.md).
///
/// Pure: it is told what is on its slots, and says what to tell the server. Each track is named once.
struct SubscriptionChoice: Sendable {
    /// One message to the server.
    struct Wish: Equatable, Sendable {
        /// Tracks whose picture is shown in the size.
        var tracks: [String] = []
        /// The shorter side of their pictures, in pixels.
        var maxHeight = 0
        /// The most cameras; `nil` when that has been told.
        var lastN: Int?
    }

    /// The shorter side of each picture, in pixels; `nil` for any size.
    private let maxHeight: Int?
    /// The most cameras; `nil` for as many as there are slots, or when that has been told.
    private var lastN: Int?
    private var named: Set<String> = []

    /// `nil` when everything is taken as it comes.
    init?(_ settings: LoadSettings) {
        maxHeight = settings.whole("max-height").flatMap { $0 > 0 ? $0 : nil }
        lastN = settings.whole("last-n").flatMap { $0 >= 0 ? $0 : nil }
        if maxHeight == nil, lastN == nil { return nil }
    }

    /// What the server has to be told when these tracks with pictures are on the slots; `nil` for nothing new.
    mutating func wish(for tracks: some Sequence<String>) -> Wish? {
        var wish = Wish(lastN: lastN)
        lastN = nil
        if let maxHeight {
            wish.maxHeight = maxHeight
            wish.tracks = Set(tracks).subtracting(named).sorted()
            named.formUnion(wish.tracks)
        }
        return wish.tracks.isEmpty && wish.lastN == nil ? nil : wish
    }
}
