import RTP
import Testing
import Wire

@Suite struct VP8DescriptorTests {
    @Test func readsEveryField() throws {
        let descriptor = try VP8Descriptor(Golden.vp8)
        #expect(descriptor.length == 6)
        #expect(descriptor.pictureID == 0x1234)
        #expect(descriptor.hasLongPictureID)
        #expect(descriptor.tl0PictureIndex == 0x17)
        #expect(descriptor.temporalID == 1)
        #expect(descriptor.isLayerSync)
        #expect(descriptor.keyIndex == 9)
        #expect(!descriptor.isNonReference)
        #expect(descriptor.startsFrame)
        #expect(descriptor.isKeyframeStart)
    }

    /// The examples of RFC 7741 §4.5: payload, picture number, first packet, keyframe.
    @Test(arguments: [
        ("90 80 11 10", UInt16?(17), true, true),  // keyframe in one packet, picture 17
        ("10 11", nil, true, false),  // frame between, no picture number
        ("11 00", nil, false, false),  // second partition in a packet of its own
        ("00 00", nil, false, false),  // continuation
        ("90 80 92 67 11", 4711, true, false),  // long picture number
    ])
    func readsTheExamplesOfRFC7741(_ text: String, _ pictureID: UInt16?, _ starts: Bool, _ isKeyframe: Bool)
        throws
    {
        let descriptor = try VP8Descriptor(hex(text))
        #expect(descriptor.pictureID == pictureID)
        #expect(descriptor.startsFrame == starts)
        #expect(descriptor.isKeyframeStart == isKeyframe)
    }

    @Test func fieldsThatAreNotThereAreNil() throws {
        let bare = try VP8Descriptor(hex("30 11"))
        #expect(bare.isNonReference)
        #expect(bare.length == 1)
        #expect(bare.tl0PictureIndex == nil)
        #expect(bare.temporalID == nil)
        #expect(bare.keyIndex == nil)
        #expect(!bare.isLayerSync)

        // Key index only: the byte is there, its layer bits mean nothing.
        let keyOnly = try VP8Descriptor(hex("90 10 FF 11"))
        #expect(keyOnly.keyIndex == 31)
        #expect(keyOnly.temporalID == nil)
        #expect(!keyOnly.isLayerSync)

        let layerOnly = try VP8Descriptor(hex("90 20 9F 11"))
        #expect(layerOnly.temporalID == 2)
        #expect(layerOnly.keyIndex == nil)
    }

    /// A descriptor that is the whole payload: nothing says that a keyframe follows.
    @Test func withoutAPayloadHeaderThereIsNoKeyframe() throws {
        #expect(try !VP8Descriptor(hex("10")).isKeyframeStart)
    }

    @Test func refusesEveryPrefixThatEndsWithinTheDescriptor() throws {
        for count in 0..<6 {
            #expect(throws: PayloadParseError.truncated(needed: count == 2 ? 3 : count + 1, have: count)) {
                try VP8Descriptor(Array(Golden.vp8[..<count]))
            }
        }
        for count in 6...Golden.vp8.count {
            #expect(try VP8Descriptor(Array(Golden.vp8[..<count])).length == 6)
        }
    }

    @Test(arguments: [
        ("90 F0 9234 17 69 10", "90 F0 FFFF AB 7F 10"),  // all fields, long picture number
        ("90 F0 34 17 69 10", "90 F0 7F AB 7F 10"),  // short picture number
        ("90 C0 9234 17 11", "90 C0 FFFF AB 11"),
        ("90 60 17 69 11", "90 60 AB 69 11"),  // temporal layer without key index: left alone
        ("90 10 69 11", "90 10 7F 11"),
        ("10 11", "10 11"),
    ])
    func patchesWhatIsThere(_ before: String, _ after: String) throws {
        let payload = hex(before)
        let descriptor = try VP8Descriptor(payload)
        var packet = hex("EEEE") + payload
        var span = packet.mutableSpan
        descriptor.patch(&span, at: 2, pictureID: 0xFFFF, tl0PictureIndex: 0xAB, keyIndex: 0xFF)
        #expect(packet == hex("EEEE") + hex(after))
        let patched = try VP8Descriptor(Array(packet[2...]))
        #expect(patched.length == descriptor.length)
        #expect(patched.temporalID == descriptor.temporalID)
    }

    @Test func patchesNothingWhereTheDescriptorHasNoRoom() throws {
        let descriptor = try VP8Descriptor(Golden.vp8)
        var packet = [UInt8](repeating: 0xEE, count: 7)
        var span = packet.mutableSpan
        descriptor.patch(&span, at: 2, pictureID: 1, tl0PictureIndex: 1, keyIndex: 1)
        descriptor.patch(&span, at: -1, pictureID: 1, tl0PictureIndex: 1, keyIndex: 1)
        #expect(packet == [UInt8](repeating: 0xEE, count: 7))
    }
}
