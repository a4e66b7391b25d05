internal import CLinux
internal import Wire

extension SocketAddress {
    /// The address as the C shims take it.
    @inline(__always)
    var cAddress: roost_address {
        var result = roost_address()
        result.port = port
        switch ip.family {
        case .v4:
            result.family = 4
            unsafe withUnsafeMutableBytes(of: &result.bytes) { bytes in
                unsafe bytes.storeBytes(of: ip.v4Bits.bigEndian, as: UInt32.self)
            }
        case .v6:
            result.family = 6
            unsafe withUnsafeMutableBytes(of: &result.bytes) { bytes in
                unsafe bytes.storeBytes(of: ip.high.bigEndian, as: UInt64.self)
                unsafe bytes.storeBytes(of: ip.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
        }
        return result
    }

    /// The address the C shims gave.
    @inline(__always)
    init(_ address: roost_address) {
        var bytes = address.bytes
        let ip = unsafe withUnsafeBytes(of: &bytes) { raw in
            if address.family == 4 {
                return unsafe IPAddress(v4: UInt32(bigEndian: raw.loadUnaligned(as: UInt32.self)))
            }
            return unsafe IPAddress(
                v6High: UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
        self.init(ip: ip, port: address.port)
    }
}
