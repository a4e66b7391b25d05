/// An `a=` line: a name, and a value if a colon follows it (RFC 8866 §5.13).
public struct Attribute: Sendable, Equatable {
    /// What stands before the colon.
    public var name: String
    /// What stands after it; `nil` without a colon.
    public var value: String?

    /// Makes an attribute; without a value it is a property such as `rtcp-mux`.
    public init(_ name: String, _ value: String? = nil) {
        self.name = name
        self.value = value
    }

    /// Reads what stands after `a=`.
    init(line: String) {
        let utf8 = line.utf8
        guard let colon = utf8.firstIndex(of: UInt8(ascii: ":")) else {
            self.init(line)
            return
        }
        self.init(String(line[..<colon]), String(line[utf8.index(after: colon)...]))
    }
}

/// An attribute whose value has a grammar of its own.
///
/// A value that does not fit its grammar reads as if it were not there: attributes that are not understood
/// are to be ignored (RFC 8866 §5.13), and what is missing is noticed by who needs it.
public protocol TypedAttribute {
    /// The name before the colon.
    static var attributeName: String { get }
    /// Reads a value; `nil` if it does not fit the grammar.
    init?(attributeValue: String)
    /// The value as it is written.
    var attributeValue: String { get }
}

/// The attributes of one level of a description, in order; names may repeat.
public struct AttributeList: Sendable, Equatable, ExpressibleByArrayLiteral {
    /// All of them.
    public var elements: [Attribute]

    /// Makes a list of attributes.
    public init(arrayLiteral elements: Attribute...) { self.elements = elements }

    /// Whether there is an attribute of this name.
    public func contains(_ name: String) -> Bool { elements.contains { $0.name == name } }

    /// The value of the first attribute of this name; `nil` if there is none or it has no value.
    public subscript(name: String) -> String? { elements.first { $0.name == name }?.value }

    /// The values of all attributes of this name.
    public func values(_ name: String) -> [String] {
        elements.compactMap { $0.name == name ? $0.value : nil }
    }

    /// The first attribute of a kind that can be read.
    public func first<Value: TypedAttribute>(_ kind: Value.Type = Value.self) -> Value? {
        for element in elements where element.name == Value.attributeName {
            if let text = element.value, let value = Value(attributeValue: text) { return value }
        }
        return nil
    }

    /// All attributes of a kind that can be read, in order.
    public func all<Value: TypedAttribute>(_ kind: Value.Type = Value.self) -> [Value] {
        values(Value.attributeName).compactMap(Value.init(attributeValue:))
    }

    /// Appends an attribute.
    public mutating func append(_ name: String, _ value: String? = nil) {
        elements.append(Attribute(name, value))
    }

    /// Appends an attribute.
    public mutating func append(_ value: some TypedAttribute) {
        append(type(of: value).attributeName, value.attributeValue)
    }
}
