import Foundation
import Testing

@testable import WebPages

@Suite("The embedded web client")
struct WebPagesTests {
    private var folder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/WebPages/assets")
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try #require(WebPages.asset(named: name)).bytes, as: UTF8.self)
    }

    @Test("Every file of the folder is served, byte for byte, and nothing else is")
    func completeness() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(WebPages.names == files)
        for name in files {
            let onDisk = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
            #expect(try #require(WebPages.asset(named: name)).bytes == onDisk, "\(name)")
        }
        #expect(WebPages.asset(named: "../Package.swift") == nil)
        #expect(WebPages.asset(named: "") == nil)
    }

    @Test("Each kind of file has a media type that browsers accept under nosniff")
    func contentTypes() throws {
        for name in WebPages.names {
            #expect(try #require(WebPages.asset(named: name)).contentType != "application/octet-stream", "\(name)")
        }
        #expect(WebPages.index.contentType == "text/html; charset=utf-8")
        #expect(WebPages.asset(named: "roost-client.js")?.contentType == "text/javascript; charset=utf-8")
    }

    @Test("An entity tag is quoted, stays the same for the same bytes, and differs between files")
    func etags() throws {
        let tags = try WebPages.names.map { try #require(WebPages.asset(named: $0)).etag }
        #expect(Set(tags).count == tags.count)
        #expect(tags.allSatisfy { $0.hasPrefix("\"") && $0.hasSuffix("\"") && $0.count > 4 })
        #expect(WebPages.index.etag == WebPages.asset(named: "index.html")?.etag)
        // FNV-1a of "a", from the published test vectors.
        #expect(WebPages.etag(of: [0x61]) == "\"af63dc4c8601ec8c\"")
    }

    @Test("Whatever a file refers to is there, so that the strict content security policy loads everything")
    func references() throws {
        for match in try text("index.html").matches(of: /(?:href|src)="\/assets\/([^"]+)"/) {
            #expect(WebPages.asset(named: String(match.output.1)) != nil, "\(match.output.1)")
        }
        for name in WebPages.names where name.hasSuffix(".js") {
            for match in try text(name).matches(of: /from "\.\/([^"]+)"/) {
                #expect(WebPages.asset(named: String(match.output.1)) != nil, "\(name) imports \(match.output.1)")
            }
        }
    }

    @Test("The page has no inline script, style or handler, and asks no other host for anything")
    func contentSecurityPolicy() throws {
        let page = try text("index.html")
        #expect(page.matches(of: /<script(?![^>]*src=)/).isEmpty)
        #expect(page.matches(of: /<style|\sstyle="|\son[a-z]+="/).isEmpty)
        for name in WebPages.names where name.hasSuffix(".css") || name.hasSuffix(".html") {
            #expect(try text(name).matches(of: /(?:src|href)="https?:|url\(|@import/).isEmpty, "\(name)")
        }
    }

    @Test("The library stands alone: it imports nothing of the page")
    func libraryIsSeparate() throws {
        for name in WebPages.names where name.hasPrefix("roost-") && name.hasSuffix(".js") {
            for match in try text(name).matches(of: /from "\.\/([^"]+)"/) {
                #expect(match.output.1.hasPrefix("roost-"), "\(name) imports \(match.output.1)")
            }
        }
    }
}
