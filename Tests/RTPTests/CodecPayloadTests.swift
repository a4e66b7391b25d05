import RTP
import Testing
import Wire

@Suite struct H264PayloadTests {
    @Test func looksIntoAggregates() throws {
        let payload = try H264Payload(Golden.h264Aggregate)
        #expect(payload.hasSequenceParameterSet)
        #expect(payload.hasPictureParameterSet)
        #expect(payload.startsIDRPicture)
        #expect(payload.isKeyframeStart)
    }

    @Test(arguments: [
        ("67 42 C0 1F", true),  // SPS
        ("68 CE 3C", false),  // PPS alone
        ("65 88 84", true),  // IDR slice, first_mb_in_slice 0
        ("65 48 84", false),  // IDR slice further down the picture
        ("65", false),  // IDR without a slice
        ("41 9A 00", false),  // other slice
        ("06 05 01", false),  // SEI
        ("7C 85 88", true),  // FU-A, IDR, first fragment
        ("7C 05 88", false),  // FU-A, IDR, in the middle
        ("7C 45 88", false),  // FU-A, IDR, last fragment
        ("7C 85 48", false),  // FU-A, IDR slice further down
        ("7C 81 9A", false),  // FU-A, other slice
        ("7C 87 42", true),  // FU-A, SPS
        ("78 0002 68CE 0002 419A", false),  // STAP-A without either
        ("78 0002 68CE 0002 6588", true),
        ("78 0000 0002 6742", true),  // an empty unit in between
        ("78", false),
    ])
    func aKeyframeBeginsWithItsParametersOrItsFirstSlice(_ text: String, _ isKeyframe: Bool) throws {
        #expect(try H264Payload(hex(text)).isKeyframeStart == isKeyframe)
    }

    @Test(arguments: ["", "7C", "78 00", "78 0003 67 42", "78 0001 67 FF"])
    func refuses(_ text: String) {
        #expect(throws: PayloadParseError.self) { try H264Payload(hex(text)) }
    }
}

@Suite struct AV1PayloadTests {
    @Test func readsTheAggregationHeaderAndTheUnits() throws {
        // 68: continued behind, two elements, begins a sequence.
        let payload = try AV1Payload(Golden.av1)
        #expect(!payload.continuesUnit)
        #expect(payload.isContinued)
        #expect(payload.startsSequence)
        #expect(payload.hasSequenceHeader)
        #expect(payload.temporalID == 1)
        #expect(payload.spatialID == 1)
        #expect(payload.isKeyframeStart)
    }

    @Test(arguments: [
        ("18 08 00", true),  // one element without its size
        ("10 08 00", false),  // a sequence header again, but no new sequence
        ("98 08 00", false),  // continued from before: not the first packet
        ("08 01 08 01 30", true),  // W 0: every element has its size
        ("18", true),  // nothing but the header
    ])
    func aSequenceBeginsWhereTheHeaderSaysSo(_ text: String, _ isKeyframe: Bool) throws {
        #expect(try AV1Payload(hex(text)).isKeyframeStart == isKeyframe)
    }

    @Test func aContinuedUnitHasNoHeaderToRead() throws {
        // What would be a sequence header is the middle of another unit; the second element is a frame.
        let payload = try AV1Payload(hex("A0 02 08 FF 34 48"))
        #expect(!payload.hasSequenceHeader)
        #expect(payload.temporalID == 2)
        #expect(payload.spatialID == 1)
    }

    @Test func withoutALayerByteThereAreNoLayers() throws {
        let payload = try AV1Payload(hex("10 30 11"))
        #expect(payload.temporalID == nil)
        #expect(payload.spatialID == nil)
    }

    @Test(arguments: [
        "", "20 05 08 00",  // element beyond the end
        "00 80",  // size without its end
        "00 FF FF FF FF FF FF FF FF 01",  // size beyond any packet
    ])
    func refuses(_ text: String) {
        #expect(throws: PayloadParseError.self) { try AV1Payload(hex(text)) }
    }
}

