import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// Answers every request: routes it, turns errors into JSON, adds the header fields that all answers carry.
struct EdgeResponder: HTTPResponder {
    let table: RouteTable
    let securityHeaders: SecurityHeaders

    func respond(to request: Request, context: EdgeContext) async throws -> Response {
        var response: Response
        do {
            response = try await table.respond(to: EdgeRequest(request, context: context))
        } catch let error as APIError {
            response = Self.json(error, status: error.status)
            for field in error.headers { response.headers[field.name] = field.value }
        } catch {
            context.logger.error("Request failed", metadata: ["error": "\(error)"])
            let failure = APIError(
                status: .internalServerError, code: "internal-error",
                message: "The server failed at this request.")
            response = Self.json(failure, status: failure.status)
        }
        if request.method == .head { response = response.createHeadResponse() }
        securityHeaders.add(to: &response)
        return response
    }

    /// An answer in JSON that no cache keeps.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let body = ByteBuffer(bytes: try encoder.encode(value))
            return json(body, status: status)
        } catch {
            return json(
                ByteBuffer(string: #"{"error":{"code":"internal-error","message":"Encoding failed."}}"#),
                status: .internalServerError)
        }
    }

    /// The same for JSON that is already written.
    static func json(_ body: ByteBuffer, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: body))
    }
}
