internal import FoundationEssentials

/// The values of all settings, resolved: the command line over the file over the named scenario over the defaults.
public struct LoadSettings: Sendable, Equatable {
    private var values: [String: String]

    /// The values that differ from the defaults and from the named scenario, for the report.
    public let given: [String: String]

    /// Resolves the layers.
    /// - Parameters:
    ///   - arguments: The command line's `--name value`, `--name=value`, or for a flag `--name` alone.
    ///   - file: The text of a JSON file, an object of names and values.
    public init(arguments: [String] = [], file: String? = nil) throws(LoadSetting.Failure) {
        var given = try Self.parse(file: file)
        for (name, value) in try Self.parse(arguments) { given[name] = value }
        for (name, value) in given { try Self.setting(name).check(value) }
        var values: [String: String] = [:]
        for setting in LoadSetting.byName.values { values[setting.name] = setting.fallback }
        let named = NamedScenario(rawValue: given["scenario"] ?? values["scenario"] ?? "") ?? .meeting
        for (name, value) in named.settings { values[name] = value }
        for (name, value) in given { values[name] = value }
        self.values = values
        self.given = given
    }

    /// The same with one value changed.
    public func setting(_ name: String, to value: String) -> LoadSettings {
        var copy = self
        copy.values[name] = value
        return copy
    }

    /// A text; empty when there is none.
    public func text(_ name: String) -> String { values[name] ?? "" }

    /// A whole number, `nil` when there is none.
    public func whole(_ name: String) -> Int? { Int(text(name)) }

    /// A number, `nil` when there is none.
    public func number(_ name: String) -> Double? { Double(text(name)) }

    /// Whether a flag is on.
    public func isOn(_ name: String) -> Bool { text(name) == "on" }

    private static func setting(_ name: String) throws(LoadSetting.Failure) -> LoadSetting {
        if let setting = LoadSetting.byName[name] { return setting }
        throw LoadSetting.Failure(description: "There is no setting --\(name); --help lists them all.")
    }

    /// The one setting that may be given several times: each adds to those before.
    private static let accumulating = "limit"

    private static func parse(_ arguments: [String]) throws(LoadSetting.Failure) -> [String: String] {
        var values: [String: String] = [:]
        var rest = arguments[...]
        func give(_ name: String, _ value: String) throws(LoadSetting.Failure) {
            guard let before = values.updateValue(value, forKey: name) else { return }
            guard name == Self.accumulating else {
                throw LoadSetting.Failure(description: "--\(name) is given twice, \"\(before)\" and \"\(value)\".")
            }
            values[name] = "\(before),\(value)"
        }
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--"), argument.count > 2 else {
                throw LoadSetting.Failure(description: "\"\(argument)\" is no setting; they begin with --.")
            }
            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            let setting = try setting(name)
            if parts.count == 2 {
                try give(name, String(parts[1]))
            } else if setting.kind == .flag, rest.first.map({ $0.hasPrefix("--") }) ?? true {
                try give(name, "on")
            } else if let value = rest.popFirst() {
                try give(name, value)
            } else {
                throw LoadSetting.Failure(description: "--\(name) needs a value.")
            }
        }
        return values
    }

    /// A value of a scenario file: numbers, words and truths stand as JSON has them.
    private enum FileValue: Decodable {
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .text(flag ? "on" : "off")
            } else if let number = try? container.decode(Double.self) {
                self = .text(LoadSetting.text(number))
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    private static func parse(file: String?) throws(LoadSetting.Failure) -> [String: String] {
        guard let file else { return [:] }
        do {
            let values = try JSONDecoder().decode([String: FileValue].self, from: Data(file.utf8))
            return values.mapValues { value in
                switch value {
                case .text(let text): text
                }
            }
        } catch {
            throw LoadSetting.Failure(
                description: "The scenario file has to be a JSON object of settings and their values: \(error)")
        }
    }
}
