internal import Foundation
internal import LinuxSystem
internal import LoadReport

/// The machine this runs on.
enum Machine {
    static var current: LoadReport.Machine {
        let info = ProcFile.read("/proc/cpuinfo") ?? ""
        let model = info.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last
        let kernel = ProcFile.read("/proc/sys/kernel/osrelease")?.trimmingCharacters(in: .whitespacesAndNewlines)
        let memory = ProcFile.read("/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        let kilobytes = memory?.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }
        return LoadReport.Machine(
            cores: Processors.available,
            cpuModel: model.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor",
            kernel: "Linux \(kernel ?? "?")", memoryBytes: kilobytes.map { $0 * 1_024 })
    }
}
