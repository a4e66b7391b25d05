import Ciphers
import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// A raw TCP or TLS connection of a test to its server: bytes out, bytes in, and a deadline for everything.
final class Connection: @unchecked Sendable {
    // Used by one task at a time: the test's.
    private let channel: any Channel
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var buffer = ByteBuffer()

    private init(
        _ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    /// Connects, does something, closes. Cut after `deadline`, so that a test fails rather than hangs.
    static func with<Result: Sendable>(
        port: Int, pinning certificate: Certificate? = nil, readAhead: Int = 10, receiveBuffer: Int? = nil,
        deadline: TimeAmount = .seconds(30),
        _ body: @Sendable (Connection) async throws -> Result
    ) async throws -> Result {
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                if let certificate {
                    try channel.pipeline.syncOperations.addHandler(try pinning(certificate))
                }
                return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                    wrappingChannelSynchronously: channel,
                    configuration: .init(
                        backPressureStrategy: .init(lowWatermark: 1, highWatermark: readAhead)))
            }
        }
        let timer = channel.channel.eventLoop.scheduleTask(in: deadline) {
            channel.channel.close(promise: nil)
        }
        defer { timer.cancel() }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(Connection(channel.channel, inbound, outbound))
        }
    }

    /// TLS that takes one certificate and no other.
    private static func pinning(_ certificate: Certificate) throws -> NIOSSLClientHandler {
        let expected = try NIOSSLCertificate.fromPEMBytes(Array(certificate.certificatePEM.utf8))
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        return try NIOSSLClientHandler(
            context: context, serverHostname: nil,
            customVerificationCallback: { presented, promise in
                promise.succeed(presented == expected ? .certificateVerified : .failed)
            })
    }

    func write(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }
    func write(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    /// The next `count` bytes; throws at the end of the connection.
    func read(_ count: Int) async throws -> [UInt8] {
        while buffer.readableBytes < count { try await more() }
        return buffer.readBytes(length: count) ?? []
    }

    /// Text up to and without a mark.
    func read(until mark: String) async throws -> String {
        let mark = Array(mark.utf8)
        while true {
            let view = buffer.readableBytesView
            if let range = view.firstRange(of: mark) {
                let text = buffer.readString(length: range.lowerBound - view.startIndex) ?? ""
                buffer.moveReaderIndex(forwardBy: mark.count)
                return text
            }
            try await more()
        }
    }

    /// Everything up to the end of the connection, however it ends.
    func readToEnd() async -> [UInt8] {
        while (try? await more()) != nil {}
        return buffer.readBytes(length: buffer.readableBytes) ?? []
    }

    private func more() async throws {
        guard var next = try await inbound.next() else {
            throw TestFailure("the server closed the connection")
        }
        buffer.writeBuffer(&next)
    }
}

/// An answer to a request.
struct HTTPAnswer: Sendable {
    let status: Int
    /// The header fields, names in lower case; of repeated ones the last.
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
}

extension Connection {
    /// Sends a request and reads its answer.
    func request(_ method: String, _ path: String, headers: [(String, String)] = []) async throws
        -> HTTPAnswer
    {
        var fields = headers
        if !fields.contains(where: { $0.0 == "Host" }) { fields.append(("Host", "127.0.0.1")) }
        let head = fields.map { "\($0.0): \($0.1)\r\n" }.joined()
        try await write("\(method) \(path) HTTP/1.1\r\n\(head)\r\n")
        return try await readAnswer(toHead: method == "HEAD")
    }

    func readAnswer(toHead: Bool = false) async throws -> HTTPAnswer {
        let lines = try await read(until: "\r\n\r\n").components(separatedBy: "\r\n")
        let status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let length = toHead ? 0 : Int(headers["content-length"] ?? "0") ?? 0
        return HTTPAnswer(status: status, headers: headers, body: try await read(length))
    }
}
