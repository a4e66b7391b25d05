internal import FoundationEssentials

/// Files under /proc, which have no length and are read to their end.
enum ProcFile {
    /// The text of a file; `nil` when it is not there or may not be read.
    static func read(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    /// The names in a directory.
    static func list(_ path: String) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
}
