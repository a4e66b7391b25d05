/// The numbered SQL files of this folder, compiled into the binary.
///
/// A file that has been released is never changed; the schema moves on with the next number.
public enum Migrations {
    /// One step of the schema.
    public struct Step: Sendable {
        /// The file's name without its ending; the database remembers it.
        public let name: String
        /// The file's text.
        public let sql: String
    }

    /// Every step, in the order in which they are applied.
    public static let all: [Step] = [
        Step(name: "V0001_rooms_and_sessions", bytes: PackageResources.V0001_rooms_and_sessions_sql)
    ]
}

extension Migrations.Step {
    fileprivate init(name: String, bytes: [UInt8]) {
        self.init(name: name, sql: String(decoding: bytes, as: UTF8.self))
    }
}
