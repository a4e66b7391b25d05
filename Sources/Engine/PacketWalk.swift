internal import Congestion
internal import Forwarding
internal import Negotiation
internal import RTP
internal import SRTP
internal import Transport
internal import Wire

/// A media packet's walk through a worker, in order: decrypt, read, find its stream, admit; then, at the end of the batch,
/// for every slot it is on: decide, copy, rewrite, encrypt. Plain calls; nothing here allocates, locks or waits.
extension Engine {
    /// Takes an RTP packet from `peer` that came in on `path`.
    func walk(
        _ datagram: UnsafeMutableBufferPointer<UInt8>, from peer: Peer, on path: NetworkPath, at now: Timestamp
    ) {
        guard let start = datagram.baseAddress else { return }
        let encrypted = unsafe Span<UInt8>(_unsafeElements: UnsafeBufferPointer(datagram))
        guard let wireSSRC = RTPHeader.ssrc(of: encrypted) else { return peer.drops.count(.malformed) }
        guard peer.bindings[wireSSRC] != nil || peer.bindings.count < configuration.maxStreamsPerPeer else {
            return peer.drops.count(.tooManySSRCs)
        }
        let length: Int
        switch unsafe peer.transport.unprotect(start, length: datagram.count, on: path, at: now) {
        case .ok(let plain): length = plain
        case .replay: return peer.drops.count(.replay)
        case .authenticationFailed: return peer.drops.count(.authenticationFailed)
        case .malformed: return peer.drops.count(.malformed)
        case .tooManyStreams: return peer.drops.count(.tooManySSRCs)
        case nil: return peer.drops.count(.transportNotReady)
        }
        if peer.transport.hasEvents { drain(peer, at: now) }
        peer.packetsIn &+= 1
        peer.meterIn.record(byteCount: datagram.count, at: now)

        var packet = unsafe MutableSpan<UInt8>(_unsafeStart: start, count: length)
        guard let header = try? RTPHeader(parsing: packet.span) else { return peer.drops.count(.malformed) }
        recordArrival(of: header, in: packet.span, from: peer, at: now)
        guard let binding = peer.bindings[header.ssrc] ?? bind(header, in: packet.span, of: peer, at: now) else {
            return peer.drops.count(.unknownSSRC)
        }
        let stream = binding.stream
        if binding.isRetransmission {
            // After a change of codec, what is repaired of the former one has nowhere to go.
            guard stream.codec.rtxPayloadType ?? header.payloadType == header.payloadType else {
                return peer.drops.count(.codecNotNegotiated)
            }
            guard
                let offset = Retransmission.unwrap(
                    &packet, header: header, ssrc: stream.ssrc, payloadType: stream.codec.payloadType)
            else { return peer.drops.count(.paddingOnly) }
            let inner = unsafe Span<UInt8>(_unsafeStart: start + offset, count: length - offset)
            guard let header = try? RTPHeader(parsing: inner) else { return peer.drops.count(.malformed) }
            admit(inner, header: header, of: stream, isRetransmission: true, from: peer, at: now)
        } else {
            if stream.codec.carries(header.payloadType) || header.payloadRange.isEmpty {
                admit(packet.span, header: header, of: stream, isRetransmission: false, from: peer, at: now)
            } else if let successor = changeCodec(of: stream, header: header, peer: peer, at: now) {
                admit(packet.span, header: header, of: successor, isRetransmission: false, from: peer, at: now)
            } else {
                peer.drops.count(.codecNotNegotiated)
            }
        }
    }

    /// A publisher may change to another of its negotiated codecs on the same SSRC: its slots begin anew with the format
    /// their receivers have for it.
    /// - Returns: the stream that the packet belongs to; `nil` if it is from before an earlier change, or its format was
    ///   not negotiated.
    private func changeCodec(
        of stream: IngressStream, header: RTPHeader, peer: Peer, at now: Timestamp
    ) -> IngressStream? {
        let publication = stream.publication
        guard stream.isAhead(header.sequenceNumber),
            let codec = publication.section.codecs.first(where: { $0.carries(header.payloadType) })
        else { return nil }
        publication.removeLayer(stream.layer)
        forgetReplacedStreams(of: publication)
        guard let successor = publication.stream(rid: stream.layer.rid, ssrc: stream.ssrc, codec: codec) else {
            return nil
        }
        peer.bindings[stream.ssrc] = StreamBinding(stream: successor, isRetransmission: false)
        layersChanged(of: publication, at: now)
        post(.codecChanged(publication.id), of: peer)
        return successor
    }

    private func admit(
        _ bytes: Span<UInt8>, header: RTPHeader, of stream: IngressStream, isRetransmission: Bool, from peer: Peer,
        at now: Timestamp
    ) {
        let publication = stream.publication
        switch stream.admit(bytes, header: header, isRetransmission: isRetransmission, at: now) {
        case .drop(let reason):
            peer.drops.count(reason)
        case .padding(let number):
            peer.drops.count(.paddingOnly)
            let packet = MediaPacket(header: header, number: number, layer: stream.layer.serial)
            enqueue(PendingPacket(packet, bytes: bytes, isPadding: true), of: publication)
            relay(packet, of: stream.layer, bytes: bytes, isPadding: true, at: now)
        case .media(var packet):
            if !publication.hasStarted { start(publication, at: now) }
            if publication.supplyChanged { followSupply(of: publication, at: now) }
            if let level = packet.audioLevel { note(level: level & 0x7F, of: peer, at: now) }
            guard publication.hasReceivers else {
                peer.drops.count(.noSubscriber)
                break
            }
            relay(packet, of: stream.layer, bytes: bytes, at: now)
            if isHeard(&packet, of: stream.layer, at: now) {
                enqueue(PendingPacket(packet, bytes: bytes), of: publication)
            } else {
                peer.drops.count(.notAmongLoudest)
            }
        }
        if let due = stream.nextRepairLook(at: now), due < peer.nextNack { setTimer(\.nextNack, of: peer, to: due) }
    }

