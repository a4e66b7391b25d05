internal import CLinux

/// What memory the process has.
public enum ProcessMemory {
    /// Bytes in RAM, of whatever kind; 0 where the kernel does not say.
    public static var residentBytes: UInt64 { roost_resident_bytes() }

    /// Bytes of the heap that are in use. What has been freed stays with the process for a while, so this is the figure that
    /// falls when people leave.
    public static var heapBytes: UInt64 { roost_heap_bytes() }
}
