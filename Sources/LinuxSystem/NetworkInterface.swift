internal import CLinux
public import Wire

/// One address of one of the machine's network interfaces.
public struct NetworkInterface: Sendable, Equatable {
    /// The interface's name, as `ip link` shows it.
    public let name: String
    /// The address.
    public let address: IPAddress
    /// Whether it is up.
    public let isUp: Bool
    /// Whether it is the loopback interface.
    public let isLoopback: Bool

    /// Every address of every interface, in the kernel's order; at most 256.
    public static func all() -> [NetworkInterface] {
        var list = [roost_interface](repeating: roost_interface(), count: 256)
        let count = Int(unsafe roost_interfaces(&list, Int32(list.count)))
        guard count > 0 else { return [] }
        return list[..<count].map { entry in
            var entry = entry
            let name = unsafe withUnsafeBytes(of: &entry.name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            return NetworkInterface(
                name: name, address: SocketAddress(entry.address).ip, isUp: entry.flags & 1 != 0,
                isLoopback: entry.flags & 2 != 0)
        }
    }

    /// Whether peers elsewhere can be expected to reach this address: bridges of container engines, virtual machines'
    /// inner networks and link-local addresses only make them wait for candidates that never answer.
    public var isWorthAnnouncing: Bool {
        let inner = ["docker", "br-", "veth", "virbr", "cni", "flannel", "cali", "podman", "lxc"]
        return isUp && !isLoopback && !address.isLinkLocal && !address.isUnspecified
            && !inner.contains { name.hasPrefix($0) }
    }
}
