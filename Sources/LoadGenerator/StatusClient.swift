internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Asks the server's status API (docs/http-api.md): one connection a question.
struct StatusClient: Sendable {
    let options: SignalingConnection.Options
    let apiKey: String
    let group: any EventLoopGroup

    /// What a load test wants of `GET /api/v1/status`.
    struct Status: Decodable, Sendable {
        struct Server: Decodable, Sendable {
            var rooms: Int
            var participants: Int
            var connections: Int
            var workers: [Worker]
        }
        struct Worker: Decodable, Sendable {
            var index: Int
            var port: UInt16
            var peers: Int
            var packetsIn: UInt64
            var packetsOut: UInt64
            var bytesIn: UInt64
            var bytesOut: UInt64
            var sendErrors: UInt64
            var drops: [String: UInt64]
        }
        var version: String
        var server: Server
    }

    /// The status; `nil` when the API is not open to us or does not answer within five seconds.
    func status() async -> Status? {
        guard let body = await get("/api/v1/status") else { return nil }
        return try? JSONDecoder().decode(Status.self, from: Data(body))
    }

    private struct Room: Decodable {
        struct Participant: Decodable {
            struct DataChannels: Decodable { var drops: [String: UInt64]? }
            struct Media: Decodable {
                var drops: [String: UInt64]?
                var dataChannels: DataChannels?
            }
            var media: Media?
        }
        var participants: [Participant]
    }

    /// What the server did not forward, as far as it told.
    struct Drops: Sendable, Equatable {
        /// Packets and messages, by reason.
        var counts: [String: UInt64] = [:]
        /// Whether the server told nothing at all.
        var isUnknown = false
        /// Rooms that it was asked about.
        var roomsAsked = 0
        /// Of these, those it did not tell about.
        var roomsUnknown = 0
        /// Rooms that it was not asked about.
        var roomsLeftOut = 0

        /// What is missing, as a sentence; `nil` when nothing is.
        var note: String? {
            if isUnknown { return "What the server did not forward is not known: its status API did not answer." }
            var parts: [String] = []
            if roomsUnknown > 0 {
                parts.append("\(roomsUnknown) of \(roomsAsked) rooms, of which its status API did not tell")
            }
            if roomsLeftOut > 0 {
                parts.append("\(roomsLeftOut) rooms beyond the first \(Self.mostRooms), which were not asked for")
            }
            guard !parts.isEmpty else { return nil }
            return "What the server did not forward is incomplete: without \(parts.joined(separator: ", and "))."
        }

        /// A question for each room takes its time, and everybody waits for it.
        static let mostRooms = 100
    }

    /// Packets that were not forwarded, by reason: those of no participant, and those of the participants of the first
    /// hundred rooms.
    func drops(in rooms: [String], workers status: Status?) async -> Drops {
        guard let status else { return Drops(isUnknown: true) }
        var drops = Drops()
        for worker in status.server.workers { drops.counts.merge(worker.drops) { $0 &+ $1 } }
        let asked = rooms.prefix(Drops.mostRooms)
        drops.roomsAsked = asked.count
        drops.roomsLeftOut = rooms.count - asked.count
        for name in asked {
            guard let body = await get("/api/v1/rooms/\(name)"),
                let room = try? JSONDecoder().decode(Room.self, from: Data(body))
            else {
                drops.roomsUnknown += 1
                continue
            }
            for participant in room.participants {
                drops.counts.merge(participant.media?.drops ?? [:]) { $0 &+ $1 }
                for (reason, count) in participant.media?.dataChannels?.drops ?? [:] {
                    drops.counts["message: \(reason)", default: 0] &+= count
                }
            }
        }
        return drops
    }

    private func get(_ path: String) async -> [UInt8]? {
        do {
            let address = options.address
            var tls: NIOSSLContext?
            if address.isSecure {
                var configuration = TLSConfiguration.makeClientConfiguration()
                if options.acceptsAnyCertificate { configuration.certificateVerification = .none }
                tls = try NIOSSLContext(configuration: configuration)
            }
            let promise = group.any().makePromise(of: [UInt8]?.self)
            let channel = try await ClientBootstrap(group: group).connectTimeout(.seconds(5))
                .connect(host: address.host, port: address.port) { [tls] channel in
                    channel.eventLoop.makeCompletedFuture { () throws -> any Channel in
                        if let tls {
                            let handler = try NIOSSLClientHandler(context: tls, serverHostname: address.tlsName)
                            try channel.pipeline.syncOperations.addHandler(handler)
                        }
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(AnswerHandler(promise))
                        return channel
                    }
                }
            let timer = channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
            defer { timer.cancel() }
            var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
            head.headers.add(name: "Host", value: "\(address.host):\(address.port)")
            head.headers.add(name: "Connection", value: "close")
            if !apiKey.isEmpty { head.headers.add(name: "Authorization", value: "Bearer \(apiKey)") }
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            return try await promise.futureResult.get()
        } catch { return nil }
    }
}

/// Collects one answer; `nil` when it is no 200, or too long to be one.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private struct TooLong: Error {}

    /// A participant takes two kilobytes of a room's answer, and more with many slots: this is a room of thousands.
    private static let longestAnswer = 64 << 20

    private var promise: EventLoopPromise<[UInt8]?>?
    private var body: [UInt8] = []
    private var isGood = false

    init(_ promise: EventLoopPromise<[UInt8]?>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): isGood = head.status == .ok
        case .body(let part):
            guard body.count + part.readableBytes <= Self.longestAnswer else {
                return errorCaught(context: context, error: TooLong())
            }
            body += part.readableBytesView
        case .end:
            finish(isGood ? body : nil)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(nil)
        context.fireChannelInactive()
    }

    /// A connection that never came up is told of in no other way.
    func handlerRemoved(context: ChannelHandlerContext) { finish(nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(nil)
        context.close(promise: nil)
    }

    private func finish(_ result: [UInt8]?) {
        promise?.succeed(result)
        promise = nil
    }
}
