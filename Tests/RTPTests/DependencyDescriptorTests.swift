import RTP
import Testing
import Wire

@Suite struct DependencyDescriptorTests {
    private let keyframe: DependencyDescriptor

    init() throws { keyframe = try DependencyDescriptor(Golden.dependencyDescriptor) }

    @Test func readsTheStructureOfAKeyframe() throws {
        #expect(keyframe.isKeyframeStart)
        #expect(keyframe.startsFrame && keyframe.endsFrame)
        #expect(keyframe.templateID == 0)
        #expect(keyframe.frameNumber == 1)
        #expect(keyframe.activeDecodeTargets == 0b111)

        let structure = try #require(keyframe.structure)
        #expect(structure.templateIDOffset == 0)
        #expect(structure.templates.map(\.temporalID) == [0, 0, 1, 2, 2])
        #expect(structure.templates.map(\.spatialID) == [0, 0, 0, 0, 0])
        #expect(structure.decodeTargets.map(\.temporalID) == [0, 1, 2])
        #expect(structure.maximumTemporalID == 2)
        #expect(structure.maximumSpatialID == 0)
        #expect(structure.chainCount == 1)
        #expect(structure.resolutions.map { [$0.width, $0.height] } == [[640, 360]])
    }

    @Test func saysWhatAFrameIsToEachDecodeTarget() throws {
        let structure = try #require(keyframe.structure)
        // Template 2, -DS: temporal layer 1, where the highest target can be taken up.
        let descriptor = try DependencyDescriptor(bits("1 0 000010 0000000000000010"), structure: structure)
        #expect(!descriptor.isKeyframeStart)
        #expect(descriptor.startsFrame && !descriptor.endsFrame)
        #expect(descriptor.frameNumber == 2)
        #expect(descriptor.structure == nil)
        #expect(descriptor.activeDecodeTargets == nil)
        let frame = try #require(descriptor.frame)
        #expect(frame.spatialID == 0)
        #expect(frame.temporalID == 1)
        #expect((0..<3).map { frame.indications[$0] } == [.notPresent, .discardable, .switch])
        #expect(frame.indications[3] == .notPresent)
        #expect(frame.indications[32] == .notPresent)
        #expect(frame.indications[-1] == .notPresent)
    }

    /// L1T3: each frame of layers 0 and 1 is one from which the layers above can be taken up, those of layer
    /// 2 are not.
    @Test(arguments: [(UInt8(0), UInt8(0), true), (1, 0, true), (2, 1, true), (3, 2, false), (4, 2, false)])
    func saysWhereALayerCanBeTakenUp(_ template: UInt8, _ temporalID: UInt8, _ isSwitchingPoint: Bool) throws
    {
        let descriptor = try DependencyDescriptor([0x80 | template, 0, 9], structure: keyframe.structure)
        #expect(descriptor.frameInfo == FrameInfo(temporalID: temporalID, isSwitchingPoint: isSwitchingPoint))
        #expect(keyframe.frameInfo == FrameInfo(isKeyframeStart: true, isSwitchingPoint: true))
    }

    @Test func requiredIsNoSwitch() throws {
        // Custom indications R, R, D for the three targets.
        let bytes = bits("1 1 000000 0000000000000011  0 0 1 0 0  11 11 01")
        let descriptor = try DependencyDescriptor(bytes, structure: keyframe.structure)
        #expect(descriptor.frameInfo == FrameInfo())
        #expect(try DependencyDescriptor(bytes).frameInfo == nil)
    }

    @Test func aFrameMayDeviateFromItsTemplate() throws {
        let structure = try #require(keyframe.structure)
        // Flags: custom indications only; then S, R, R.
        let bytes = bits("1 1 000011 0000000000000011  0 0 1 0 0  10 11 11")
        let frame = try #require(try DependencyDescriptor(bytes, structure: structure).frame)
        #expect(frame.temporalID == 2)
        #expect((0..<3).map { frame.indications[$0] } == [.switch, .required, .required])
    }

    @Test func aSenderSaysWhichTargetsItStillProduces() throws {
        let structure = try #require(keyframe.structure)
        let bytes = bits("1 1 000001 0000000000000100  0 1 0 0 0  011")
        #expect(try DependencyDescriptor(bytes, structure: structure).activeDecodeTargets == 0b011)
    }

