import Foundation
import Testing

@testable import LoadGenerator

@Suite("Files of a report")
struct ReportFilesTests {
    private func refusal(_ arguments: String...) -> String? {
        do {
            _ = try LoadTest(try LoadSettings(arguments: arguments))
            return nil
        } catch { return "\(error)" }
    }

    @Test("a file that cannot be written is refused before the run, with the reason")
    func unwritable() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("a.json").path
        try Data().write(to: URL(fileURLWithPath: file))
        #expect(refusal("--json=\(file)", "--html=\(directory.path)/new.html") == nil)
        #expect(refusal("--json=a.json") == nil)
        #expect(refusal("--json=\(directory.path)")?.hasSuffix("cannot be written: it is a directory.") == true)
        let missing = "\(directory.path)/none/a.html"
        #expect(refusal("--html=\(missing)")?.contains("there is no directory \(directory.path)/none") == true)
        #expect(refusal("--html=\(file)/a.html")?.contains("is no directory") == true)
        #expect(refusal("--json=/proc/a.json")?.hasPrefix("--json: /proc/a.json cannot be written: ") == true)
        #expect(refusal("--json=\(file)", "--html=\(file)") == "--html: \(file) is the file of --json already.")
    }
}
