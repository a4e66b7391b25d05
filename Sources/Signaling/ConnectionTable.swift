import NIOCore
import Synchronization
import Wire

/// The TCP connections that are open: bounded in number, in all and for each address, and cut when stopping
/// takes too long.
final class ConnectionTable: Sendable {
    private let limit: Int
    private let limitPerAddress: Int
    private let proxies: ClientAddressResolver
    private let state = Mutex(State())

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var countByAddress: [IPAddress: Int] = [:]
    }

    init(limits: HTTPServerConfiguration.Limits, proxies: ClientAddressResolver) {
        limit = limits.connections
        limitPerAddress = limits.connectionsPerAddress
        self.proxies = proxies
    }

    /// How many are open.
    var count: Int { state.withLock { $0.channels.count } }

    /// Takes a connection in until it closes; `false` when there are too many.
    func admit(_ channel: any Channel) -> Bool {
        let key = channel.peerAddress.flatMap { proxies.isTrusted($0) ? nil : $0.countingKey }
        let identifier = ObjectIdentifier(channel)
        let admitted = state.withLock { state in
            guard state.channels.count < limit else { return false }
            if let key {
                guard state.countByAddress[key, default: 0] < limitPerAddress else { return false }
                state.countByAddress[key, default: 0] += 1
            }
            state.channels[identifier] = channel
            return true
        }
        guard admitted else { return false }
        channel.closeFuture.whenComplete { _ in self.release(identifier, key) }
        return true
    }

    /// Cuts every connection.
    func closeAll() {
        for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }

    private func release(_ identifier: ObjectIdentifier, _ key: IPAddress?) {
        state.withLock { state in
            state.channels[identifier] = nil
            guard let key, let count = state.countByAddress[key] else { return }
            state.countByAddress[key] = count > 1 ? count - 1 : nil
        }
    }
}

extension Channel {
    /// The address at the other end of the TCP connection.
    var peerAddress: IPAddress? { remoteAddress?.ipAddress.flatMap(IPAddress.init) }
}