    /// Takes the level of a packet of sound. That somebody begins to speak is told at the end of the batch.
    private func note(level: UInt8, of peer: Peer, at now: Timestamp) {
        peer.level.receive(level: level, at: now)
        if peer.level.isSpeaking, peer.lastReportedLevel?.speaking != true, peer.nextLevel > now {
            setTimer(\.nextLevel, of: peer, to: now)
        }
    }

    /// Notes when a packet came in, for the transport-cc feedback that its sender's estimator lives on.
    @inline(__always)
    private func recordArrival(of header: RTPHeader, in bytes: Span<UInt8>, from peer: Peer, at now: Timestamp) {
        guard let id = peer.uplinkExtensions.id(for: .transportWideCC),
            let range = header.extensionElement(id: id, in: bytes), range.count >= 2
        else { return }
        let number = SequenceNumber(bytes.uint16(at: range.lowerBound))
        peer.arrivals.record(number, at: now)
        if peer.path.receive(number, at: now) { relieve(peer, at: now) }
        if let due = peer.arrivals.nextTimeout, due < peer.nextFeedback { setTimer(\.nextFeedback, of: peer, to: due) }
    }

    /// Gives up the larger layers of a peer whose path carries much less than it sends.
    @inline(never)
    private func relieve(_ peer: Peer, at now: Timestamp) {
        for publication in peer.publications { publication.noteOverload(at: now) }
    }

    /// Finds out what an SSRC that was not heard of before carries: by MID and RID, by the SSRCs of the offer, or, where
    /// only one m-line can be meant, by its payload type (RFC 9143 §9.2).
    private func bind(
        _ header: RTPHeader, in bytes: Span<UInt8>, of peer: Peer, at now: Timestamp
    ) -> StreamBinding? {
        var mid: String?
        var rid: String?
        var repaired: String?
        var cursor = header.extensions
        while let element = cursor.next(in: bytes) {
            switch peer.uplinkExtensions.kind(for: element.id) {
            case .mid: mid = text(element.range, in: bytes)
            case .rtpStreamID: rid = text(element.range, in: bytes)
            case .repairedRTPStreamID: repaired = text(element.range, in: bytes)
            default: break
            }
        }
        guard let publication = publication(mid: mid, header: header, of: peer) else { return nil }
        let section = publication.section
        let binding: StreamBinding
        if let primary = section.rtxSSRCs.first(where: { $0.value == header.ssrc })?.key {
            guard let stream = publication.layers.first(where: { $0.ssrc == primary })?.ingress else { return nil }
            binding = StreamBinding(stream: stream, isRetransmission: true)
        } else if let codec = section.codecs.first(where: { $0.carries(header.payloadType) }) {
            // Padding probes come before the first media packet: their payload type is as good as any.
            if rid == nil, !section.rids.isEmpty { rid = ridOfKnownSSRC(header.ssrc, in: section) }
            guard section.rids.isEmpty || rid != nil else { return nil }
            guard
                let stream = publication.stream(
                    rid: section.rids.isEmpty ? nil : rid, ssrc: header.ssrc, codec: codec)
            else { return nil }
            binding = StreamBinding(stream: stream, isRetransmission: false)
            peer.bindings[header.ssrc] = binding
            forgetReplacedStreams(of: publication)
            layersChanged(of: publication, at: now)
        } else if section.codecs.contains(where: { $0.rtxPayloadType == header.payloadType }) {
            let name = repaired ?? rid
            let layer = publication.layers.first { $0.rid == name } ?? soleLayer(of: publication)
            guard let stream = layer?.ingress else { return nil }
            binding = StreamBinding(stream: stream, isRetransmission: true)
        } else {
            return nil
        }
        peer.bindings[header.ssrc] = binding
        return binding
    }

    /// SSRCs that carried a layer before its publisher began it anew.
    private func forgetReplacedStreams(of publication: Publication) {
        guard let peer = publication.peer else { return }
        for (ssrc, binding) in peer.bindings where binding.stream.publication === publication {
            guard !publication.layers.contains(where: { $0 === binding.stream.layer }) else { continue }
            peer.bindings[ssrc] = nil
            peer.transport.forgetIncomingStream(ssrc)
        }
    }

    private func publication(mid: String?, header: RTPHeader, of peer: Peer) -> Publication? {
        if let mid { return peer.publications.first { $0.section.mid == mid } }
        let bySSRC = peer.publications.first { publication in
            publication.section.ssrcs.contains(header.ssrc)
                || publication.section.rtxSSRCs.contains { $0.value == header.ssrc }
        }
        if let bySSRC { return bySSRC }
        let byType = peer.publications.filter { publication in
            publication.section.codecs.contains {
                $0.carries(header.payloadType) || $0.rtxPayloadType == header.payloadType
            }
        }
        return byType.count == 1 ? byType[0] : nil
    }

    /// Firefox signals an SSRC for each RID, in the order of the RIDs.
    private func ridOfKnownSSRC(_ ssrc: SSRC, in section: UplinkSection) -> String? {
        guard section.ssrcs.count == section.rids.count, let place = section.ssrcs.firstIndex(of: ssrc) else {
            return nil
        }
        return section.rids[place]
    }

    private func soleLayer(of publication: Publication) -> MediaLayer? {
        publication.layers.count == 1 ? publication.layers[0] : nil
    }

    private func text(_ range: Range<Int>, in bytes: Span<UInt8>) -> String {
        String(decoding: bytes.extracting(range).copied(), as: UTF8.self)
    }
}
