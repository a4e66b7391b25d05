import Foundation
import Logging

/// One line an entry on standard error: for people, or as JSON for machines.
struct LineLogHandler: LogHandler {
    private let label: String
    private let isJSON: Bool
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(label: String, isJSON: Bool) {
        self.label = label
        self.isJSON = isJSON
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let time = Date.now.formatted(.iso8601.time(includingFractionalSeconds: true))
        let line: String
        if isJSON {
            var object: [String: String] = [
                "time": time, "level": event.level.rawValue, "message": event.message.description,
            ]
            for (key, value) in all { object[key] = "\(value)" }
            let data = try? JSONSerialization.data(
                withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
            line = String(decoding: data ?? Data(), as: UTF8.self)
        } else {
            let details = all.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
            line = "\(time) \(event.level.rawValue.uppercased()) \(Self.oneLine(event.message.description))\(details)"
        }
        // One write a line, so that entries of several threads do not mix.
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }

    private static func quoted(_ text: String) -> String {
        text.contains { $0 == " " || $0 == "\"" || $0.isNewline }
            ? "\"\(oneLine(text).replacing("\"", with: "'"))\"" : text
    }

    /// What comes from outside may hold line ends; an entry stays one line.
    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
