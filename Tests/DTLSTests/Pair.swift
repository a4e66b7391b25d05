import Ciphers
import DTLS
import Glibc
import Wire

/// A client and a server over a wire in memory.
///
/// OpenSSL's timers are real, so this waits for them in real time; all waiting together is bounded.
final class Pair {
    /// One end and what it said.
    final class End {
        let association: DTLSAssociation
        var events: [DTLSEvent] = []

        init(_ association: DTLSAssociation) { self.association = association }

        var keys: SRTPKeyingMaterial? {
            for case .connected(let keys, _) in events { return keys }
            return nil
        }
        var failure: DTLSFailure? {
            for case .failed(let failure) in events { return failure }
            return nil
        }
    }

    /// Which way a datagram goes.
    enum Direction: Sendable { case toServer, toClient }

    let client: End
    let server: End
    /// Every datagram that was sent, in order.
    private(set) var sent: [(direction: Direction, bytes: [UInt8])] = []
    /// What the wire makes of a datagram: nothing, itself, or others.
    var wire: (Direction, [UInt8]) -> [[UInt8]] = { _, datagram in [datagram] }

    init(
        client: Identity = .client,
        server: Identity = .server,
        clientExpects: [CertificateFingerprint]? = nil,
        serverExpects: [CertificateFingerprint]? = nil,
        linkMTU: Int = 1_200
    ) throws {
        self.client = End(
            try DTLSAssociation(
                client.context,
                .client,
                clientExpects ?? [server.certificate.fingerprint],
                linkMTU: linkMTU,
                at: Self.now()
            )
        )
        self.server = End(
            try DTLSAssociation(
                server.context,
                .server,
                serverExpects ?? [client.certificate.fingerprint],
                linkMTU: linkMTU,
                at: Self.now()
            )
        )
    }

    /// Starts the client and runs until both sides are through, or until `seconds` are over.
    func run(seconds: Int64 = 10) {
        client.association.start(at: Self.now())
        let end = Self.now() + .seconds(seconds)
        while Self.now() < end {
            let isQuiet = !exchange()
            guard client.association.state == .handshaking || server.association.state == .handshaking else {
                return
            }
            // One side failed and said so: nothing more will come.
            if isQuiet, [client, server].contains(where: { $0.association.state == .failed }) { return }
            if isQuiet { sleep(until: end) }
        }
    }

    /// Carries datagrams until none is on its way; returns whether there were any.
    @discardableResult
    func exchange() -> Bool {
        var hasCarried = false
        for _ in 0..<1_000 {
            let isQuiet = [
                carry(from: client, to: server, .toServer), carry(from: server, to: client, .toClient),
            ]
            .allSatisfy { !$0 }
            if isQuiet { break }
            hasCarried = true
        }
        for end in [client, server] {
            while let event = end.association.pollEvent() { end.events.append(event) }
        }
        return hasCarried
    }

    private func carry(from: End, to: End, _ direction: Direction) -> Bool {
        var hasCarried = false
        while let datagram = from.association.pollTransmit() {
            hasCarried = true
            sent.append((direction, datagram))
            for arriving in wire(direction, datagram) { to.association.handle(arriving.span, at: Self.now()) }
        }
        return hasCarried
    }

    /// Waits for the next timer of either side and lets it run.
    private func sleep(until end: Timestamp) {
        let now = Self.now()
        let timeouts = [client, server].compactMap { $0.association.nextTimeout(at: now) }
        let wait = (timeouts + [end]).min().map { $0 - now } ?? .milliseconds(1)
        usleep(UInt32(clamping: max(wait.nanoseconds / 1_000, 0)))
        client.association.handleTimeout(at: Self.now())
        server.association.handleTimeout(at: Self.now())
    }

    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