@Suite struct REDPayloadTests {
    @Test func findsThePrimaryBlock() throws {
        let payload = try REDPayload(Golden.red)
        #expect(payload.primary.payloadType == PayloadType(111))
        #expect(payload.primary.timestampOffset == 0)
        #expect(Array(Golden.red[payload.primary.range]) == hex("C1C2C3C4"))
        #expect(payload.redundantCount == 2)
    }

    @Test func walksTheRedundantBlocks() throws {
        let payload = try REDPayload(Golden.red)
        let blocks = (0..<2).compactMap { payload.redundantBlock(at: $0, in: Golden.red) }
        #expect(blocks.map(\.timestampOffset) == [1920, 960])
        #expect(blocks.map(\.payloadType) == [PayloadType(111), PayloadType(111)])
        #expect(blocks.map { Array(Golden.red[$0.range]) } == [hex("A1A2"), hex("B1B2B3")])
        #expect(payload.redundantBlock(at: 2, in: Golden.red) == nil)
        #expect(payload.redundantBlock(at: -1, in: Golden.red) == nil)
        #expect(payload.redundantBlock(at: 0, in: Array(Golden.red[..<5])) == nil)
    }

    /// As browsers begin, before there is anything to repeat.
    @Test func aPrimaryBlockAloneHasOneByteOfHeader() throws {
        let payload = try REDPayload(hex("6F 0102"))
        #expect(payload.primary.range == 1..<3)
        #expect(payload.redundantCount == 0)
    }

    @Test func thePrimaryBlockMayBeEmpty() throws {
        #expect(try REDPayload(hex("EF 0000 01 6F AA")).primary.range == 6..<6)
    }

    @Test func refusesEveryPrefixThatEndsBeforeThePrimaryBlock() throws {
        let start = try REDPayload(Golden.red).primary.range.lowerBound
        for count in 0..<start {
            #expect(throws: PayloadParseError.self) { try REDPayload(Array(Golden.red[..<count])) }
        }
        #expect(try REDPayload(Array(Golden.red[..<start])).primary.range.isEmpty)
    }
}

@Suite struct FrameInfoTests {
    @Test(arguments: [
        (MediaCodec.opus, hex("78"), FrameInfo(isKeyframeStart: true, isSwitchingPoint: true)),
        (.red, Golden.red, FrameInfo(isKeyframeStart: true, isSwitchingPoint: true)),
        (.vp8, Golden.vp8, FrameInfo(isKeyframeStart: true, temporalID: 1, isSwitchingPoint: true)),
        (.vp8, hex("90 20 80 11"), FrameInfo(temporalID: 2)),
        (.vp8, hex("10 11"), FrameInfo(isSwitchingPoint: true)),
        (.vp9, Golden.vp9, FrameInfo(spatialID: 1, temporalID: 2, isSwitchingPoint: true)),
        (.vp9, hex("28 40 00"), FrameInfo(isKeyframeStart: true, temporalID: 2)),
        (.h264, Golden.h264Single, FrameInfo(isKeyframeStart: true, isSwitchingPoint: true)),
        (.av1, Golden.av1, FrameInfo(isKeyframeStart: true, spatialID: 1, temporalID: 1)),
        (.av1, hex("10 30 11"), FrameInfo(isSwitchingPoint: true)),
    ])
    func says(_ codec: MediaCodec, _ payload: [UInt8], _ info: FrameInfo) throws {
        #expect(try FrameInfo(codec: codec, payload: payload) == info)
        #expect(isKeyframeStart(codec: codec, payload: payload) == info.isKeyframeStart)
    }

    @Test(arguments: [MediaCodec.vp8, .vp9, .h264, .av1])
    func anEmptyPayloadIsNoKeyframe(_ codec: MediaCodec) {
        #expect(throws: PayloadParseError.truncated(needed: 1, have: 0)) {
            try FrameInfo(codec: codec, payload: [UInt8]())
        }
        #expect(!isKeyframeStart(codec: codec, payload: [UInt8]()))
    }
}
