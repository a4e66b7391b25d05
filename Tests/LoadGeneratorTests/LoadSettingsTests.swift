@testable import LoadGenerator
import Testing

@Suite("Settings of a load test")
struct LoadSettingsTests {
    @Test("the command line wins over the file, the file over the scenario, the scenario over the default")
    func layers() throws {
        let plain = try LoadSettings()
        #expect(plain.whole("publishers") == 6)
        let webinar = try LoadSettings(arguments: ["--scenario", "webinar"])
        #expect(webinar.whole("publishers") == 1)
        #expect(webinar.whole("subscribers") == 50)
        let file = #"{"scenario":"webinar","subscribers":20,"audio":false,"up-loss":2.5}"#
        let filed = try LoadSettings(arguments: ["--subscribers=7", "--insecure"], file: file)
        #expect(filed.whole("publishers") == 1)
        #expect(filed.whole("subscribers") == 7)
        #expect(!filed.isOn("audio"))
        #expect(filed.isOn("insecure"))
        #expect(filed.number("up-loss") == 2.5)
        #expect(filed.given["subscribers"] == "7")
    }

    @Test("a bad value is refused with a sentence that names setting, value and range")
    func badValues() {
        let failure = #expect(throws: LoadSetting.Failure.self) {
            _ = try LoadSettings(arguments: ["--frame-rate", "500"])
        }
        #expect(
            failure?.description
                == "--frame-rate: \"500\" is not possible; it has to be a whole number from 1 to 120 (frames/s).")
        #expect(throws: LoadSetting.Failure.self) { _ = try LoadSettings(arguments: ["--no-such-thing", "1"]) }
        #expect(throws: LoadSetting.Failure.self) { _ = try LoadSettings(arguments: ["--duration"]) }
        #expect(throws: LoadSetting.Failure.self) { _ = try LoadSettings(arguments: ["stray"]) }
        #expect(throws: LoadSetting.Failure.self) { _ = try LoadSettings(file: "[1]") }
        #expect(throws: LoadSetting.Failure.self) { _ = try LoadSettings(file: #"{"codec":"av1"}"#) }
    }

    @Test("every default is a value that is allowed, and every scenario's settings are")
    func defaults() throws {
        for setting in LoadSetting.all.flatMap(\.settings) where !setting.fallback.isEmpty {
            _ = try LoadSettings(arguments: ["--\(setting.name)=\(setting.fallback)"])
        }
        for scenario in NamedScenario.allCases {
            let arguments = scenario.settings.map { "--\($0.key)=\($0.value)" }
            _ = try LoadSettings(arguments: arguments)
        }
    }

    @Test("the help has every setting")
    func help() {
        let text = LoadSetting.helpText
        for name in LoadSetting.byName.keys { #expect(text.contains("--\(name) ")) }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 78 })
    }
}
