import NIOCore

/// The OpenAPI 3.1 document of the status API: `openapi.json` beside this file, compiled into the binary.
///
/// The tests hold every answer of the server against it.
enum OpenAPIDocument {
    /// The document with the server's version in it.
    static func text(version: String) -> ByteBuffer {
        let template = String(decoding: PackageResources.openapi_json, as: UTF8.self)
        let safe = version.filter { $0.isASCII && $0 != "\"" && $0 != "\\" && !$0.isNewline }
        return ByteBuffer(string: template.replacing("{version}", with: safe, maxReplacements: 1))
    }
}
