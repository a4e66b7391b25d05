import Configuration
import Foundation
import SystemPackage

/// The settings in force: command line before environment before file before default.
struct Settings: Sendable {
    private let reader: ConfigReader

    /// Reads and checks all layers.
    static func load(arguments: [String], file: String?, environment: [String: String]) async throws -> Settings {
        var providers: [any ConfigProvider] = [
            InMemoryProvider(name: "command line", values: try commandLine(arguments)),
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "roost"),
        ]
        try checkEnvironment(environment)
        if let file = file ?? environment["ROOST_CONFIG"] {
            try checkFile(file)
            providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
        }
        let settings = Settings(reader: ConfigReader(providers: providers))
        for setting in Setting.byKey.values.sorted(by: { $0.key < $1.key }) { try settings.check(setting) }
        return settings
    }

    // MARK: Values

    func text(_ key: String) -> String { reader.string(forKey: ConfigKey(key), default: fallback(key)) }

    /// `nil` for an empty text.
    func optionalText(_ key: String) -> String? {
        let value = text(key)
        return value.isEmpty ? nil : value
    }

    func number(_ key: String) -> Int { reader.int(forKey: ConfigKey(key), default: Int(fallback(key)) ?? 0) }

    func flag(_ key: String) -> Bool {
        if let value = reader.bool(forKey: ConfigKey(key)) { return value }
        switch reader.string(forKey: ConfigKey(key), default: fallback(key)).lowercased() {
        case "on", "yes", "1", "true": return true
        default: return false
        }
    }

    func list(_ key: String) -> [String] {
        if let values = reader.stringArray(forKey: ConfigKey(key)), values.count != 1 || !values[0].contains(",") {
            return values.filter { !$0.isEmpty }
        }
        return text(key).split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    private func fallback(_ key: String) -> String { Setting.byKey[key]?.fallback ?? "" }

    // MARK: Checks

    /// A value of the wrong kind is an error, never a silent default.
    private func check(_ setting: Setting) throws {
        guard case .number(let range) = setting.kind else { return }
        do {
            let value = try reader.requiredInt(forKey: ConfigKey(setting.key))
            guard range.contains(value) else {
                throw SettingsError(
                    "\(setting.key) is \(value); it has to be from \(range.lowerBound) to \(range.upperBound).")
            }
        } catch let error as SettingsError {
            throw error
        } catch {
            if let text = reader.string(forKey: ConfigKey(setting.key)) {
                throw SettingsError("\(setting.key) is \"\(text)\"; it has to be a whole number.")
            }
        }
    }

    private static func commandLine(_ arguments: [String]) throws -> [AbsoluteConfigKey: ConfigValue] {
        let known = Dictionary(uniqueKeysWithValues: Setting.byKey.values.map { ($0.commandLineName, $0) })
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let setting = known[parts[0]] else {
                throw SettingsError(
                    "\"\(parts[0])\" is no option" + Suggestion.sentence(for: parts[0], among: known.keys))
            }
            let value: String
            if parts.count == 2 {
                value = parts[1]
            } else if setting.kind == .flag {
                let words = ["on", "off", "true", "false", "yes", "no"]
                value = rest.first.map { words.contains($0) } == true ? rest.removeFirst() : "on"
            } else {
                guard let next = rest.popFirst() else { throw SettingsError("\(parts[0]) needs a value.") }
                value = next
            }
            values[AbsoluteConfigKey(setting.key.split(separator: ".").map(String.init))] = ConfigValue(
                try content(of: setting, value), isSecret: setting.isSecret)
        }
        return values
    }

    private static func content(of setting: Setting, _ value: String) throws -> ConfigContent {
        switch setting.kind {
        case .text, .list: return .string(value)
        case .number:
            guard let number = Int(value) else {
                throw SettingsError("\(setting.commandLineName) is \"\(value)\"; it has to be a whole number.")
            }
            return .int(number)
        case .flag: return .bool(["on", "true", "yes", "1"].contains(value.lowercased()))
        }
    }

    private static func checkEnvironment(_ environment: [String: String]) throws {
        let known = Set(Setting.byKey.values.map(\.environmentName)).union(["ROOST_CONFIG"])
        for name in environment.keys.sorted() where name.hasPrefix("ROOST_") && !known.contains(name) {
            // Test harnesses keep their own variables under the same prefix.
            if name.hasPrefix("ROOST_TEST_") || name == "ROOST_BINARY" { continue }
            throw SettingsError(
                "the environment variable \(name) is no setting" + Suggestion.sentence(for: name, among: known))
        }
    }

    private static func checkFile(_ path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            let isThere = FileManager.default.fileExists(atPath: path)
            throw SettingsError("the configuration file \(path) \(isThere ? "cannot be read" : "is not there").")
        }
        let json: Any
        do { json = try JSONSerialization.jsonObject(with: data) } catch {
            // The parser says where; what Foundation makes of it for people does not.
            let place = (error as NSError).userInfo["NSDebugDescription"] as? String
            throw SettingsError(
                "the configuration file \(path) is not valid JSON: \(place ?? error.localizedDescription)")
        }
        guard let top = json as? [String: Any] else {
            throw SettingsError("the configuration file \(path) has to hold one JSON object.")
        }
        for (section, value) in top.sorted(by: { $0.key < $1.key }) {
            guard let entries = value as? [String: Any] else {
                throw SettingsError(
                    "\"\(section)\" in \(path) has to be an object, as in {\"http\": {\"port\": 8080}}.")
            }
            for name in entries.keys.sorted() where Setting.byKey["\(section).\(name)"] == nil {
                throw SettingsError(
                    "\"\(section).\(name)\" in \(path) is no setting"
                        + Suggestion.sentence(for: "\(section).\(name)", among: Setting.byKey.keys))
            }
        }
    }
}
