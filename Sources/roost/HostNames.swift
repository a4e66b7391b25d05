import Foundation
import MediaRuntime
import Wire

/// Names to addresses, at the start only.
enum HostNames {
    /// The addresses behind a name; an address stands for itself.
    static func resolve(_ name: String) throws -> [IPAddress] {
        if let address = IPAddress(name) { return [address] }
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(name, nil, &hints, &list)
        guard status == 0, let first = unsafe list else {
            throw SettingsError(
                "media.announce: \"\(name)\" cannot be resolved: \(unsafe String(cString: gai_strerror(status))).")
        }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [IPAddress] = []
        var entry: UnsafeMutablePointer<addrinfo>? = unsafe first
        while let current = unsafe entry, addresses.count < 16 {
            var text = [CChar](repeating: 0, count: 64)
            let result = unsafe getnameinfo(
                current.pointee.ai_addr, current.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0,
                NI_NUMERICHOST)
            let numeric = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if result == 0, let address = IPAddress(numeric), !addresses.contains(address) { addresses.append(address) }
            unsafe entry = current.pointee.ai_next
        }
        return addresses
    }

    /// The machine's addresses, for a development certificate.
    static var localAddresses: [IPAddress] { MediaRuntime.localAddresses }
}
