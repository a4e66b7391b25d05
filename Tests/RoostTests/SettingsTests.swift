import Foundation
import Testing

@testable import roost

@Suite struct SettingsTests {
    static func load(
        _ arguments: [String] = [], file: String? = nil, environment: [String: String] = [:]
    ) async throws -> Settings {
        var path: String?
        if let file {
            let url = FileManager.default.temporaryDirectory.appendingPathComponent("roost-\(UUID().uuidString).json")
            try Data(file.utf8).write(to: url)
            path = url.path
        }
        defer { if let path { try? FileManager.default.removeItem(atPath: path) } }
        return try await Settings.load(arguments: arguments, file: path, environment: environment)
    }

    @Test func theCommandLineWinsThenTheEnvironmentThenTheFile() async throws {
        let file = #"{"http": {"port": 1, "host": "192.0.2.1"}, "media": {"port": 3}}"#
        let settings = try await Self.load(
            ["--http-port", "3000"], file: file, environment: ["ROOST_HTTP_PORT": "2000", "ROOST_MEDIA_PORT": "2001"])
        #expect(settings.number("http.port") == 3000)
        #expect(settings.number("media.port") == 2001)
        #expect(settings.text("http.host") == "192.0.2.1")
        #expect(settings.number("rooms.audio-slots") == 16)
    }

    @Test func listsAndFlagsAreReadInEachLayer() async throws {
        let settings = try await Self.load(
            ["--media-announce=192.0.2.1,2001:db8::1", "--tls-self-signed"],
            file: #"{"http": {"origins": ["https://a.example", "https://b.example"]}, "rooms": {"create-on-join": false}}"#,
            environment: ["ROOST_ICE_STUN": "stun:192.0.2.9:3478"])
        #expect(settings.list("media.announce") == ["192.0.2.1", "2001:db8::1"])
        #expect(settings.list("http.origins") == ["https://a.example", "https://b.example"])
        #expect(settings.list("ice.stun") == ["stun:192.0.2.9:3478"])
        #expect(settings.flag("tls.self-signed"))
        #expect(!settings.flag("rooms.create-on-join"))
        #expect(settings.optionalText("api.key") == nil)
    }

    @Test(arguments: [
        (["--htp-port", "1"], "--http-port"), (["--http-port"], "needs a value"), (["--http-port", "x"], "whole number"),
        (["--http-port", "70000"], "from 0 to 65535"), (["stray"], "no option"),
    ])
    func mistakesOnTheCommandLineAreSaid(arguments: [String], part: String) async {
        let error = await #expect(throws: SettingsError.self) { _ = try await Self.load(arguments) }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("{", "not valid JSON"), ("{\"http\": {\"port\": 1", "end of file"), ("[]", "one JSON object"), (#"{"http": 1}"#, "has to be an object"),
        (#"{"http": {"prt": 1}}"#, "http.port"), (#"{"http": {"port": "many"}}"#, "whole number"),
    ])
    func mistakesInTheFileAreSaid(file: String, part: String) async {
        let error = await #expect(throws: SettingsError.self) { _ = try await Self.load(file: file) }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }

    @Test func mistakesInTheEnvironmentAreSaid() async {
        let error = await #expect(throws: SettingsError.self) {
            _ = try await Self.load(environment: ["ROOST_HTTP_PROT": "1"])
        }
        #expect(error?.description.contains("ROOST_HTTP_PORT") == true)
    }

    @Test func theHelpFitsATerminal() {
        let lines = Setting.help.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 78 })
        // What is broken goes on where it began.
        #expect(lines.filter { $0.hasPrefix("      ") }.count > Setting.byKey.count)
    }

    @Test func theHelpNamesEverySetting() {
        for setting in Setting.byKey.values {
            #expect(Setting.help.contains(setting.commandLineName))
            #expect(Setting.help.contains(setting.environmentName))
        }
    }
}
