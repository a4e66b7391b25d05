/// Bytes from hexadecimal text; blanks and line ends are for the reader.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue!) }
    precondition(digits.count % 2 == 0, "half a byte")
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Bytes from text of zeros and ones, filled up with zeros; blanks and line ends are for the reader.
func bits(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, digit) in text.filter({ !$0.isWhitespace }).enumerated() {
        precondition(digit == "0" || digit == "1", "no bit")
        if index % 8 == 0 { bytes.append(0) }
        if digit == "1" { bytes[index / 8] |= 0x80 >> UInt8(index % 8) }
    }
    return bytes
}

/// The packets that the hostile-input tests cut and bend; the tests of its type read each for its meaning.
enum Golden {
    /// A packet as a browser sends it: VP8 keyframe, marker; MID "1" (id 4), transport-wide number 0x1234 (id
    /// 3), RID "hig" (id 10).
    static let rtp = hex(
        """
        90 E0 A1B2 01020304 CAFEBABE
        BEDE 0003  40 31  31 1234  A2 686967  000000
        90 80 11 10 02 00 9D 01 2A
        """)

    /// Two contributing sources, elements of the two-byte form with an empty one and padding between, RTP
    /// padding.
    static let rtpWithEverything = hex(
        """
        B2 6F 0001 00000002 00000003  11111111 22222222
        1000 0003  01 00  02 03 AABBCC  00  FF 01 7F  00
        DEADBEEF  00 00 03
        """)

    /// The times of RFC 3550 §6.4.1, figure 2: 10 November 1995, 11:33:25.125 UTC.
    ///
    /// Two packets more than
    /// expected.
    static let senderReport = hex(
        """
        81 C8 000C  11111111  B44DB705 20000000  00ABCDEF  00000064  00003039
        22222222  40 FFFFFE  00010005  00000007  B7052000  00054000
        """)
    static let receiverReport = hex(
        "81 C9 0007 11111111  22222222 80 7FFFFF 0000FFFF 00000001 00000000 00000000")
    static let emptyReceiverReport = hex("80 C9 0001 00000001")

    /// The first chunk's item ends on a word, so its terminator takes a whole one.
    static let sourceDescription = hex(
        """
        82 CA 0007
        11111111  01 06 616161616161  00000000
        22222222  01 02 6262  0F 01 30  00
        """)
    static let goodbye = hex("82 CB 0004 11111111 22222222 05 6C65667421 0000")
    static let nack = hex("81 CD 0004 11111111 22222222  FFFE 0005  0100 8000")
    static let pictureLoss = hex("81 CE 0002 11111111 22222222")
    static let fullIntra = hex("84 CE 0004 11111111 00000000  22222222 2A000000")

    /// 1 000 000 bit/s, which is 250 000 (0x3D090) shifted by 2.
    static let remb = hex("8F CE 0005 11111111 00000000 52454D42  01 0BD090  22222222")

    /// Ten packets from 0xFFFE on, reference time 3 × 64 ms.
    ///
    /// D240 is a vector of two-bit symbols (small,
    /// missing, large, small, and three missing), 2003 a run of three small ones; then the deltas, and one
    /// byte of padding.
    static let transportFeedback = hex(
        """
        AF CD 0007  11111111 22222222  FFFE 000A 000003 07
        D240 2003  04 FFFC 08 10 00 FF  01
        """)

    /// A reference time and one answer.
    static let extendedReport = hex(
        """
        80 CF 0008  11111111
        04 00 0002  B44DB705 20000000
        05 00 0003  22222222 B7052000 00054000
        """)

    static let rtcp = [
        senderReport, receiverReport, emptyReceiverReport, sourceDescription, goodbye, nack, pictureLoss,
        fullIntra,
        remb, transportFeedback, extendedReport,
    ]

    /// Long picture number 0x1234, TL0PICIDX 0x17, temporal layer 1 with sync, key index 9; keyframe.
    static let vp8 = hex("90 F0 9234 17 69 10 02 00 9D 01 2A")

    /// Non-flexible: picture 0x1234, temporal layer 2, spatial layer 1, up-switch, depends on the layer
    /// below; with a structure of two layers, 320×180 and 640×360, and two pictures.
    static let vp9 = hex("AA 9234 53 17  38 0140 00B4 0280 0168  02 00 54 01  82 49 83 42")

    /// Flexible, inter-predicted, two references.
    static let vp9Flexible = hex("F4 11 00 03 04 86 00")

    /// STAP-A with SPS and PPS, then the beginning of an IDR slice.
    static let h264Aggregate = hex("78 0004 6742C01F 0003 68CE3C 0003 658884")
    static let h264Fragment = hex("7C 85 88 84 00")
    static let h264Single = hex("67 42 C0 1F")

    /// Two elements, the first with its size: sequence header, then the keyframe with a layer byte; more
    /// follows.
    static let av1 = hex("68 03 08 00 00 34 28 11 22")

    /// RFC 2198: two redundant blocks of payload type 111, of 2 and 3 bytes, 1920 and 960 ticks old.
    static let red = hex("EF 1E0002  EF 0F0003  6F  A1A2 B1B2B3 C1C2C3C4")

    /// L1T3 as an encoder announces it, written out field by field from Appendix A of the AV1 RTP
    /// specification.
    static let dependencyDescriptor = bits(
        "1 1 000000 0000000000000001"  // start, end, template 0, frame 1
            + "1 0 0 0 0"  // structure present, and none of the other fields
            + "000000 00010"  // template identifiers begin with 0; three decode targets
            + "00 01 01 00 11"  // the templates' layers: T0 T0 T1 T2 T2
            + "101010 101010 000110 000001 000001"  // SSS SSS -DS --D --D
            + "0  1 0011 0  1 0001 0  1 0000 0  1 0000 0"  // frame differences: none, 4, 2, 1, 1
            + "01"  // one chain; it protects all targets, which takes no bits
            + "0000 0100 0010 0001 0011"  // each template's distance in the chain
            + "1 0000001001111111 0000000101100111")  // 640×360

    static let payloads = [
        vp8, vp9, vp9Flexible, h264Aggregate, h264Fragment, h264Single, av1, red, dependencyDescriptor,
    ]
}
