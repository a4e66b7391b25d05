internal import COpenSSL

/// OpenSSL's view of ``DatagramQueues``: a BIO that keeps the boundaries of datagrams, which a memory BIO
/// would glue together.
enum DatagramBIO {
    /// A BIO over `queues`, which must outlive it.
    static func make(over queues: DatagramQueues) -> OpaquePointer? {
        guard let method = unsafe method, let bio = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(queues).toOpaque())
        unsafe BIO_set_init(bio, 1)
        return unsafe bio
    }

    // Written once under the lazy initialiser's lock, only read afterwards.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        guard let method = unsafe BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams") else {
            return nil
        }
        unsafe BIO_meth_set_write(method) { bio, bytes, count in unsafe DatagramBIO.write(bio, bytes, count) }
        unsafe BIO_meth_set_read(method) { bio, bytes, count in unsafe DatagramBIO.read(bio, bytes, count) }
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in DatagramBIO.control(command) }
        return unsafe method
    }()

    private static func write(_ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: Int32) -> Int32 {
        guard let queues = unsafe queues(of: bio), let bytes = unsafe bytes, count > 0 else { return -1 }
        queues.send(unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(count))))
        return count
    }

    private static func read(_ bio: OpaquePointer?, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int32)
        -> Int32
    {
        guard let queues = unsafe queues(of: bio), let bytes = unsafe bytes, count > 0 else { return -1 }
        unsafe roost_bio_clear_retry(bio)
        guard let datagram = queues.incoming else {
            unsafe roost_bio_retry_read(bio)
            return -1
        }
        queues.incoming = nil
        // What does not fit is cut off, as a socket would do.
        let length = min(datagram.count, Int(count))
        unsafe UnsafeMutableRawPointer(bytes).copyMemory(from: datagram, byteCount: length)
        return Int32(truncatingIfNeeded: length)
    }

    private static func control(_ command: Int32) -> Int {
        switch command {
        case BIO_CTRL_FLUSH, BIO_CTRL_DUP, Int32(BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT): 1
        // IPv4 and UDP; the link's MTU leaves room for IPv6.
        case Int32(BIO_CTRL_DGRAM_GET_MTU_OVERHEAD): 28
        default: 0
        }
    }

    private static func queues(of bio: OpaquePointer?) -> DatagramQueues? {
        guard let data = unsafe roost_bio_data(bio) else { return nil }
        return unsafe Unmanaged<DatagramQueues>.fromOpaque(data).takeUnretainedValue()
    }
}
