import Foundation
import Logging
import NIOSSL
import Synchronization

/// The TLS context that new connections get: made from PEM files, and made again when the files change.
///
/// A renewal that cannot be read (the key does not fit, one of the files is half written) leaves the old one
/// in force.
final class TLSContexts: Sendable {
    private let source: HTTPServerConfiguration.TLSSource
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var context: NIOSSLContext
        var stamp: Stamp
        var lastFailure: String?
    }

    /// What tells one version of the files from the next.
    private struct Stamp: Equatable {
        var modified: [Date?]
        var sizes: [Int?]
    }

    init(_ source: HTTPServerConfiguration.TLSSource, logger: Logger) throws {
        self.source = source
        self.logger = logger
        let stamp = Self.stamp(of: source)
        state = Mutex(State(context: try Self.makeContext(source), stamp: stamp))
    }

    /// The context for a connection that begins now.
    var current: NIOSSLContext { state.withLock { $0.context } }

    /// Looks at the files and takes them over when they have changed and fit together.
    /// - Returns: whether there is a new certificate.
    @discardableResult
    func reloadIfChanged() -> Bool {
        let stamp = Self.stamp(of: source)
        guard state.withLock({ $0.stamp != stamp }) else { return false }
        do {
            let context = try Self.makeContext(source)
            state.withLock { $0 = State(context: context, stamp: stamp) }
            logger.info("The TLS certificate was read again.")
            return true
        } catch {
            // The stamp is not taken over: the files are tried again at the next look.
            let failure = "\(error)"
            let isNews = state.withLock { state in
                defer { state.lastFailure = failure }
                return state.lastFailure != failure
            }
            if isNews {
                logger.error(
                    "The changed TLS certificate cannot be used; the old one stays.",
                    metadata: ["error": "\(failure)"])
            }
            return false
        }
    }

    /// Looks at the files every so often until cancelled.
    func watch(every interval: Duration) async {
        guard case .files = source else { return }
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            reloadIfChanged()
        }
    }

    private static func stamp(of source: HTTPServerConfiguration.TLSSource) -> Stamp {
        guard case .files(let certificate, let key) = source else { return Stamp(modified: [], sizes: []) }
        let attributes = [certificate, key].map { try? FileManager.default.attributesOfItem(atPath: $0) }
        return Stamp(
            modified: attributes.map { $0?[.modificationDate] as? Date },
            sizes: attributes.map { ($0?[.size] as? NSNumber)?.intValue })
    }

    static func makeContext(_ source: HTTPServerConfiguration.TLSSource) throws -> NIOSSLContext {
        let certificatePEM: [UInt8]
        let keyPEM: [UInt8]
        var names = (certificate: "The certificate", key: "The key")
        switch source {
        case .files(let certificate, let key):
            names = ("The file \(certificate)", "The file \(key)")
            certificatePEM = try read(certificate)
            keyPEM = try read(key)
        case .inMemory(let certificate, let key):
            certificatePEM = Array(certificate.utf8)
            keyPEM = Array(key.utf8)
        }
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(certificatePEM), !chain.isEmpty else {
            throw TLSError(sentence: "\(names.certificate) holds no certificate in PEM form.")
        }
        guard let key = try? NIOSSLPrivateKey(bytes: keyPEM, format: .pem) else {
            throw TLSError(sentence: "\(names.key) holds no private key in PEM form, or one with a password.")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSError(sentence: "Certificate and private key cannot be used together (\(error)).")
        }
    }

    private static func read(_ path: String) throws -> [UInt8] {
        if let data = FileManager.default.contents(atPath: path) { return Array(data) }
        let isThere = FileManager.default.fileExists(atPath: path)
        throw TLSError(sentence: "The file \(path) \(isThere ? "cannot be read by this user" : "is not there").")
    }
}

extension HTTPServerConfiguration.TLSSource {
    /// Reads certificate and key once, and forgets them.
    /// - Throws: when they cannot be used; the error's description says why.
    public func check() throws { _ = try TLSContexts.makeContext(self) }
}

/// Why certificate and key cannot be used.
struct TLSError: Error, CustomStringConvertible {
    let sentence: String
    var description: String { sentence }
}
