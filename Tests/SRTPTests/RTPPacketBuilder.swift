import Wire

/// RTP packets for tests: any number of contributing sources, any extension, any payload.
struct TestPacket {
    var bytes: [UInt8]
    var headerLength: Int

    /// Lays out a packet (RFC 3550 §5.1).
    init(
        sequence: UInt16,
        timestamp: UInt32 = 0x1234_5678,
        ssrc: UInt32 = 0xDEAD_BEEF,
        sources: Int = 0,
        extensionWords: Int? = nil,
        payload: [UInt8]
    ) {
        var writer = ByteWriter()
        writer.append(UInt8(0x80 | (extensionWords == nil ? 0 : 0x10) | sources))
        writer.append(UInt8(96))
        writer.append(sequence)
        writer.append(timestamp)
        writer.append(ssrc)
        for source in 0..<sources { writer.append(UInt32(source)) }
        if let extensionWords {
            writer.append(UInt16(0xBEDE))
            writer.append(UInt16(extensionWords))
            for word in 0..<extensionWords { writer.append(UInt32(0x1011_1213 + word)) }
        }
        headerLength = writer.count
        writer.append(contentsOf: payload)
        bytes = writer.bytes
    }

    /// A packet of random shape.
    static func random(
        sequence: UInt16,
        ssrc: UInt32 = 0xDEAD_BEEF,
        using generator: inout SeededGenerator
    ) -> TestPacket {
        let length = Int.random(in: 0...1_200, using: &generator)
        return TestPacket(
            sequence: sequence,
            timestamp: UInt32.random(in: 0...UInt32.max, using: &generator),
            ssrc: ssrc,
            sources: Int.random(in: 0...15, using: &generator),
            extensionWords: Bool.random(using: &generator) ? Int.random(in: 0...6, using: &generator) : nil,
            payload: (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        )
    }
}
