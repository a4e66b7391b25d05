import Glibc

/// Keeps a second server away from the same database for as long as this one lives.
///
/// Two servers on one file would each take the other's open sessions for those of a crash. The kernel drops
/// the lock when the process ends, however it ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock, or says who to look for.
    init(besides path: String) throws(StoreError) {
        let lockPath = path + ".lock"
        descriptor = unsafe open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw .unavailable(
                "The database \(path) cannot be opened (\(lockPath): \(errnoText())). "
                    + "Check that its folder exists and can be written.")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let (isTaken, text) = (errno == EWOULDBLOCK, errnoText())
            _ = Glibc.close(descriptor)
            throw .inUse(
                "The database \(path) is in use by another process\(isTaken ? "" : " (\(text))"). Stop it, or use another "
                    + "file.")
        }
    }

    deinit { _ = Glibc.close(descriptor) }
}

/// What the last failed system call said.
func errnoText() -> String {
    guard let text = unsafe strerror(errno) else { return "error \(errno)" }
    return unsafe String(cString: text)
}
