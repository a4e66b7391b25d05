internal import Glibc

/// The processor quota of the control group this process runs in (cgroup v2 `cpu.max`).
enum ContainerQuota {
    /// Whole processors the quota allows, rounded up; `nil` without a quota.
    static var processors: Int? { parse(read("/sys/fs/cgroup/cpu.max")) }

    /// Reads `cpu.max`: "max 100000" means no quota, "150000 100000" one and a half processors.
    static func parse(_ text: String?) -> Int? {
        guard let fields = text?.split(whereSeparator: \.isWhitespace), fields.count == 2,
            let quota = Int(fields[0]), let period = Int(fields[1]), quota > 0, period > 0
        else { return nil }
        return (quota + period - 1) / period
    }

    private static func read(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
