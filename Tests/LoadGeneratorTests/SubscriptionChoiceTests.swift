import Foundation
import Testing

@testable import LoadGenerator

@Suite("What a participant asks for of the pictures")
struct SubscriptionChoiceTests {
    private func choice(_ arguments: String...) throws -> SubscriptionChoice? {
        SubscriptionChoice(try LoadSettings(arguments: arguments))
    }

    @Test("without settings nothing is asked for, and values that cannot be are refused")
    func ranges() throws {
        #expect(try choice() == nil)
        #expect(try choice("--max-height=0", "--last-n=-1") == nil)
        for bad in ["--max-height=-1", "--max-height=4321", "--max-height=big", "--last-n=-2", "--last-n=65"] {
            #expect(throws: LoadSetting.Failure.self) { try LoadSettings(arguments: [bad]) }
        }
        let file = try LoadSettings(file: #"{"max-height": 180, "last-n": 4}"#)
        #expect(SubscriptionChoice(file) != nil)
    }

    @Test("each track is named once, the number of cameras once")
    func once() throws {
        var choice = try #require(try choice("--max-height=360", "--last-n=0"))
        #expect(choice.wish(for: ["b", "a"]) == .init(tracks: ["a", "b"], maxHeight: 360, lastN: 0))
        #expect(choice.wish(for: ["a"]) == nil)
        #expect(choice.wish(for: ["a", "c"]) == .init(tracks: ["c"], maxHeight: 360))
        var cameras = try #require(try self.choice("--last-n=2"))
        #expect(cameras.wish(for: ["a"]) == .init(lastN: 2))
        #expect(cameras.wish(for: ["b"]) == nil)
    }

    @Test("the message is as the protocol has it")
    func message() throws {
        func text(_ wish: SubscriptionChoice.Wish) throws -> NSDictionary? {
            let bytes = try SignalingMessages.encode(SignalingMessages.SubscriptionSettings(id: 6, wish))
            return try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary
        }
        #expect(
            try text(.init(tracks: ["t-1"], maxHeight: 360, lastN: 9))
                == [
                    "type": "subscription-settings", "id": 6, "tracks": [["track": "t-1", "maxHeight": 360]], "lastN": 9,
                ])
        #expect(try text(.init(tracks: ["t-1"], maxHeight: 360))?["lastN"] == nil)
    }
}
