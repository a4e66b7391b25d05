/// The dependency descriptors of an L2T2_KEY stream: two spatial layers of which the upper refers to the lower in keyframes
/// only, two temporal layers, decode targets S0T0 S0T1 S1T0 S1T1.
enum LayeredEncoder {
    private struct Template {
        var spatialID: UInt8
        var temporalID: UInt8
        var indications: String
        var difference: Int?
    }

    private static let templates = [
        Template(spatialID: 0, temporalID: 0, indications: "SSSS"),
        Template(spatialID: 0, temporalID: 0, indications: "SS--", difference: 4),
        Template(spatialID: 0, temporalID: 1, indications: "-D--", difference: 2),
        Template(spatialID: 1, temporalID: 0, indications: "--SS", difference: 1),
        Template(spatialID: 1, temporalID: 0, indications: "--SS", difference: 4),
        Template(spatialID: 1, temporalID: 1, indications: "---D", difference: 2),
    ]

    /// One frame of a picture.
    struct Frame {
        /// How much smaller the number of the frame is that it refers to.
        var difference: UInt32
        fileprivate var template: Int
    }

    /// The two frames of a picture; every second one after a keyframe is of temporal layer 1.
    static func picture(_ place: Int, isKeyframe: Bool) -> [Frame] {
        (isKeyframe ? [0, 3] : place % 2 == 0 ? [1, 4] : [2, 5]).map { index in
            Frame(difference: UInt32(templates[index].difference ?? 1), template: index)
        }
    }

    /// The descriptor of one packet of a frame.
    static func descriptor(of frame: Frame, number: UInt16, isFirst: Bool, isLast: Bool) -> [UInt8] {
        var text = (isFirst ? "1" : "0") + (isLast ? "1" : "0") + binary(frame.template, 6) + binary(Int(number), 16)
        if frame.template == 0, isFirst { text += "10000" + structure }
        var bytes = [UInt8](repeating: 0, count: (text.count + 7) / 8)
        for (index, digit) in text.enumerated() where digit == "1" { bytes[index / 8] |= 0x80 >> UInt8(index % 8) }
        return bytes
    }

    private static let structure: String = {
        let codes: [Character: String] = ["-": "00", "D": "01", "S": "10", "R": "11"]
        var text = "000000" + binary(3, 5)
        for (template, next) in zip(templates, templates.dropFirst()) {
            text += next.spatialID > template.spatialID ? "10" : next.temporalID > template.temporalID ? "01" : "00"
        }
        text += "11" + templates.map { $0.indications.map { codes[$0] ?? "" }.joined() }.joined()
        text += templates.map { ($0.difference.map { "1" + binary($0 - 1, 4) } ?? "") + "0" }.joined()
        // No chains; the layers' sizes.
        return text + "00" + "1" + [320, 180, 640, 360].map { binary($0 - 1, 16) }.joined()
    }()

    private static func binary(_ value: Int, _ width: Int) -> String {
        let digits = String(value, radix: 2)
        return String(repeating: "0", count: width - digits.count) + digits
    }
}
