internal import Glibc

/// This process.
enum CurrentProcess {
    /// Its number.
    static var identifier: Int { Int(getpid()) }
}
