import Foundation
import NIOCore
import NIOHTTP1

/// Decides, before the upgrade handler sees a request, whether it may become a WebSocket.
///
/// The upgrade handler loses the head of a request whose upgrade it refuses, so a request that may not be
/// upgraded is made a plain one here: its `Upgrade` field is taken out and the reason put in. The router then
/// answers it like any other.
final class UpgradeGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Carries the reason of a refusal to the router; taken out of what clients send.
    static let refusalField = "Roost-Upgrade-Refused"

    private let origins: OriginPolicy
    private var hasPassedAHead = false

    init(origins: OriginPolicy) { self.origins = origins }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = Self.unwrapInboundIn(data) else {
            context.fireChannelRead(data)
            return
        }
        head.headers.remove(name: Self.refusalField)
        if head.headers.contains(name: "Upgrade"), let refusal = refusal(of: head) {
            head.headers.remove(name: "Upgrade")
            if refusal != .otherProtocol {
                head.headers.add(name: Self.refusalField, value: refusal.rawValue)
            }
        }
        hasPassedAHead = true
        context.fireChannelRead(Self.wrapInboundOut(.head(head)))
    }

    /// A connection that was opened ahead of time and has asked for nothing does not hold up a stop.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, !hasPassedAHead {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// What cannot be parsed before there is anybody to answer it is answered here.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !hasPassedAHead, error is HTTPParserError else {
            context.fireErrorCaught(error)
            return
        }
        let headers: HTTPHeaders = ["Connection": "close", "Content-Length": "0"]
        let head = HTTPResponseHead(version: .http1_1, status: .badRequest, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    private func refusal(of head: HTTPRequestHead) -> UpgradeRefusal? {
        let wanted = head.headers[canonicalForm: "Upgrade"].map { $0.lowercased() }
        guard wanted == ["websocket"] else { return .otherProtocol }
        guard head.uri.prefix(while: { $0 != "?" }) == "/ws" else { return .otherProtocol }
        guard head.method == .GET, head.version == .http1_1,
            head.headers[canonicalForm: "Connection"].contains(where: { $0.lowercased() == "upgrade" })
        else { return .malformed }
        guard head.headers["Sec-WebSocket-Version"] == ["13"] else { return .version }
        guard let key = head.headers["Sec-WebSocket-Key"].first, head.headers["Sec-WebSocket-Key"].count == 1,
            Data(base64Encoded: key)?.count == 16
        else { return .malformed }
        guard origins.allows(origin: head.headers["Origin"].first, host: head.headers["Host"].first) else {
            return .origin
        }
        return nil
    }
}

/// Why a request does not become a WebSocket.
enum UpgradeRefusal: String {
    /// The page's origin is not allowed.
    case origin
    /// Not a handshake of RFC 6455 §4.2.1.
    case malformed
    /// A version of the protocol other than 13.
    case version
    /// Not a WebSocket, or not at its address: the request is served as if it had not asked.
    case otherProtocol
}
