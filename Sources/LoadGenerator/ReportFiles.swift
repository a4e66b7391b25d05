internal import Foundation

/// The files that a report is to be written to: looked at before a run, which would otherwise be for nothing.
enum ReportFiles {
    /// Says which of them cannot be written, and why.
    static func check(_ settings: LoadSettings) throws(LoadSetting.Failure) {
        for name in ["json", "html"] {
            let path = settings.text(name)
            guard !path.isEmpty, let reason = obstacle(path) else { continue }
            throw LoadSetting.Failure(description: "--\(name): \(path) cannot be written: \(reason).")
        }
        let json = settings.text("json")
        if !json.isEmpty, json == settings.text("html") {
            throw LoadSetting.Failure(description: "--html: \(json) is the file of --json already.")
        }
    }

    private static func obstacle(_ path: String) -> String? {
        if isDirectory(path) == true { return "it is a directory" }
        // What is there is replaced, so that it is the directory that has to be writable.
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard let isDirectory = isDirectory(directory) else { return "there is no directory \(directory)" }
        guard isDirectory else { return "\(directory) is no directory" }
        // Permissions say nothing of read-only file systems: only an attempt does.
        let attempt = URL(fileURLWithPath: directory).appendingPathComponent(".roost-load-\(UUID())")
        guard (try? Data().write(to: attempt)) != nil else { return "nothing can be written to \(directory)" }
        try? FileManager.default.removeItem(at: attempt)
        return nil
    }

    /// `nil` when there is nothing at the path.
    private static func isDirectory(_ path: String) -> Bool? {
        var isDirectory: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return nil }
        return isDirectory.boolValue
    }
}
