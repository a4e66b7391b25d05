import Testing
import Wire

@testable import Rooms

/// STUN and TURN servers for clients.
struct ICEServerConfigurationTests {
    /// RFC 2202 §3, test case 2, in Base64.
    @Test func theCredentialIsTheHMACOfTheUserName() {
        let credential = ICEServerConfiguration.credential(
            username: "what do ya want for nothing?", secret: "Jefe")
        #expect(credential == "7/zfauXrL6LSdBbV8YTfnCWafHk=")
    }

    /// The second line as `openssl dgst -sha1 -hmac` has it, which is what coturn compares with.
    @Test func theUserNameIsTheExpiryAndTheParticipant() {
        let configuration = ICEServerConfiguration(
            stunURLs: ["stun:192.0.2.1:3478"], turnURLs: ["turn:192.0.2.1:3478?transport=udp"],
            turnSharedSecret: "north",
            turnTimeToLive: .seconds(3600))
        let now = WallTime(millisecondsSinceEpoch: 1_767_225_601_900)
        #expect(
            configuration.servers(for: "p-ada", at: now) == [
                ICEServer(urls: ["stun:192.0.2.1:3478"]),
                ICEServer(
                    urls: ["turn:192.0.2.1:3478?transport=udp"], username: "1767229201:p-ada",
                    credential: "FdKYw8nn5R2bWrMMwh6HwFmSpDE="),
            ])
    }

    @Test func withoutASecretThereIsNoTURN() {
        let configuration = ICEServerConfiguration(turnURLs: ["turn:192.0.2.1"])
        #expect(configuration.servers(for: "p", at: WallTime(millisecondsSinceEpoch: 0)).isEmpty)
    }

    @Test func theSecretIsNotPrinted() {
        let configuration = ICEServerConfiguration(
            turnURLs: ["turn:192.0.2.1"], turnSharedSecret: "hidden-thing")
        #expect(!"\(configuration)".contains("hidden-thing"))
        #expect(!String(reflecting: configuration).contains("hidden-thing"))
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("hidden-thing"))
    }

    @Test func theReplyCarriesThem() async throws {
        let conference = Conference {
            $0.iceServers = ICEServerConfiguration(
                turnURLs: ["turn:192.0.2.1:3478"], turnSharedSecret: "north")
        }
        let ada = try await conference.join("Ada")
        let server = ada.sink.messages.first?["iceServers"]?[0]
        #expect(server?["username"]?.string == "1767229200:\(try #require(ada.id))")
        #expect(server?["credential"]?.string?.utf8.count == 28)
    }
}
