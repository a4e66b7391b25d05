/// A JSON value (RFC 8259) as it came in or will go out.
///
/// A value of our own rather than a decoder's: what one member sends to another is passed on with every field
/// it had, in its order and with its numbers spelled as they were.
enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// A number as it is spelled; nothing is lost by passing it on.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
    /// A value that is already written. Only goes out, never comes in.
    case written(String)

    /// A whole number.
    static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

    /// The string, or null when there is none.
    static func optional(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

    /// What kind of value this is, for a sentence to a developer.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a Boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object, .written: "an object"
        }
    }
}

/// The members of a JSON object in the order in which they were written.
struct JSONObject: Equatable, Sendable, ExpressibleByDictionaryLiteral {
    /// One name and its value.
    struct Member: Equatable, Sendable {
        var name: String
        var value: JSONValue
    }

    private(set) var members: [Member] = []

    init() {}

    init(dictionaryLiteral elements: (String, JSONValue)...) {
        members = elements.map { Member(name: $0.0, value: $0.1) }
    }

    /// The value of the last member with this name, as JavaScript's `JSON.parse` has it; setting `nil`
    /// removes all of them.
    subscript(_ name: String) -> JSONValue? {
        get { members.last { $0.name == name }?.value }
        set {
            members.removeAll { $0.name == name }
            if let newValue { members.append(Member(name: name, value: newValue)) }
        }
    }

    /// Adds a member without looking whether there is one of that name.
    mutating func append(_ name: String, _ value: JSONValue) {
        members.append(Member(name: name, value: value))
    }
}
