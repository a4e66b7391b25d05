import RTP
import Wire

/// What the payload types of one section have meant so far: a number never comes to mean another codec while the
/// section lives (RFC 3264 §8.3.2), because packets that are on their way would be taken for what they are not.
///
/// A codec may get other numbers, and more than one.
struct PayloadTypeMeanings: Equatable, Sendable {
    private enum Meaning: Equatable, Sendable {
        case media(MediaCodec)
        case retransmission
        case redundancy
    }

    private var meanings: [PayloadType: Meaning] = [:]

    /// Leaves out what has another codec's number, and says which numbers these are.
    ///
    /// A codec whose retransmissions or redundancy alone have such a number goes without them.
    func screen(_ codecs: [NegotiatedCodec]) -> (kept: [NegotiatedCodec], conflicts: [PayloadType]) {
        var kept: [NegotiatedCodec] = []
        var conflicts: [PayloadType] = []
        for var codec in codecs {
            guard agrees(codec.payloadType, .media(codec.codec)) else {
                conflicts.append(codec.payloadType)
                continue
            }
            if let rtx = codec.rtxPayloadType, !agrees(rtx, .retransmission) {
                conflicts.append(rtx)
                codec.rtxPayloadType = nil
            }
            if let red = codec.redundancy?.payloadType, !agrees(red, .redundancy) {
                conflicts.append(red)
                codec.redundancy = nil
            }
            kept.append(codec)
        }
        return (kept, conflicts)
    }

    private func agrees(_ type: PayloadType, _ meaning: Meaning) -> Bool {
        meanings[type] ?? meaning == meaning
    }

    /// Remembers what was agreed on. Numbers that are not offered any more keep their meaning.
    mutating func note(_ codecs: [NegotiatedCodec]) {
        for codec in codecs {
            meanings[codec.payloadType] = .media(codec.codec)
            if let rtx = codec.rtxPayloadType { meanings[rtx] = .retransmission }
            if let red = codec.redundancy?.payloadType { meanings[red] = .redundancy }
        }
    }
}
