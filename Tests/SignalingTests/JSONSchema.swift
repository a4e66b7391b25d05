import Foundation

/// As much of JSON Schema (2020-12) as the server's OpenAPI document uses. An unknown keyword is an error, so
/// that nothing goes unchecked.
struct JSONSchema: @unchecked Sendable {  // read only
    let document: [String: Any]

    /// What is wrong with a value, each with its place; empty when it fits.
    func problems(of value: Any, against schema: [String: Any], at place: String = "$") -> [String] {
        var problems: [String] = []
        for (keyword, argument) in schema {
            switch keyword {
            case "$ref": problems += problemsOfReferred(value, argument, place)
            case "type":
                if !has(value, type: argument as? String ?? "") {
                    problems.append("\(place) is no \(argument)")
                }
            case "enum":
                let texts = argument as? [String] ?? []
                if !texts.contains(value as? String ?? "\u{0}") {
                    problems.append("\(place) is none of \(texts)")
                }
            case "minimum":
                if number(value) < number(argument) { problems.append("\(place) is below \(argument)") }
            case "maximum":
                if number(value) > number(argument) { problems.append("\(place) is above \(argument)") }
            case "format":
                if argument as? String != "date-time" { problems.append("\(place): unknown format") }
                let pattern = #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#
                if (value as? String)?.wholeMatch(of: pattern) == nil {
                    problems.append("\(place) is no time")
                }
            case "items":
                for (index, item) in (value as? [Any] ?? []).enumerated() {
                    problems += self.problems(
                        of: item, against: argument as? [String: Any] ?? [:], at: "\(place)[\(index)]")
                }
            case "required":
                for name in argument as? [String] ?? [] where (value as? [String: Any])?[name] == nil {
                    problems.append("\(place).\(name) is missing")
                }
            case "properties": break
            case "additionalProperties":
                problems += members(
                    value, schema["properties"] as? [String: Any] ?? [:], others: argument, place)
            case "description": break
            default: problems.append("\(place): unknown keyword \(keyword)")
            }
        }
        return problems
    }

    private func problemsOfReferred(_ value: Any, _ reference: Any, _ place: String) -> [String] {
        guard let schema = resolve(reference) else { return ["\(place): \(reference) leads nowhere"] }
        return problems(of: value, against: schema, at: place)
    }

    /// Follows `#/components/…`.
    func resolve(_ reference: Any) -> [String: Any]? {
        guard let path = (reference as? String)?.split(separator: "/"), path.first == "#" else { return nil }
        return path.dropFirst().reduce(document as [String: Any]?) { $0?[String($1)] as? [String: Any] }
    }

    private func members(_ value: Any, _ known: [String: Any], others: Any, _ place: String) -> [String] {
        guard let object = value as? [String: Any] else { return [] }
        return object.flatMap { name, member in
            if let schema = (known[name] ?? others) as? [String: Any] {
                return problems(of: member, against: schema, at: "\(place).\(name)")
            }
            return ["\(place).\(name) is not in the document"]
        }
    }

    private func has(_ value: Any, type: String) -> Bool {
        let number = value as? NSNumber
        let isBool = number.map { isBoolean($0) } ?? false
        switch type {
        case "object": return value is [String: Any]
        case "array": return value is [Any]
        case "string": return value is String
        case "boolean": return isBool
        case "integer": return number.map { !isBool && $0.doubleValue == $0.doubleValue.rounded() } ?? false
        case "number": return number != nil && !isBool
        default: return false
        }
    }

    private func number(_ value: Any) -> Double { (value as? NSNumber)?.doubleValue ?? .nan }
    /// JSON's true and false are numbers of C type `c` to Foundation.
    private func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