    @Test func withoutAStructureOnlyTheMandatoryFieldsAreKnown() throws {
        let descriptor = try DependencyDescriptor(bits("0 1 000010 0000000000000010  0 1 0 0 0  011"))
        #expect(!descriptor.startsFrame && descriptor.endsFrame)
        #expect(descriptor.frameNumber == 2)
        #expect(descriptor.frame == nil)
        #expect(descriptor.activeDecodeTargets == nil)
    }

    @Test func templateIdentifiersBeginAtTheirOffsetAndWrap() throws {
        // Two templates, 63 and 0; one decode target; no chains: ns(2) takes one bit.
        let structure = bits("1 1 111111 0000000000000001  1 0 0 0 0  111111 00000  01 11  10 01  0 0  0  0")
        let first = try DependencyDescriptor(structure)
        #expect(first.structure?.templateIDOffset == 63)
        #expect(first.frame?.temporalID == 0)
        let second = try DependencyDescriptor(bits("1 1 000000 0000000000000010"), structure: first.structure)
        #expect(second.frame?.temporalID == 1)
        #expect(throws: PayloadParseError.unknownTemplate(1)) {
            try DependencyDescriptor(bits("1 1 000001 0000000000000010"), structure: first.structure)
        }
    }

    @Test(arguments: [0, 1, 5, 60, 63] as [UInt8])
    func templateIdentifiersAreShiftedInThePacket(_ shift: UInt8) throws {
        var packet = [0xAA, 0xBB] + Golden.dependencyDescriptor + [0xCC]
        let range = 2..<packet.count - 1
        var span = packet.mutableSpan
        DependencyDescriptor.shiftTemplates(by: shift, in: &span, at: range)
        #expect(packet.first == 0xAA && packet.last == 0xCC)
        let shifted = try DependencyDescriptor(Array(packet[range]))
        let (structure, former) = (try #require(shifted.structure), try #require(keyframe.structure))
        #expect(structure.templateIDOffset == shift && shifted.templateID == shift)
        #expect(structure.templates == former.templates && structure.resolutions == former.resolutions)
        #expect(structure.decodeTargets == former.decodeTargets && shifted.frame == keyframe.frame)
        #expect(shifted.frameNumber == 1 && shifted.startsFrame && shifted.endsFrame)

        // A frame that brings none, by the former's second template; with custom indications behind the flags.
        for text in ["1 0 000001 0000000000000010", "0 1 000001 0000000000000011  0 0 1 0 0  10 11 11"] {
            var bytes = bits(text)
            let length = bytes.count
            var span = bytes.mutableSpan
            DependencyDescriptor.shiftTemplates(by: shift, in: &span, at: 0..<length)
            let frame = try DependencyDescriptor(bytes, structure: structure).frame
            let same = try DependencyDescriptor(bits(text), structure: former).frame
            #expect(frame == same && frame != nil)
        }
    }

    /// L2T2 with two chains, so that the numbers below three and below five take their odd widths.
    @Test func readsTwoSpatialLayers() throws {
        let descriptor = try DependencyDescriptor(
            bits(
                "1 0 000000 0000000000000001  1 0 0 0 0"
                    + "000000 00011"  // four decode targets
                    + "01 10 01 11"  // S0T0 S0T1 S1T0 S1T1
                    + "10101010 00010011 00001010 00000001"  // SSSS -D-R --SS ---D
                    + "0  1 0001 0  1 0000 0  1 0001 1 0000 0"
                    + "10"  // two chains, a number below five: 0, 1 and 2 take two bits
                    + "0 0 1 1"  // chain 0 protects the targets of the lower layer, chain 1 the others
                    + "0000 0000  0010 0001  0001 0001  0011 0010"
                    + "1  0000000100111111 0000000010110011  0000001001111111 0000000101100111"))
        let structure = try #require(descriptor.structure)
        #expect(structure.templates.map(\.spatialID) == [0, 0, 1, 1])
        #expect(structure.templates.map(\.temporalID) == [0, 1, 0, 1])
        #expect(structure.decodeTargets.map(\.spatialID) == [0, 0, 1, 1])
        #expect(structure.decodeTargets.map(\.temporalID) == [0, 1, 0, 1])
        #expect(structure.chainCount == 2)
        #expect(structure.resolutions.map { [$0.width, $0.height] } == [[320, 180], [640, 360]])
        #expect(structure.maximumSpatialID == 1)
        #expect(structure.allDecodeTargets == 0b1111)
    }

    @Test(arguments: ["01", "10"])
    func moreLayersThanTheFormatNumbersAreRefused(_ next: String) {
        let bytes = bits(
            "1 1 000000 0000000000000001 1 0 0 0 0 000000 00000" + String(repeating: next, count: 8)
                + String(repeating: "0", count: 400))
        #expect(throws: PayloadParseError.tooManyLayers) { try DependencyDescriptor(bytes) }
    }

    @Test func moreTemplatesThanIdentifiersAreRefused() {
        let bytes =
            bits("1 1 000000 0000000000000001 1 0 0 0 0 000000 00000") + [UInt8](repeating: 0, count: 200)
        #expect(throws: PayloadParseError.tooManyLayers) { try DependencyDescriptor(bytes) }
    }

    /// 32 decode targets, the most there are: every mask and shift at its edge.
    @Test func thirtyTwoDecodeTargetsAreRead() throws {
        let bytes = bits(
            "1 1 000000 0000000000000001  1 1 0 0 0  000000 11111  11" + String(repeating: "10", count: 32)
                + "0 00000 0  1" + String(repeating: "0", count: 30) + "1")
        let descriptor = try DependencyDescriptor(bytes)
        #expect(descriptor.structure?.allDecodeTargets == .max)
        #expect(descriptor.activeDecodeTargets == 0x8000_0001)
        #expect(descriptor.frame?.indications[31] == .switch)
    }

    @Test func refusesEveryPrefixOfTheStructure() {
        for count in 0..<Golden.dependencyDescriptor.count where count != DependencyDescriptor.mandatoryLength
        {
            #expect(throws: PayloadParseError.self) {
                try DependencyDescriptor(Array(Golden.dependencyDescriptor[..<count]))
            }
        }
    }
}

