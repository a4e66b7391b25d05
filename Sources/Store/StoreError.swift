import GRDB

/// Why the store could not do what was asked; the sentence is for the operator.
public enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file cannot be opened, read or written at the moment.
    case unavailable(String)
    /// Another process has the file open.
    case inUse(String)
    /// The file was written by a newer version of the server.
    case tooNew(String)
    /// The query's cursor is none that this server handed out.
    case badCursor

    /// The sentence.
    public var description: String {
        switch self {
        case .unavailable(let sentence), .inUse(let sentence), .tooNew(let sentence): sentence
        case .badCursor: "The cursor is not one that this server handed out. Begin again without it."
        }
    }

    /// Turns whatever the database library threw into a sentence that says what to look at.
    init(_ error: any Error, path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self = .unavailable("The database \(path) failed: \(error).")
            return
        }
        let detail = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        let sentence: String =
            switch error.resultCode {
            case .SQLITE_FULL:
                "The disk that holds \(path) is full (\(detail)). Free some space; nothing else is needed."
            case .SQLITE_READONLY:
                "The database \(path) cannot be written (\(detail)). Check the mount and the permissions."
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
                "The database \(path) cannot be opened (\(detail)). Check that its folder exists and can be written."
            case .SQLITE_IOERR:
                "The disk failed under the database \(path) (\(detail)). Look at the kernel's log."
            case .SQLITE_NOTADB, .SQLITE_CORRUPT:
                "The file \(path) is damaged or no database (\(detail)). Move it away or restore it from a backup."
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                "The database \(path) is locked by another process (\(detail))."
            default: "The database \(path) failed (\(detail))."
            }
        self = .unavailable(sentence)
    }
}
