/// One side's user name fragment and password for one ICE session (RFC 8445 §5.3, RFC 8839 §5.4).
///
/// The password is printed by no description, debug description or dump.
public struct ICECredentials: Equatable, Sendable {
    /// `ice-ufrag`: 4 to 256 characters.
    public var usernameFragment: String
    /// `ice-pwd`: 22 to 256 characters, a secret.
    public var password: String

    /// Makes credentials from their texts, unchecked; `isWellFormed` tells whether they obey the grammar.
    public init(usernameFragment: String, password: String) {
        self.usernameFragment = usernameFragment
        self.password = password
    }

    /// Whether both texts have the length and the characters that RFC 8839 §5.4 asks for.
    public var isWellFormed: Bool {
        (4...256).contains(usernameFragment.utf8.count)
            && usernameFragment.utf8.allSatisfy(ICECharacter.contains)
            && (22...256).contains(password.utf8.count) && password.utf8.allSatisfy(ICECharacter.contains)
    }

    /// The password as the key of MESSAGE-INTEGRITY (RFC 8489 §9.1.1).
    ///
    /// RFC 8265's preparation changes nothing here: the grammar leaves only ASCII.
    var integrityKey: [UInt8] { Array(password.utf8) }
}

extension ICECredentials {
    /// How many workers a fragment can name: two digits to the base of 36.
    public static let mostWorkers = 36 * 36

    /// Random characters behind the worker's two: 8 of 64 kinds are 48 bits, RFC 8445 §5.3 asks for 24.
    private static let randomFragmentCharacters = 8
    /// 24 of 64 kinds are 144 bits, RFC 8445 §5.3 asks for 128.
    private static let passwordCharacters = 24

    /// Fresh credentials whose fragment starts with the worker's index in two base-36 digits.
    ///
    /// Whoever gets a first STUN message from an unknown address can so tell whose it is. An index outside 0
    /// to 1295 is a programming error; the generator should be a cryptographic one, but for simulations.
    public static func random(
        workerIndex: Int,
        using generator: inout some RandomNumberGenerator
    ) -> ICECredentials {
        precondition((0..<mostWorkers).contains(workerIndex), "a worker index is 0 to 1295")
        let digits = String(workerIndex, radix: 36)
        let prefix = String(repeating: "0", count: 2 - digits.count) + digits
        return ICECredentials(
            usernameFragment: prefix + randomText(randomFragmentCharacters, using: &generator),
            password: randomText(passwordCharacters, using: &generator)
        )
    }

    /// The index of the worker that made a fragment, `nil` when none of ours did.
    public static func workerIndex(ofLocalFragment fragment: some StringProtocol) -> Int? {
        let bytes = Array(fragment.utf8)
        guard bytes.count == 2 + randomFragmentCharacters, let high = digit(bytes[0]),
            let low = digit(bytes[1])
        else {
            return nil
        }
        return high * 36 + low
    }

    /// The two halves of a check's USERNAME as its receiver sees it: own fragment first (RFC 8445 §7.2.2).
    public static func fragments(ofUsername username: String) -> (local: Substring, remote: Substring)? {
        guard let colon = username.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        return (username[..<colon], username[username.utf8.index(after: colon)...])
    }

    private static func randomText(_ count: Int, using generator: inout some RandomNumberGenerator) -> String {
        String(decoding: (0..<count).map { _ in ICECharacter.random(using: &generator) }, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte - UInt8(ascii: "a")) + 10
        default: nil
        }
    }
}

extension ICECredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The fragment alone.
    public var description: String { "ICECredentials(\(usernameFragment), password hidden)" }
    /// The fragment alone.
    public var debugDescription: String { description }
    /// Shows the fragment alone, so that `dump` of whatever holds credentials gives no secret away.
    public var customMirror: Mirror { Mirror(self, children: ["usernameFragment": usernameFragment]) }
}

/// `ice-char` (RFC 8839 §5.1): letters, digits, `+` and `/`.
enum ICECharacter {
    private static let all = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func contains(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    /// One of the 64 characters, each as likely as the others: six bits.
    static func random(using generator: inout some RandomNumberGenerator) -> UInt8 {
        all[Int(generator.next() >> 58)]
    }
}
