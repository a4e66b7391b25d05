internal import Glibc

/// Starts an operating-system thread of its own, outside the concurrency runtime's pool.
public enum Thread {
    /// Runs `body` on a new detached thread.
    public static func spawn(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let context = unsafe Unmanaged.passRetained(Entry(body))
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, &attributes,
            { context in
                // The thread owns the entry: it was retained for it and is released when it ends.
                if let context = unsafe context {
                    unsafe Unmanaged<Entry>.fromOpaque(context).takeRetainedValue().body()
                }
                return nil
            }, context.toOpaque())
        guard result == 0 else {
            unsafe context.release()
            throw SystemError("start a thread", code: result)
        }
    }

    private final class Entry: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
