/// Unguessable names: identifiers, tokens, rooms.
enum RandomText {
    /// No vowels and nothing that looks like something else: no words by accident, and readable aloud. 32
    /// characters.
    private static let alphabet = Array("23456789bcdfghjkmnpqrstvwxzBCDFG".utf8)

    /// `prefix` and `characters` random ones of five bits each.
    static func make(
        _ prefix: String, characters: Int, using generator: inout some RandomNumberGenerator
    ) -> String {
        var text = Array(prefix.utf8)
        for _ in 0..<characters { text.append(alphabet[Int(generator.next() >> 59)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// A participant: 80 bits, unique for ever.
    static func participant(using generator: inout some RandomNumberGenerator) -> String {
        make("p-", characters: 16, using: &generator)
    }

    /// A track: 80 bits, unique for ever.
    static func track(using generator: inout some RandomNumberGenerator) -> String {
        make("t-", characters: 16, using: &generator)
    }

    /// A room's identifier in the records: 80 bits, unique for ever.
    static func roomIdentifier(using generator: inout some RandomNumberGenerator) -> String {
        make("r-", characters: 16, using: &generator)
    }

    /// A connection, for the logs.
    static func connection(using generator: inout some RandomNumberGenerator) -> String {
        make("c-", characters: 10, using: &generator)
    }

    /// A room's name in the address that nobody can guess: 60 bits in three groups, `bcdf-2345-ghjk`.
    static func roomName(using generator: inout some RandomNumberGenerator) -> String {
        (0..<3).map { _ in make("", characters: 4, using: &generator) }.joined(separator: "-").lowercased()
    }

    /// A secret: 160 bits.
    static func secret(using generator: inout some RandomNumberGenerator) -> String {
        make("", characters: 32, using: &generator)
    }
}
