import Ciphers
import Foundation
import Testing
import Wire

@testable import Signaling

@Suite struct TLSTests {
    private func certificate(_ name: String) throws -> Certificate {
        try Certificate.selfSigned(
            commonName: name, validDays: 1, dnsNames: [name],
            addresses: [IPAddress("127.0.0.1")].compactMap { $0 })
    }

    private func livez(_ server: TestServer, _ certificate: Certificate?) async -> Int? {
        try? await Connection.with(port: server.port, pinning: certificate, deadline: .seconds(15)) {
            connection in
            try await connection.request("GET", "/livez", headers: [("Connection", "close")]).status
        }
    }

    @Test func aSelfSignedCertificateServesPageAndWebSocket() async throws {
        let own = try certificate("roost.test")
        let source = HTTPServerConfiguration.TLSSource.inMemory(
            certificatePEM: own.certificatePEM, keyPEM: own.privateKeyPEM)
        try await TestServer.with(configure: { $0.tls = source }) { server in
            #expect(await livez(server, own) == 200)
            let stranger = try certificate("stranger.test")
            #expect(await livez(server, stranger) == nil)
            try await Connection.with(port: server.port, pinning: own) { connection in
                let socket = WebSocketClient(connection: connection)
                let answer = try await socket.handshake(headers: [("Origin", "https://127.0.0.1")])
                #expect(answer.status == 101)
                try await socket.send(#"{"type":"ping","id":1}"#)
                let pong = try await socket.receive()
                #expect(pong.text == #"{"type":"pong","id":1}"#)
            }
        }
    }

    @Test func plainHTTPOnATLSPortIsCutOffAndHarmsNobody() async throws {
        let own = try certificate("roost.test")
        let source = HTTPServerConfiguration.TLSSource.inMemory(
            certificatePEM: own.certificatePEM, keyPEM: own.privateKeyPEM)
        try await TestServer.with(configure: { $0.tls = source }) { server in
            for _ in 0..<3 { #expect(await livez(server, nil) == nil) }
            #expect(await livez(server, own) == 200)
        }
    }

    @Test func aRenewedCertificateIsTakenOverWithoutARestart() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let certificatePath = folder.appending(path: "cert.pem").path
        let keyPath = folder.appending(path: "key.pem").path
        func install(_ certificate: Certificate) throws {
            try certificate.certificatePEM.write(toFile: certificatePath, atomically: true, encoding: .utf8)
            try certificate.privateKeyPEM.write(toFile: keyPath, atomically: true, encoding: .utf8)
        }
        let old = try certificate("old.test")
        let new = try certificate("new.test")
        try install(old)
        try await TestServer.with(configure: {
            $0.tls = .files(certificate: certificatePath, key: keyPath)
            $0.limits.certificateCheckInterval = .milliseconds(50)
        }) { server in
            #expect(await livez(server, old) == 200)
            // A half-written renewal changes nothing.
            try "-----BEGIN CERTIFICATE-----\nMII".write(
                toFile: certificatePath, atomically: true, encoding: .utf8)
            try await Task.sleep(for: .milliseconds(200))
            #expect(await livez(server, old) == 200)
            // Nor does a certificate whose key has not come yet.
            try new.certificatePEM.write(toFile: certificatePath, atomically: true, encoding: .utf8)
            try await Task.sleep(for: .milliseconds(200))
            #expect(await livez(server, old) == 200)
            try install(new)
            #expect(await eventually(within: .seconds(30)) { await livez(server, new) == 200 })
            #expect(await livez(server, old) == nil)
        }
    }

    @Test func filesThatCannotBeUsedAreReportedAtTheStart() throws {
        let one = try certificate("one.test")
        let other = try certificate("other.test")
        let sources: [(HTTPServerConfiguration.TLSSource, String)] = [
            (.files(certificate: "/nowhere/cert.pem", key: "/nowhere/key.pem"), "/nowhere/cert.pem is not there"),
            (.inMemory(certificatePEM: "", keyPEM: one.privateKeyPEM), "holds no certificate"),
            (.inMemory(certificatePEM: one.certificatePEM, keyPEM: one.certificatePEM), "holds no private key"),
            (.inMemory(certificatePEM: one.certificatePEM, keyPEM: other.privateKeyPEM), "cannot be used together"),
        ]
        for (source, words) in sources {
            let error = #expect(throws: TLSError.self) { try source.check() }
            #expect(error?.sentence.contains(words) == true, "\(error?.sentence ?? "")")
        }
        try HTTPServerConfiguration.TLSSource
            .inMemory(certificatePEM: one.certificatePEM, keyPEM: one.privateKeyPEM).check()
    }

    @Test func aPortThatIsTakenIsNamed() async throws {
        try await TestServer.with { first in
            let error = await #expect(throws: ListenError.self) {
                try await TestServer.with(configure: { $0.port = first.port }) { _ in }
            }
            #expect(error?.description.contains("TCP port \(first.port) on 127.0.0.1") == true)
            #expect(error?.description.contains("--http-port") == true)
        }
    }
}