@Suite struct ActiveDecodeTargetsTests {
    private let structure: DependencyStructure?

    init() throws { structure = try DependencyDescriptor(Golden.dependencyDescriptor).structure }

    /// The descriptor in `bytes`, rewritten with `mask`, and where nothing may be written left as it was.
    private func rewritten(_ bytes: [UInt8], mask: UInt32) throws -> [UInt8] {
        let descriptor = try DependencyDescriptor(bytes, structure: structure)
        let needed = descriptor.lengthWithActiveDecodeTargets(bytes.span)
        let length = try #require(needed)
        var packet = [UInt8](repeating: 0xEE, count: length + 2)
        var span = packet.mutableSpan
        let end = descriptor.write(activeDecodeTargets: mask, of: bytes.span, into: &span, at: 1)
        #expect(end == length)
        #expect(packet.first == 0xEE && packet.last == 0xEE)
        return Array(packet[1...length])
    }

    @Test func theMandatoryFieldsGetFlagsAndAMask() throws {
        let written = try rewritten(bits("1 0 000010 0000000000000010"), mask: 0b011)
        #expect(written == bits("1 0 000010 0000000000000010  0 1 0 0 0  011"))
    }

    @Test func aMaskIsReplaced() throws {
        let written = try rewritten(bits("1 1 000001 0000000000000100  0 1 0 0 0  111"), mask: 0b001)
        #expect(written == bits("1 1 000001 0000000000000100  0 1 0 0 0  001"))
    }

    @Test func whatStandsBehindTheMaskMovesAlong() throws {
        let written = try rewritten(bits("1 1 000011 0000000000000011  0 0 1 0 0  10 11 11"), mask: 0b101)
        #expect(written == bits("1 1 000011 0000000000000011  0 1 1 0 0  101 10 11 11 00000"))
    }

    @Test func aStructureStaysWhatItWas() throws {
        let written = try rewritten(Golden.dependencyDescriptor, mask: 0b010)
        let before = try DependencyDescriptor(Golden.dependencyDescriptor)
        let after = try DependencyDescriptor(written)
        #expect(after.structure == before.structure)
        #expect(after.frame == before.frame)
        #expect(after.frameNumber == before.frameNumber)
        #expect(after.activeDecodeTargets == 0b010)
    }

    @Test func withoutAStructureOrRoomNothingIsWritten() throws {
        let bytes = bits("1 0 000010 0000000000000010")
        var packet = [UInt8](repeating: 0xEE, count: 3)
        var span = packet.mutableSpan
        let unknown = try DependencyDescriptor(bytes)
        let unwritten = unknown.write(activeDecodeTargets: 1, of: bytes.span, into: &span, at: 0)
        #expect(unwritten == nil)
        let descriptor = try DependencyDescriptor(bytes, structure: structure)
        let withoutRoom = descriptor.write(activeDecodeTargets: 1, of: bytes.span, into: &span, at: 0)
        #expect(withoutRoom == nil)
        #expect(packet == [0xEE, 0xEE, 0xEE])
    }
}
