/// What is wrong with the settings, as a sentence for who started the server.
struct SettingsError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The known name nearest to a mistyped one.
enum Suggestion {
    /// ". Did you mean --http-port?", or nothing when no name is near.
    static func sentence(for name: String, among names: some Sequence<String>) -> String {
        let best = names.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
        guard let best, best.1 <= max(2, name.count / 4) else { return "." }
        return ". Did you mean \(best.0)?"
    }

    /// Levenshtein's distance.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8.prefix(64))
        let right = Array(right.utf8.prefix(64))
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var previous = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = a == b ? previous : 1 + min(previous, above, row[j])
                previous = above
            }
        }
        return row[right.count]
    }
}
