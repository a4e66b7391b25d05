import HTTPTypes
import Hummingbird
import NIOCore
import WebPages

/// The web page and its files, compiled into the binary.
struct PageRoutes: Sendable {
    let origins: OriginPolicy

    var routes: [Route] {
        [
            Route("/", .everybody, [.get: page]),
            Route("/room/{room}", .everybody, [.get: page]),
            Route("/assets/{name}", .everybody, [.get: asset]),
            Route("/ws", .everybody, [.get: notUpgraded]),
        ]
    }

    private func page(_ request: EdgeRequest) throws -> Response {
        let page = WebPages.index
        return serve(page.bytes, page.contentType, page.etag, request)
    }

    private func asset(_ request: EdgeRequest) throws -> Response {
        guard let asset = WebPages.asset(named: request.parameter("name")) else {
            throw APIError.notFound("There is no such file.")
        }
        var response = serve(asset.bytes, asset.contentType, asset.etag, request)
        // Pages of origins that the operator named may load the client library as a module.
        if let origin = request.headers[.origin], origins.names(origin) {
            response.headers[.accessControlAllowOrigin] = origin
        }
        response.headers[.vary] = "Origin"
        return response
    }

    /// `no-cache` lets browsers keep a file and ask each time whether it is still right; a new server is seen
    /// at once.
    private func serve(
        _ bytes: [UInt8], _ contentType: String, _ etag: String, _ request: EdgeRequest
    ) -> Response {
        let headers: HTTPFields = [.cacheControl: "no-cache", .eTag: etag]
        guard !Self.matches(request.headers[.ifNoneMatch], etag) else {
            return Response(status: .notModified, headers: headers)
        }
        var response = Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        response.headers[.contentType] = contentType
        return response
    }

    /// RFC 9110 §13.1.2: a list, compared weakly.
    static func matches(_ field: String?, _ etag: String) -> Bool {
        guard let field else { return false }
        return field.split(separator: ",").contains { entry in
            var tag = entry.drop { $0 == " " }
            if tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
            return tag.prefix { $0 != " " } == etag || tag == "*"
        }
    }

    /// A request for the WebSocket's address that did not become one.
    private func notUpgraded(_ request: EdgeRequest) throws -> Response {
        let refusal = HTTPField.Name(UpgradeGate.refusalField).flatMap { request.headers[$0] }
        switch refusal.flatMap(UpgradeRefusal.init) {
        case .origin?:
            throw APIError(
                status: .forbidden, code: "origin-not-allowed",
                message:
                    "Pages of this origin may not connect. The operator can add it to the allowed origins.")
        case .malformed?:
            throw APIError(
                status: .badRequest, code: "bad-handshake",
                message: "This is not a WebSocket handshake (RFC 6455).")
        case .version?, .otherProtocol?, nil:
            var headers: HTTPFields = [.upgrade: "websocket", .connection: "upgrade"]
            headers[.secWebSocketVersion] = "13"
            throw APIError(
                status: .upgradeRequired, code: "upgrade-required",
                message: "This address speaks WebSocket, version 13.", headers: headers)
        }
    }
}

extension HTTPResponse.Status {
    fileprivate static let upgradeRequired = Self(code: 426, reasonPhrase: "Upgrade Required")
}
