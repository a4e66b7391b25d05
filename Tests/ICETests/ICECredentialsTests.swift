import ICE
import Testing
import Wire

@Suite("Credentials")
struct ICECredentialsTests {
    @Test("RFC 8839 §5.4: fresh credentials are well formed, and no two are alike")
    func random() {
        var generator = SeededGenerator(seed: 42)
        var fragments: Set<String> = []
        var passwords: Set<String> = []
        for _ in 0..<1000 {
            let credentials = ICECredentials.random(workerIndex: 3, using: &generator)
            #expect(credentials.isWellFormed)
            #expect(credentials.usernameFragment.utf8.count == 10)
            #expect(credentials.password.utf8.count == 24)
            fragments.insert(credentials.usernameFragment)
            passwords.insert(credentials.password)
        }
        #expect(fragments.count == 1000)
        #expect(passwords.count == 1000)
        #expect(Set(passwords.joined()).count == 64, "all 64 characters occur: six bits each")
    }

    @Test("The fragment tells the worker that made it")
    func workerIndex() {
        var generator = SeededGenerator(seed: 1)
        for index in 0..<ICECredentials.mostWorkers {
            let credentials = ICECredentials.random(workerIndex: index, using: &generator)
            #expect(ICECredentials.workerIndex(ofLocalFragment: credentials.usernameFragment) == index)
        }
        #expect(ICECredentials.random(workerIndex: 37, using: &generator).usernameFragment.hasPrefix("11"))
    }

    @Test(
        "Foreign fragments name no worker",
        arguments: ["", "0", "00", "00short", "00waytoolong", "A0abcdefgh", "0+abcdefgh"]
    )
    func foreignFragment(fragment: String) {
        #expect(ICECredentials.workerIndex(ofLocalFragment: fragment) == nil)
    }

    @Test("RFC 8445 §7.2.2: a check's user name has its receiver's fragment first")
    func usernames() throws {
        let halves = try #require(ICECredentials.fragments(ofUsername: "ours:theirs"))
        #expect(halves.local == "ours")
        #expect(halves.remote == "theirs")
        #expect(ICECredentials.fragments(ofUsername: "ours") == nil)
        #expect(try #require(ICECredentials.fragments(ofUsername: ":")).local.isEmpty)
        #expect(try #require(ICECredentials.fragments(ofUsername: "a:b:c")).remote == "b:c")
    }

    @Test(
        "RFC 8839 §5.4: lengths and characters",
        arguments: [
            ("abcd", String(repeating: "x", count: 22), true),
            ("abc", String(repeating: "x", count: 22), false),
            ("abcd", String(repeating: "x", count: 21), false),
            (String(repeating: "a", count: 256), String(repeating: "+", count: 256), true),
            (String(repeating: "a", count: 257), String(repeating: "x", count: 22), false),
            ("abcd", String(repeating: "x", count: 257), false),
            ("ab-d", String(repeating: "x", count: 22), false),
            ("abcd", String(repeating: "ä", count: 22), false),
        ]
    )
    func wellFormed(fragment: String, password: String, expected: Bool) {
        #expect(ICECredentials(usernameFragment: fragment, password: password).isWellFormed == expected)
    }

    @Test("The password shows in no description")
    func secrecy() {
        var agent = ICELiteAgent.fresh()
        agent.restart(local: .serverNew, remote: .client, at: .zero)
        var dumped = ""
        dump(agent, to: &dumped)
        let texts = [
            "\(ICECredentials.server)", String(reflecting: ICECredentials.server), "\(agent)",
            String(reflecting: agent), dumped,
        ]
        for text in texts {
            #expect(!text.contains("password" + "server") && !text.contains(ICECredentials.client.password))
        }
        #expect(dumped.contains("00serverAA") && dumped.contains("00serverBB"))
    }
}
