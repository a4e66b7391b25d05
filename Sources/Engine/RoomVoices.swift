internal import Forwarding
internal import Negotiation
internal import RTP
internal import Wire

/// The voices of one room that somebody on this worker receives.
final class RoomVoices {
    var table: LoudestVoices

    init(_ configuration: EngineConfiguration) {
        table = LoudestVoices(places: configuration.loudestVoices, everybody: configuration.smallRoomVoices)
    }
}

/// In large rooms only the loudest voices are forwarded. Each worker chooses for its own receivers, from what it receives
/// itself and what others relay to it: so nothing is shared between threads, and who is not received here takes no place.
extension Engine {
    /// Whether a packet goes on to who receives its publication here. Asked once for each packet, whatever the number of
    /// receivers; what carries no level always does.
    @inline(__always)
    func isHeard(_ packet: inout MediaPacket, of layer: MediaLayer, at now: Timestamp) -> Bool {
        guard let voice = layer.publication.voice, let level = packet.audioLevel else { return true }
        let isChosen = voice.room.table.hear(voice.place, level: level & 0x7F, at: now)
        return layer.passes(&packet, isAmongLoudest: isChosen)
    }

    /// Whether a publication is a voice that is not among the loudest of its room.
    func isLeftOut(_ publication: Publication) -> Bool {
        guard let voice = publication.voice else { return false }
        return voice.room.table.isSelective && !voice.room.table.isChosen(voice.place)
    }

    /// Follows who receives a publication: one that nobody here receives has no voice.
    func updateVoice(of publication: Publication) {
        guard publication.section.kind == .audio else { return }
        let hasVoice =
            !publication.receivers.isEmpty && !publication.isAlwaysHeard
            && publication.section.extensions.id(for: .audioLevel) != nil
        if hasVoice, publication.voice == nil {
            let room = voices[publication.room] ?? RoomVoices(configuration)
            voices[publication.room] = room
            publication.voice = (room, room.table.add())
        } else if !hasVoice, let voice = publication.voice {
            publication.voice = nil
            voice.room.table.remove(voice.place)
            if voice.room.table.count == 0 { voices[publication.room] = nil }
        }
    }
}
