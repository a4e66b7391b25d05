public import Foundation

extension LoadReport {
    /// Why a file is not a report that can be read.
    public enum ReadError: Error, Equatable, Sendable, CustomStringConvertible {
        /// It is not JSON, or not of this kind.
        case notAReport
        /// It is of a version that this program does not know.
        case unknownVersion(Int)
        /// A value is missing or of the wrong kind.
        case malformed(at: String)

        /// The sentence for people.
        public var description: String {
            switch self {
            case .notAReport: "This is not a report of roost-load."
            case .unknownVersion(let version):
                "This report has format version \(version), and this roost-load reads version \(currentVersion) only:"
                    + " use the roost-load that wrote it, or run the test again."
            case .malformed(let place): "This report is damaged: the value at \(place) is missing or wrong."
            }
        }
    }

    private struct Header: Decodable {
        var format: String
        var version: Int
    }

    /// Reads a report.
    public init(json: Data) throws(ReadError) {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let header = try? decoder.decode(Header.self, from: json), header.format == Self.formatName else {
            throw .notAReport
        }
        guard header.version == Self.currentVersion else { throw .unknownVersion(header.version) }
        do {
            self = try decoder.decode(LoadReport.self, from: json)
        } catch let error as DecodingError {
            throw .malformed(at: Self.place(of: error))
        } catch {
            throw .notAReport
        }
    }

    /// The report as JSON, its keys in order, so that two reports can be told apart line by line.
    public func json() -> Data {
        Self.encode(self)
    }

    /// JSON as this module writes everything.
    static func encode(_ value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        // Everything here is numbers, strings and lists of them: there is nothing that could fail.
        return (try? encoder.encode(value)) ?? Data("{}".utf8)
    }

    private static func place(of error: DecodingError) -> String {
        let context: DecodingError.Context
        var last: [any CodingKey] = []
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
        case .keyNotFound(let key, let found): (context, last) = (found, [key])
        @unknown default: return "an unknown place"
        }
        let path = (context.codingPath + last).map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        return path.isEmpty ? "its beginning" : path.joined(separator: ".")
    }
}
