import Ciphers
import DTLS
import ICE
import Testing
import Transport
import Wire

@Suite("Application data over DTLS")
struct ApplicationDataTests {
    private let path = NetworkPath(
        socket: SocketIndex(0), remote: SocketAddress(ip: IPAddress(v4: 0xC000_0207), port: 5_004))

    /// A transport and a browser that have shaken hands.
    private func connected(keeps: Bool) throws -> (PeerTransport, RemotePeer) {
        let certificate = try Certificate.selfSigned(commonName: "server", validDays: 1, dnsNames: [], addresses: [])
        let transport = PeerTransport(
            credentials: RemotePeer.server, dtlsContext: try DTLSContext(certificate: certificate), at: .zero)
        let browser = try RemotePeer(expecting: certificate)
        transport.configure(
            remote: browser.credentials, role: .server, fingerprints: [browser.certificate.fingerprint], restart: nil,
            at: .zero)
        if keeps { transport.keepForApplicationData() }
        _ = try transport.receiveSTUN(browser.check(), on: path)
        browser.association.start(at: .zero)
        browser.exchange(with: transport, on: path)
        #expect(browser.keys != nil)
        return (transport, browser)
    }

    @Test("Packets pass both ways, each in a datagram of its own of at most 1,200 bytes")
    func bothWays() throws {
        let (transport, browser) = try connected(keeps: true)
        browser.association.keepsApplicationData = true
        for size in [1, 12, 1_160] {
            let packet = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
            #expect(browser.send(packet))
            browser.exchange(with: transport, on: path)
            #expect(transport.hasApplicationData)
            #expect(transport.pollApplicationData() == packet)
            #expect(transport.pollApplicationData() == nil)
            #expect(transport.send(packet))
            let sent = try #require(transport.pollTransmit())
            #expect(sent.bytes.count <= 1_200 && sent.path == path)
            #expect(transport.pollTransmit() == nil)
            browser.association.handle(sent.bytes.span, at: .zero)
            #expect(browser.association.pollApplicationData() == packet)
        }
    }

    @Test("The association stays where there are data channels, and is let go of where there are none")
    func retirement() throws {
        let (kept, browser) = try connected(keeps: true)
        let (other, silent) = try connected(keeps: false)
        let minute = Timestamp.zero + .seconds(60)
        for (transport, client) in [(kept, browser), (other, silent)] {
            _ = try transport.receiveSTUN(client.check(), on: path, at: minute)
            transport.handleTimeout(at: minute)
            while transport.pollTransmit() != nil {}
        }
        #expect(!other.holdsAssociation)
        #expect(kept.holdsAssociation)
        #expect(browser.send([1, 2, 3]))
        browser.exchange(with: kept, on: path)
        #expect(kept.pollApplicationData() == [1, 2, 3])
    }

    @Test("Without data channels application data is dropped, and nothing is sent once it is over")
    func dropped() throws {
        let (transport, browser) = try connected(keeps: false)
        #expect(browser.send([1, 2, 3]))
        browser.exchange(with: transport, on: path)
        #expect(!transport.hasApplicationData)
        transport.close()
        #expect(!transport.send([1]))
    }

    @Test("Wrong bytes where application data is expected are dropped")
    func hostile() throws {
        let (transport, browser) = try connected(keeps: true)
        #expect(browser.send([UInt8](repeating: 7, count: 100)))
        let datagram = try #require(browser.association.pollTransmit())
        for count in 0..<datagram.count { _ = transport.handleDTLS(Array(datagram.prefix(count)).span, on: path, at: .zero) }
        for index in datagram.indices {
            var flipped = datagram
            flipped[index] ^= 0x41
            _ = transport.handleDTLS(flipped.span, on: path, at: .zero)
        }
        #expect(!transport.hasApplicationData)
        _ = transport.handleDTLS(datagram.span, on: path, at: .zero)
        #expect(transport.pollApplicationData() == [UInt8](repeating: 7, count: 100))
    }
}

extension RemotePeer {
    fileprivate func send(_ bytes: [UInt8]) -> Bool { association.send(bytes.span) }
}

extension PeerTransport {
    fileprivate func send(_ bytes: [UInt8]) -> Bool { sendApplicationData(bytes.span) }
}
