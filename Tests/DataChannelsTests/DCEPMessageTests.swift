import DataChannels
import Testing
import Wire

@Suite("DCEP messages")
struct DCEPMessageTests {
    /// What Chromium sends for `createDataChannel("chat", {ordered: false, maxRetransmits: 3, protocol: "v1"})`.
    static let golden: [UInt8] =
        [0x03, 0x81, 0x01, 0x00, 0, 0, 0, 3, 0, 4, 0, 2] + Array("chatv1".utf8)
    static let opening = ChannelOpening(
        label: "chat", protocolName: "v1",
        reliability: ChannelReliability(isOrdered: false, limit: .retransmissions(3)))

    @Test("An opening is read and written byte by byte")
    func golden() throws {
        #expect(try DCEPMessage(parsing: Self.golden.span) == .open(Self.opening))
        #expect(DCEPMessage.open(Self.opening).bytes == Self.golden)
        #expect(try DCEPMessage(parsing: [UInt8](arrayLiteral: 2).span) == .acknowledge)
        #expect(DCEPMessage.acknowledge.bytes == [2])
    }

    @Test("Every channel type survives a round trip")
    func channelTypes() throws {
        for isOrdered in [true, false] {
            for limit in [
                ChannelReliability.Limit.none, .retransmissions(0), .retransmissions(.max), .milliseconds(500),
            ] {
                let opening = ChannelOpening(
                    label: "größe", reliability: ChannelReliability(isOrdered: isOrdered, limit: limit), priority: 512)
                #expect(try DCEPMessage(parsing: DCEPMessage.open(opening).bytes.span) == .open(opening))
            }
        }
    }

    @Test("Every truncation is refused, and trailing bytes are not read")
    func truncation() throws {
        for count in 0..<Self.golden.count {
            let cut = Array(Self.golden.prefix(count))
            #expect(throws: DCEPError.truncated, "\(count) bytes") { try DCEPMessage(parsing: cut.span) }
        }
        let longer = Self.golden + [1, 2, 3]
        #expect(try DCEPMessage(parsing: longer.span) == .open(Self.opening))
    }

    @Test("No value of any byte traps, and what is read is written the same")
    func everyByte() {
        for index in Self.golden.indices {
            for value in UInt8.min...UInt8.max {
                var bytes = Self.golden
                bytes[index] = value
                guard let message = try? DCEPMessage(parsing: bytes.span) else { continue }
                if case .open(let opening) = message, opening.reliability.isReliable { continue }
                #expect(
                    message.bytes.elementsEqual(bytes.prefix(message.bytes.count)) || value == 2, "\(index) \(value)")
            }
        }
        #expect(throws: DCEPError.unknownType(7)) { try DCEPMessage(parsing: ([7] as [UInt8]).span) }
        var type = Self.golden
        type[1] = 0x03
        #expect(throws: DCEPError.unknownChannelType(3)) { try DCEPMessage(parsing: type.span) }
        var text = Self.golden
        text[12] = 0xFF
        #expect(throws: DCEPError.notUTF8) { try DCEPMessage(parsing: text.span) }
    }
}
