internal import LoadReport

/// One setting of a load test: the table of them is the single source of the command line, the scenario file and the help.
public struct LoadSetting: Sendable {
    /// What a value may be.
    public enum Kind: Sendable, Equatable {
        /// A whole number.
        case whole(ClosedRange<Int>)
        /// A number.
        case number(ClosedRange<Double>)
        /// `on` or `off`; the name alone is `on`.
        case flag
        /// One of these words.
        case choice([String])
        /// Any text.
        case text
    }

    /// The name: `video-bitrate` is `--video-bitrate`, and `"video-bitrate"` in a file.
    public let name: String
    /// What a value may be.
    public let kind: Kind
    /// The unit of a number, as a person would write it.
    public var unit = ""
    /// The default as a person would write it; empty for none.
    public var fallback = ""
    /// What it is.
    public let help: String

    /// A setting that cannot be.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        /// The sentence for people.
        public let description: String
    }

    /// Every setting by its name.
    public static let byName: [String: LoadSetting] = Dictionary(
        uniqueKeysWithValues: all.flatMap(\.settings).map { ($0.name, $0) })

    /// Checks a value, and says what would be one.
    func check(_ value: String) throws(Failure) {
        switch kind {
        case .whole(let range):
            guard let number = Int(value), range.contains(number) else {
                throw refusal(value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
        case .number(let range):
            guard let number = Double(value), range.contains(number) else {
                throw refusal(value, "a number from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))")
            }
        case .flag:
            guard ["on", "off"].contains(value) else { throw refusal(value, "on or off") }
        case .choice(let words):
            guard words.contains(value) else { throw refusal(value, "one of \(words.joined(separator: ", "))") }
        case .text: break
        }
    }

    private func refusal(_ value: String, _ wanted: String) -> Failure {
        let suffix = unit.isEmpty ? "" : " (\(unit))"
        return Failure(description: "--\(name): \"\(value)\" is not possible; it has to be \(wanted)\(suffix).")
    }

    /// A number without the `.0` that nobody writes.
    static func text(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? String(number)
    }

    /// Characters of a line of the help: swift-argument-parser breaks those of 80.
    private static let helpWidth = 78

    /// The help for every setting.
    public static var helpText: String {
        var text = TextTable.wrapped(
            "Every setting may stand on the command line or in a JSON file (--file), by the same name; the "
                + "command line wins over the file, the file over the named scenario.", indent: "",
            width: Self.helpWidth)
        for (section, settings) in all {
            text += "\n\(section)\n"
            for setting in settings { text += setting.entry }
        }
        return text
    }

    private var entry: String {
        var notes: [String] = []
        var placeholder = ""
        switch kind {
        case .whole(let range):
            placeholder = " N"
            notes.append("\(range.lowerBound) to \(range.upperBound)\(unit.isEmpty ? "" : " \(unit)")")
        case .number(let range):
            placeholder = " N"
            notes.append(
                "\(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))\(unit.isEmpty ? "" : " \(unit)")")
        case .flag: placeholder = " on|off"
        case .choice(let words): placeholder = " " + words.joined(separator: "|")
        case .text: placeholder = " TEXT"
        }
        if !fallback.isEmpty { notes.append("default \(fallback)") }
        let tail = notes.isEmpty ? "" : " [\(notes.joined(separator: ", "))]"
        return "  --\(name)\(placeholder)\n" + TextTable.wrapped(help + tail, indent: "      ", width: Self.helpWidth)
    }
}
