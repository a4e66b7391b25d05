import Testing

@testable import Forwarding

@Suite struct VP9MungerTests {
    private func fields(_ picture: UInt16, _ tl0: UInt8) -> VP9Munger.Fields {
        VP9Munger.Fields(pictureID: picture, tl0PictureIndex: tl0)
    }

    @Test func `holes within a source stay, and the next source follows on`() {
        var munger = VP9Munger()
        munger.switchSource(at: fields(0x7FFE, 254))
        var patches = [(0x7FFE, 254), (0x7FFF, 254), (2, 0)].map { munger.forward(fields($0, $1)) }
        #expect(patches.map(\.pictureID) == [0, 1, 4])
        #expect(patches.map(\.tl0PictureIndex) == [0, 0, 2])
        munger.switchSource(at: fields(500, 9))
        patches = [(500, 9), (501, 9)].map { munger.forward(fields($0, $1)) }
        #expect(patches.map(\.pictureID) == [5, 6])
        #expect(patches.map(\.tl0PictureIndex) == [3, 3])
    }

    @Test func `a late packet does not bring the next source back`() {
        var munger = VP9Munger()
        munger.switchSource(at: fields(10, 1))
        for picture in [10, 14, 12] as [UInt16] { _ = munger.forward(fields(picture, 1)) }
        munger.switchSource(at: fields(3, 3))
        let patch = munger.forward(fields(3, 3))
        #expect(patch.pictureID == 5)
    }

    @Test func `without numbers there is nothing to write`() {
        var munger = VP9Munger()
        let none = VP9Munger.Fields(pictureID: nil, tl0PictureIndex: nil)
        munger.switchSource(at: none)
        let patch = munger.forward(none)
        #expect(patch.isEmpty)
    }
}
