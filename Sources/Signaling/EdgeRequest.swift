import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Wire

/// What a route gets to see of a request.
struct EdgeRequest: Sendable {
    let method: HTTPRequest.Method
    let headers: HTTPFields
    /// The Host field: the name and port that the client used.
    let authority: String?
    /// The address at the other end of the TCP connection.
    let peer: IPAddress?
    /// The values of the `{…}` segments of the route's path.
    var parameters: [String: String] = [:]
    /// The query's fields, decoded; of a repeated one the last.
    let query: [String: String]
    /// The path's segments, decoded; `nil` when one is no UTF-8.
    let segments: [String]?

    init(_ request: Request, context: EdgeContext) {
        method = request.method
        headers = request.headers
        authority = request.head.authority
        peer = context.peer
        let target = request.head.path ?? "/"
        let path = target.prefix { $0 != "?" && $0 != "#" }
        segments = Self.segments(of: path)
        query = Self.query(of: target.dropFirst(path.count).drop { $0 == "?" })
    }

    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    private static func segments(of path: Substring) -> [String]? {
        var result: [String] = []
        for part in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard let decoded = String(part).removingPercentEncoding else { return nil }
            result.append(decoded)
        }
        return result
    }

    private static func query(of text: Substring) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in text.prefix(while: { $0 != "#" }).split(separator: "&").prefix(64) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = parts.map { $0.replacing("+", with: " ").removingPercentEncoding ?? "" }
            guard let name = decoded.first else { continue }
            fields[name] = decoded.count > 1 ? decoded[1] : ""
        }
        return fields
    }
}

/// What the HTTP library makes for each request.
struct EdgeContext: InitializableFromSource {
    let peer: IPAddress?
    let logger: Logger

    init(source: ApplicationRequestContextSource) {
        peer = source.channel.peerAddress
        logger = source.logger
    }
}
