import HTTPTypes
import Hummingbird

/// One address of the server and what answers there.
struct Route: Sendable {
    typealias Handler = @Sendable (EdgeRequest) async throws -> Response

    /// Who may ask.
    enum Access: Sendable {
        /// Everybody.
        case everybody
        /// Who has the API key; without a key, who is on this machine.
        case operators
    }

    /// The path with `{name}` for a segment that varies, such as `/api/v1/rooms/{room}`.
    let path: String
    let access: Access
    let handlers: [HTTPRequest.Method: Handler]
    fileprivate let pattern: [Substring]

    init(_ path: String, _ access: Access, _ handlers: [HTTPRequest.Method: Handler]) {
        self.path = path
        self.access = access
        self.handlers = handlers
        pattern = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(\.self)
    }

    /// The varying segments' values, when the path is this route's.
    fileprivate func match(_ segments: [String]) -> [String: String]? {
        guard segments.count == pattern.count else { return nil }
        var parameters: [String: String] = [:]
        for (expected, segment) in zip(pattern, segments) {
            if expected.hasPrefix("{"), expected.hasSuffix("}") {
                guard !segment.isEmpty else { return nil }
                parameters[String(expected.dropFirst().dropLast())] = segment
            } else if expected != segment {
                return nil
            }
        }
        return parameters
    }
}

/// Every address of the server. It is a list and is searched as one: it is short, and the first match is the
/// only one.
struct RouteTable: Sendable {
    let routes: [Route]
    let authorization: Authorization

    /// Finds the route and asks it.
    func respond(to request: EdgeRequest) async throws -> Response {
        guard let segments = request.segments else {
            throw APIError(status: .badRequest, code: "bad-path", message: "The path is not valid UTF-8.")
        }
        for route in routes {
            guard let parameters = route.match(segments) else { continue }
            if route.access == .operators {
                try authorization.check(peer: request.peer, authority: request.authority, headers: request.headers)
            }
            guard let handler = handler(of: route, for: request.method) else {
                throw APIError.methodNotAllowed(allowedMethods(of: route))
            }
            var request = request
            request.parameters = parameters
            let response = try await handler(request)
            return request.method == .head ? response.createHeadResponse() : response
        }
        throw APIError.notFound("There is nothing at this address.")
    }

    /// HEAD is GET without the body (RFC 9110 §9.3.2).
    private func handler(of route: Route, for method: HTTPRequest.Method) -> Route.Handler? {
        route.handlers[method] ?? (method == .head ? route.handlers[.get] : nil)
    }

    private func allowedMethods(of route: Route) -> [HTTPRequest.Method] {
        Array(route.handlers.keys) + (route.handlers[.get] == nil ? [] : [.head])
    }
}
