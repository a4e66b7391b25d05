import Congestion

/// How good a participant's connection is, as the status API shows it.
public struct QualitySnapshot: Sendable, Encodable, Equatable {
    /// 1 (bad) to 5 (flawless), with one decimal.
    public var score: Double
    /// `good`, `fair`, `poor` or `lost`.
    public var level: String
    /// What is wrong, the worst first, in stable codes.
    public var reasons: [String]

    init(_ quality: ConnectionQuality) {
        score = (quality.score * 10).rounded() / 10
        level = quality.level.rawValue
        reasons = quality.reasons.map(\.rawValue)
    }
}

extension ConnectionQuality {
    /// QUALITY in the protocol.
    var json: JSONObject {
        let shown = QualitySnapshot(self)
        return [
            "score": .number("\(shown.score)"), "level": .string(shown.level),
            "reasons": .array(shown.reasons.map(JSONValue.string)),
        ]
    }
}
