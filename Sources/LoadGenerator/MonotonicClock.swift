internal import LinuxSystem
internal import Wire

/// The machine's clock, which all threads of the generator and the server on the same machine share.
enum MonotonicClock {
    /// Now.
    static func now() -> Timestamp { SystemClock.now() }
}
