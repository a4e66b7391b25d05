import HTTPTypes
import Hummingbird

/// An answer that says what went wrong and what to do: `{"error":{"code":"…","message":"…"}}`.
struct APIError: Error, Encodable {
    let status: HTTPResponse.Status
    /// Stable; programs compare it.
    let code: String
    /// For people.
    let message: String
    /// Further header fields of the answer.
    var headers: HTTPFields = [:]

    private enum CodingKeys: String, CodingKey { case error }
    private enum ErrorKeys: String, CodingKey { case code, message }

    func encode(to encoder: any Encoder) throws {
        var outer = encoder.container(keyedBy: CodingKeys.self)
        var inner = outer.nestedContainer(keyedBy: ErrorKeys.self, forKey: .error)
        try inner.encode(code, forKey: .code)
        try inner.encode(message, forKey: .message)
    }

    static func notFound(_ message: String) -> APIError {
        APIError(status: .notFound, code: "not-found", message: message)
    }

    static func badParameter(_ name: String, _ message: String) -> APIError {
        APIError(status: .badRequest, code: "bad-parameter", message: "\(name): \(message)")
    }

    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> APIError {
        let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        return APIError(
            status: .methodNotAllowed, code: "method-not-allowed",
            message: "This address answers \(list) only.",
            headers: [.allow: list])
    }
}
