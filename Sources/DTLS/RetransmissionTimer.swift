/// How long a flight waits for its answer (RFC 6347 §4.2.4.1).
///
/// Deviation: it begins at 150 ms and not at one second. Most handshakes cross short paths, a lost flight
/// delays the join by this much, and a flight that is repeated too early costs a kilobyte.
enum RetransmissionTimer {
    static let firstMicroseconds: UInt32 = 150_000
    static let longestMicroseconds: UInt32 = 4_000_000

    /// The time that follows one of `microseconds`; zero asks for the first.
    static func next(after microseconds: UInt32) -> UInt32 {
        microseconds == 0 ? firstMicroseconds : min(microseconds &* 2, longestMicroseconds)
    }
}
