/// The web client: a page for people, and a library for other pages, both compiled into the binary.
///
/// The files are in `assets/`, without a build step: what is there is what a browser gets.
public enum WebPages {
    /// One file as it is served: its bytes, its media type, and a strong entity tag (quotes included, RFC 9110
    /// section 8.8.3) that changes when the bytes do.
    public typealias Asset = (bytes: [UInt8], contentType: String, etag: String)

    /// The page itself, for `/` and `/room/{name}`.
    public static let index: Asset = prepared(PackageResources.index_html, name: "index.html")

    /// The file served as `/assets/{name}`, or nil when there is none of this name.
    public static func asset(named name: String) -> Asset? {
        catalogue[name]
    }

    /// The names of all files, sorted.
    public static var names: [String] { catalogue.keys.sorted() }

    private static let catalogue: [String: Asset] = {
        var catalogue: [String: Asset] = [:]
        for (name, bytes) in embedded {
            catalogue[name] = prepared(bytes, name: name)
        }
        return catalogue
    }()

    private static func prepared(_ bytes: [UInt8], name: String) -> Asset {
        (bytes, contentType(of: name), etag(of: bytes))
    }

    static func contentType(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        case "webmanifest": "application/manifest+json"
        default: "application/octet-stream"
        }
    }

    /// FNV-1a, 64 bits: it has to tell two builds apart, not to withstand an attack.
    static func etag(of bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return "\"\(String(hash, radix: 16))\""
    }
}
