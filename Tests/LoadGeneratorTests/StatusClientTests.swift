import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import LoadGenerator

/// A status API that answers each path with a text, and every other with 404.
private final class StatusServer: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel
    let client: StatusClient

    init(_ answers: [String: String]) async throws {
        channel = try await ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                try channel.pipeline.syncOperations.addHandler(Answering(answers))
            }
        }.bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        let address = try ServerAddress(parsing: "ws://127.0.0.1:\(port)/ws")
        client = StatusClient(
            options: SignalingConnection.Options(address: address, acceptsAnyCertificate: false), apiKey: "",
            group: group)
    }

    func stop() async throws {
        try await channel.close().get()
        try await group.shutdownGracefully()
    }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        let answers: [String: String]

        init(_ answers: [String: String]) { self.answers = answers }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let request) = unwrapInboundIn(data) else { return }
            let body = answers[request.uri]
            let head = HTTPResponseHead(
                version: .http1_1, status: body == nil ? .notFound : .ok,
                headers: ["Content-Length": "\(body?.utf8.count ?? 0)"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            if let body {
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
            }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

/// Keeps the first bytes that come, and ends the connection.
private final class FirstBytes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    let promise: EventLoopPromise<[UInt8]>

    init(_ promise: EventLoopPromise<[UInt8]>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        promise.succeed(Array(unwrapInboundIn(data).readableBytesView))
        context.close(promise: nil)
    }
}

@Suite("What the status API tells")
struct StatusClientTests {
    private static let status = """
        {"version":"1","server":{"rooms":1,"participants":1,"connections":1,"workers":[{"index":0,"port":1,"peers":1,
        "packetsIn":1,"packetsOut":1,"bytesIn":1,"bytesOut":1,"sendErrors":0,"drops":{"malformed":1}}]}}
        """

    private static func room(of people: Int) -> String {
        let filling = String(repeating: "x", count: 3_000)
        let person = #"{"name":"\#(filling)","media":{"drops":{"no_subscriber":2}}}"#
        return #"{"participants":[\#(Array(repeating: person, count: people).joined(separator: ","))]}"#
    }

    @Test("a room of many is read to its end, and one that is not told of is missed")
    func rooms() async throws {
        let server = try await StatusServer([
            "/api/v1/status": Self.status, "/api/v1/rooms/large": Self.room(of: 1_500),
            "/api/v1/rooms/broken": String(Self.room(of: 2).dropLast(10)),
        ])
        let status = try #require(await server.client.status())
        let large = await server.client.drops(in: ["large"], workers: status)
        #expect(large.counts == ["malformed": 1, "no_subscriber": 3_000] && large.note == nil)
        let others = await server.client.drops(in: ["broken", "large", "gone"], workers: status)
        #expect(others.counts == large.counts)
        #expect(try #require(others.note).contains("without 2 of 3 rooms"))
        try await server.stop()
    }

    @Test("over TLS the server is asked for by its name, which is what its certificate has to be for", arguments: [
        ("localhost", "localhost"), ("127.0.0.1", nil),
    ])
    func serverName(host: String, name: String?) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let promise = group.next().makePromise(of: [UInt8].self)
        let server = try await ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(FirstBytes(promise)) }
        }.bind(host: "127.0.0.1", port: 0).get()
        let address = try ServerAddress(parsing: "wss://\(host):\(try #require(server.localAddress?.port))/ws")
        #expect(address.tlsName == name)
        let client = StatusClient(
            options: SignalingConnection.Options(address: address, acceptsAnyCertificate: false), apiKey: "", group: group)
        #expect(await client.status() == nil)
        // A ClientHello is not encrypted, and the name stands in it as it is (RFC 6066 §3).
        let hello = try await promise.futureResult.get()
        #expect(String(decoding: hello, as: UTF8.self).contains("localhost") == (name != nil))
        try await server.close().get()
        try await group.shutdownGracefully()
    }

    @Test("a server that is no longer there is no answer")
    func gone() async throws {
        let server = try await StatusServer([:])
        try await server.stop()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let client = StatusClient(options: server.client.options, apiKey: "", group: group)
        #expect(await client.status() == nil)
        try await group.shutdownGracefully()
    }

    @Test("what nobody told is said to be unknown")
    func silence() async throws {
        let server = try await StatusServer([:])
        #expect(await server.client.status() == nil)
        let drops = await server.client.drops(in: ["a"], workers: nil)
        #expect(drops.counts.isEmpty && drops.note?.contains("is not known") == true)
        try await server.stop()
        var record = SampleRecord.make()
        record.drops = drops
        #expect(try SampleRecord.report(record).notes.contains(try #require(drops.note)))
        #expect(StatusClient.Drops(roomsAsked: 100, roomsLeftOut: 20).note?.contains("20 rooms beyond the first 100") == true)
    }
}
