@testable import LoadGenerator
import LoadMedia
import Testing
import Wire

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

    @Test("limits add up, and any other setting that is given twice is refused")
    func repetition() throws {
        let limits = try LoadSettings(arguments: ["--limit=p99<5ms", "--limit", "loss<=1%,freezes<1", "--limit=raw-loss<=2%"])
        #expect(Limits.of(limits).map(\.metric.name) == ["latency-p99", "loss", "freezes", "raw-loss"])
        for arguments in [["--rooms=2", "--rooms", "3"], ["--insecure", "--insecure"], ["--max-loss=1", "--max-loss=1"]] {
            let failure = #expect(throws: LoadSetting.Failure.self) { _ = try LoadSettings(arguments: arguments) }
            #expect(failure?.description.contains("is given twice") == true)
        }
        // A file is another layer, not a repetition.
        #expect(try LoadSettings(arguments: ["--rooms=2"], file: #"{"rooms":3}"#).whole("rooms") == 2)
    }

    @Test("what cannot be on this machine is refused before the run")
    func checks() throws {
        try LoadSettings(arguments: ["--pin=3", "--threads=1", "--server-ip=2001:db8::1"]).check(processors: 4)
        try LoadSettings(arguments: ["--pin=2", "--threads=2", "--server-ip=192.0.2.1"]).check(processors: 4)
        for arguments in [
            ["--pin=4", "--threads=1"], ["--pin=3", "--threads=2"], ["--server-ip=roost.example"], ["--server-ip=192.0.2"],
            ["--up-blackout=1"],
        ] {
            let settings = try LoadSettings(arguments: arguments)
            #expect(throws: LoadSetting.Failure.self) { try settings.check(processors: 4) }
        }
        #expect(throws: LoadSetting.Failure.self) {
            _ = try LoadTest(LoadSettings(arguments: ["--server-ip=roost.example"]))
        }
    }

    @Test("packets of one size have the size that was asked for, from the smallest that is allowed on")
    func packetSize() throws {
        for size in [VideoFormat.shortestPayload, 1_200] {
            _ = try LoadSettings(arguments: ["--packet-size=\(size)"])
            for codec in VideoFormat.Codec.allCases {
                let rate = VideoFormat.Rate.constant(packetsPerSecond: 100, payloadLength: size, burst: 4)
                var video = SyntheticVideo(VideoFormat(codec: codec, rate: rate, payloadLimit: size), stream: .init(1), seed: 1)
                var payload: [UInt8] = []
                let start = Timestamp(nanoseconds: 1_000_000_000)
                video.begin(at: start)
                while video.nextPacket(at: start, into: &payload) != nil {}
                while video.nextPacket(at: start + .milliseconds(40), into: &payload) != nil {
                    #expect(payload.count == size)
                }
                #expect(video.frames == 2)
            }
        }
        #expect(throws: LoadSetting.Failure.self) {
            _ = try LoadSettings(arguments: ["--packet-size=\(VideoFormat.shortestPayload - 1)"])
        }
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
