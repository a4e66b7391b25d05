import Engine

/// Which tracks came up, and which went.
struct PublishedChanges {
    /// In the order in which they came up.
    var added: [SlotTable.Wanted] = []
    var removed: Set<PublicationID> = []

    init(from former: [SlotTable.Wanted], to present: [SlotTable.Wanted]) {
        let known = Set(former.lazy.map(\.publication))
        let current = Set(present.lazy.map(\.publication))
        added = present.filter { !known.contains($0.publication) }
        removed = known.subtracting(current)
    }

    var isEmpty: Bool { added.isEmpty && removed.isEmpty }

    /// The changes as they concern a participant, who does not receive itself.
    func without(_ participant: String) -> PublishedChanges {
        var result = self
        result.added.removeAll { $0.participant == participant }
        return result
    }
}
