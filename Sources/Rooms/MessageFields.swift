/// The fields of a message, read by name and kind. What does not fit is refused with the field and what it
/// should have been.
struct MessageFields {
    let object: JSONObject
    /// Where the object stands in the message, for the sentence: `tracks[2].`.
    private let path: String

    /// The most entries that a list in a message may have; far above every limit of what they describe.
    private static let longestList = 256

    init(_ object: JSONObject, path: String = "") {
        self.object = object
        self.path = path
    }

    /// The error for a field that is missing or of the wrong kind.
    func wrong(_ name: String, _ expected: String) -> SignalingError {
        let found =
            switch object[name] {
            case nil: "it is missing"
            case .string, .number: "it has another value"
            case let value?: "it is \(value.kind)"
            }
        return SignalingError(.badMessage, "The field \"\(path)\(name)\" should be \(expected); \(found).")
    }

    /// A field that may be missing or null.
    private func present(_ name: String) -> JSONValue? {
        guard let value = object[name], value != .null else { return nil }
        return value
    }

    func optionalString(_ name: String) throws(SignalingError) -> String? {
        guard let value = present(name) else { return nil }
        guard case .string(let text) = value else { throw wrongKind(name, "a string", value) }
        return text
    }

    func string(_ name: String) throws(SignalingError) -> String {
        guard let text = try optionalString(name) else { throw wrong(name, "a string") }
        return text
    }

    func optionalBool(_ name: String) throws(SignalingError) -> Bool? {
        guard let value = present(name) else { return nil }
        guard case .bool(let flag) = value else { throw wrongKind(name, "true or false", value) }
        return flag
    }

    func bool(_ name: String) throws(SignalingError) -> Bool {
        guard let flag = try optionalBool(name) else { throw wrong(name, "true or false") }
        return flag
    }

    /// A whole number that JavaScript can count with: up to 2⁵³ − 1.
    func integer(_ name: String) throws(SignalingError) -> Int {
        guard case .number(let spelling)? = object[name], let number = Int(spelling),
            (0..<9_007_199_254_740_992).contains(number)
        else { throw wrong(name, "a whole number from 0") }
        return number
    }

    func optionalInteger(_ name: String) throws(SignalingError) -> Int? {
        present(name) == nil ? nil : try integer(name)
    }

    func optionalObject(_ name: String) throws(SignalingError) -> MessageFields? {
        guard let value = present(name) else { return nil }
        guard case .object(let fields) = value else { throw wrongKind(name, "an object", value) }
        return MessageFields(fields, path: "\(path)\(name).")
    }

    func optionalArray(_ name: String) throws(SignalingError) -> [MessageFields]? {
        guard let value = present(name) else { return nil }
        guard case .array(let values) = value else { throw wrongKind(name, "an array", value) }
        guard values.count <= Self.longestList else {
            throw wrong(name, "an array of at most \(Self.longestList) entries")
        }
        var entries: [MessageFields] = []
        for (index, entry) in values.enumerated() {
            guard case .object(let fields) = entry else {
                throw SignalingError(
                    .badMessage,
                    "The field \"\(path)\(name)[\(index)]\" should be an object; it is \(entry.kind).")
            }
            entries.append(MessageFields(fields, path: "\(path)\(name)[\(index)]."))
        }
        return entries
    }

    func optionalStrings(_ name: String) throws(SignalingError) -> [String]? {
        guard let value = present(name) else { return nil }
        guard case .array(let values) = value else { throw wrongKind(name, "an array", value) }
        guard values.count <= Self.longestList else {
            throw wrong(name, "an array of at most \(Self.longestList) entries")
        }
        var strings: [String] = []
        for (index, entry) in values.enumerated() {
            guard case .string(let text) = entry else { throw wrongKind("\(name)[\(index)]", "a string", entry) }
            strings.append(text)
        }
        return strings
    }

    /// `id`: a string of 1 to 64 characters, or a whole number.
    func requestID() throws(SignalingError) -> RequestID {
        switch object["id"] {
        case .string(let text)? where (1...256).contains(text.utf8.count) && text.count <= 64:
            return .string(text)
        case .number(let spelling)? where Int64(spelling) != nil: return .integer(spelling)
        default: throw wrong("id", "a string of 1 to 64 characters or a whole number, chosen by you")
        }
    }

    private func wrongKind(_ name: String, _ expected: String, _ value: JSONValue) -> SignalingError {
        SignalingError(
            .badMessage, "The field \"\(path)\(name)\" should be \(expected); it is \(value.kind).")
    }
}
