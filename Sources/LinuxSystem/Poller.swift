internal import CLinux
internal import Glibc
public import Wire

/// epoll over a worker's sockets, with a wake-up that any thread may ring.
public final class Poller: Sendable {
    private let epoll: Int32
    private let bell: Int32

    /// Opens the poller.
    public init() throws(SystemError) {
        let epoll = roost_epoll_create()
        guard epoll >= 0 else { throw SystemError("create epoll", code: -epoll) }
        let bell = roost_eventfd_create()
        guard bell >= 0 else {
            roost_close(epoll)
            throw SystemError("create eventfd", code: -bell)
        }
        self.epoll = epoll
        self.bell = bell
        let added = roost_epoll_add(epoll, bell)
        guard added == 0 else { throw SystemError("watch eventfd", code: -added) }
    }

    deinit {
        roost_close(bell)
        roost_close(epoll)
    }

    /// Watches a descriptor for waiting datagrams.
    public func watch(_ descriptor: Int32) throws(SystemError) {
        let result = roost_epoll_add(epoll, descriptor)
        guard result == 0 else { throw SystemError("watch descriptor \(descriptor)", code: -result) }
    }

    /// Ends a wait that is under way, or the next one. Safe from any thread.
    public func wake() { roost_eventfd_signal(bell) }

    /// Waits for a datagram, a wake-up or the end of `timeout` (`nil`: for ever); calls `body` for each readable descriptor.
    public func wait(timeout: Interval?, _ body: (Int32) -> Void) {
        unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: 32) { ready in
            let nanoseconds = timeout.map { max(0, $0.nanoseconds) } ?? -1
            let count = unsafe roost_epoll_wait(epoll, nanoseconds, ready.baseAddress, 32)
            for index in 0..<max(0, Int(count)) {
                let descriptor = unsafe ready[index]
                if descriptor == bell { roost_eventfd_clear(bell) } else { body(descriptor) }
            }
        }
    }
}

/// The calling thread, as the kernel knows it.
public enum CurrentThread {
    /// The kernel's thread identifier.
    public static var identifier: Int { Int(roost_thread_id()) }

    /// Sleeps for at least `duration`, less than a second.
    public static func sleep(_ duration: Interval) {
        var time = timespec(tv_sec: 0, tv_nsec: Int(clamping: max(0, min(duration.nanoseconds, 999_999_999))))
        unsafe nanosleep(&time, nil)
    }

    /// Names the thread for `top` and debuggers; at most 15 bytes.
    public static func setName(_ name: String) { unsafe roost_thread_name(name) }

    /// Pins the thread to the n-th processor it may use; false when the kernel refuses.
    public static func pin(toProcessor index: Int) -> Bool { roost_thread_pin(Int32(clamping: index)) == 0 }
}
