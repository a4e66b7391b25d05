import RTP
import Testing
import Wire

@Suite struct VP9DescriptorTests {
    @Test func readsNonFlexibleModeWithItsStructure() throws {
        // AA: picture number, layers, begin of frame, scalability structure.
        let descriptor = try VP9Descriptor(Golden.vp9)
        #expect(descriptor.pictureID == 0x1234)
        #expect(descriptor.hasLongPictureID)
        #expect(!descriptor.isInterPicturePredicted)
        #expect(!descriptor.isFlexible)
        #expect(descriptor.startsFrame)
        #expect(!descriptor.endsFrame)
        #expect(!descriptor.isNotUpperReference)
        #expect(descriptor.temporalID == 2)
        #expect(descriptor.isSwitchingUpPoint)
        #expect(descriptor.spatialID == 1)
        #expect(descriptor.isInterLayerPredicted)
        #expect(descriptor.tl0PictureIndex == 0x17)
        #expect(descriptor.spatialLayerCount == 2)
        #expect(descriptor.length == Golden.vp9.count - 4)
        #expect(!descriptor.isKeyframeStart)
    }

    @Test func readsFlexibleModeWithItsReferences() throws {
        // F4: picture number, predicted, layers, flexible, end of frame.
        let descriptor = try VP9Descriptor(Golden.vp9Flexible)
        #expect(descriptor.pictureID == 0x11)
        #expect(!descriptor.hasLongPictureID)
        #expect(descriptor.isFlexible)
        #expect(descriptor.endsFrame)
        #expect(descriptor.tl0PictureIndex == nil)
        #expect(descriptor.temporalID == 0)
        #expect(descriptor.length == 5)
    }

    @Test func readsTheSizesOfTheLayers() throws {
        // The structure of a browser's first keyframe: two layers with sizes, no picture group.
        let payload = hex("be a0 89 10 30 00 f0 00 87 01 e0 01 0e 83 49 83")
        let all = try sizes(payload)
        #expect(all == [FrameSize(width: 240, height: 135), FrameSize(width: 480, height: 270)])
        let none = try sizes(Golden.vp9Flexible)
        #expect(none.isEmpty)
        for count in 0..<payload.count {
            let part = Array(payload[..<count])
            let known = try? sizes(part)
            #expect(known?.count ?? 2 == 2)
        }
    }

    private func sizes(_ payload: [UInt8]) throws -> [FrameSize] {
        let span = payload.span
        let descriptor = try VP9Descriptor(parsing: span)
        return descriptor.sizes(in: span)
    }

    /// Three references at most, whatever the last one says of a fourth (RFC 9628 §4.2).
    @Test func stopsAfterThreeReferences() throws {
        #expect(try VP9Descriptor(hex("58 03 05 07 09")).length == 4)
        #expect(try VP9Descriptor(hex("58 03 04 07 09")).length == 3)
    }

    @Test(arguments: [
        ("08", true),  // no layers, begins a frame, depends on nothing
        ("00", false),  // does not begin it
        ("48", false),  // depends on an earlier picture
        ("28 00 00", true),  // lowest layer
        ("28 02 00", false),  // spatial layer 1 of the same picture
        ("A8 11 00 00", true),
        ("A9 11 20 00", true),  // temporal layer 1 of a picture that depends on nothing
    ])
    func aKeyframeBeginsInItsLowestLayer(_ text: String, _ isKeyframe: Bool) throws {
        #expect(try VP9Descriptor(hex(text)).isKeyframeStart == isKeyframe)
    }

    @Test(arguments: [Golden.vp9, Golden.vp9Flexible])
    func refusesEveryPrefixThatEndsWithinTheDescriptor(_ payload: [UInt8]) throws {
        let length = try VP9Descriptor(payload).length
        for count in 0..<length {
            #expect(throws: PayloadParseError.self) { try VP9Descriptor(Array(payload[..<count])) }
        }
        #expect(try VP9Descriptor(Array(payload[..<length])).length == length)
    }

    @Test func theLargestStructureIsRead() throws {
        // Eight layers with sizes, 255 pictures with three references each.
        let pictures = [UInt8](repeating: 0, count: 255 * 4).enumerated().map {
            $0.offset % 4 == 0 ? UInt8(0x0C) : 1
        }
        let payload = hex("0A F8") + [UInt8](repeating: 1, count: 32) + [255] + pictures
        let descriptor = try VP9Descriptor(payload)
        #expect(descriptor.spatialLayerCount == 8)
        #expect(descriptor.length == payload.count)
        #expect(throws: PayloadParseError.truncated(needed: payload.count, have: payload.count - 1)) {
            try VP9Descriptor(payload.dropLast())
        }
    }

    @Test(arguments: [
        ("A8 9234 00 17 82", "A8 FFFF 00 AB 82"),
        ("A8 34 00 17 82", "A8 7F 00 AB 82"),
        ("F4 11 00 03 04 86", "F4 7F 00 03 04 86"),  // flexible: no TL0PICIDX
        ("28 00 17 82", "28 00 AB 82"),
        ("08 82", "08 82"),
    ])
    func patchesWhatIsThere(_ before: String, _ after: String) throws {
        let payload = hex(before)
        let descriptor = try VP9Descriptor(payload)
        var packet = hex("EEEE") + payload
        var span = packet.mutableSpan
        descriptor.patch(&span, at: 2, pictureID: 0xFFFF, tl0PictureIndex: 0xAB)
        #expect(packet == hex("EEEE") + hex(after))
    }

    @Test func patchesNothingWhereTheDescriptorHasNoRoom() throws {
        let descriptor = try VP9Descriptor(Golden.vp9)
        var packet = [UInt8](repeating: 0xEE, count: 7)
        var span = packet.mutableSpan
        descriptor.patch(&span, at: 2, pictureID: 1, tl0PictureIndex: 1)
        #expect(packet == [UInt8](repeating: 0xEE, count: 7))
    }
}
