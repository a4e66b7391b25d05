internal import FoundationEssentials
internal import Glibc

/// Files under /proc, which have no length and are read to their end.
enum ProcFile {
    /// Bytes that are taken of a file at most: /proc/net/udp of 100,000 sockets has 13 million.
    private static let longest = 64 << 20

    /// The text of a file; `nil` when it is not there or may not be read.
    ///
    /// The kernel gives such a file in pieces, of /proc/net/udp about thirty sockets each; what takes the first for all of it
    /// sees no others.
    static func read(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < longest {
            let count = unsafe Glibc.read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            // A process that has ended meanwhile: there is nothing to read of it (ESRCH).
            guard count >= 0 else { return nil }
            guard count > 0 else { break }
            bytes.append(contentsOf: piece.prefix(count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The names in a directory.
    static func list(_ path: String) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
}
