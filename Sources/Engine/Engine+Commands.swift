package import Ciphers
internal import DTLS
internal import Forwarding
internal import ICE
internal import Negotiation
internal import RTP
internal import Transport
public import Wire

/// What the control plane asks of a worker.
extension Engine {
    /// Puts a negotiation into force.
    public func apply(_ configuration: PeerConfiguration, to id: PeerID, at now: Timestamp) {
        guard let peer = peers[id] else { return }
        let session = configuration.session
        let isRestart = peer.isConfigured && session.iceRestarted
        if isRestart { register(fragment: configuration.localCredentials.usernameFragment, of: peer) }
        peer.transport.configure(
            remote: session.remoteICE, role: session.dtlsRole == .server ? .server : .client,
            fingerprints: session.fingerprints, restart: isRestart ? configuration.localCredentials : nil, at: now)
        if peer.isConfigured, session.replacesTransport { peer.transport.expectReplacement() }
        peer.isConfigured = true
        if session.dataChannel != nil { peer.transport.keepForApplicationData() }
        applyUplinks(of: configuration, to: peer, at: now)
        applyDownlinks(of: session, to: peer, at: now)
        drain(peer, at: now)
    }

    private func applyUplinks(of configuration: PeerConfiguration, to peer: Peer, at now: Timestamp) {
        peer.uplinkExtensions = ExtensionMap()
        var kept: [Publication] = []
        for section in configuration.session.uplinks {
            // Identifiers are the same on all bundled m-lines (RFC 9143 §9.1), so one map reads them all.
            for kind in RTPExtension.allCases {
                if let id = section.extensions.id(for: kind) { peer.uplinkExtensions.set(kind, to: id) }
            }
            guard let id = configuration.publications[section.mid] else { continue }
            if let known = peer.publications.first(where: { $0.id == id }) {
                if known.section != section {
                    known.renegotiate(section)
                    updateVoice(of: known)
                    noteChange(of: known, section: section)
                }
                kept.append(known)
            } else {
                let publication = Publication(
                    id: id, peer: peer, section: section, isAlwaysHeard: configuration.alwaysHeard.contains(id))
                publications[id] = publication
                kept.append(publication)
            }
        }
        for publication in peer.publications where !kept.contains(where: { $0 === publication }) { end(publication) }
        peer.publications = kept
        if peer.publications.contains(where: { $0.section.kind == .audio }), peer.nextLevel == .distantFuture {
            setTimer(\.nextLevel, of: peer, to: now + self.configuration.levelInterval)
        }
    }

    private func applyDownlinks(of session: NegotiatedSession, to peer: Peer, at now: Timestamp) {
        var kept: [EgressStream] = []
        for section in session.downlinks {
            peer.cname = section.cname
            if let known = peer.slots.first(where: { $0.ssrc == section.ssrc }) {
                if known.section != section, !known.renegotiate(section) { clear(known, at: now) }
                kept.append(known)
            } else {
                var random = AnyGenerator(base: generator)
                kept.append(EgressStream(section: section, peer: peer, using: &random))
                generator = random.base
            }
        }
        for slot in peer.slots where !kept.contains(where: { $0 === slot }) { clear(slot, at: now) }
        peer.slots = kept
        peer.slotsBySSRC = [:]
        for slot in kept {
            peer.slotsBySSRC[slot.ssrc] = slot
            if let rtx = slot.rtxSSRC { peer.slotsBySSRC[rtx] = slot }
        }
    }

    /// Puts a publication on a slot, or clears the slot.
    public func assign(
        _ id: PublicationID?, toSlot mid: String, of receiver: PeerID, at now: Timestamp
    ) -> SlotAssignmentResult {
        guard let peer = peers[receiver], let slot = peer.slots.first(where: { $0.mid == mid }) else { return .gone }
        guard let id else {
            clear(slot, at: now)
            return .assigned
        }
        guard let publication = publications[id], publication.section.kind == slot.kind else { return .gone }
        if slot.publication === publication { return .assigned }
        // Until its first packet nobody knows which of its codecs a publisher takes; it is the first in the answer.
        guard let sent = publication.layers.first?.codec ?? publication.section.codecs.first,
            let codec = slot.section.codec(decoding: sent)
        else {
            clear(slot, at: now)
            return .codecNotSupported
        }
        clear(slot, at: now)
        slot.assign(publication, codec: codec)
        publication.receivers.append(slot)
        updateVoice(of: publication)
        lastAssignment += 1
        slot.assignment = lastAssignment
        slot.wishDue = now + Self.wishPatience
        allocate(for: peer, reason: .join, at: now)
        updateDemand(of: publication, at: now)
        return .assigned
    }

    /// How long layers that nobody else wants rest on for a receiver that may yet say that it shows a small picture: browsers
    /// know the size of a tile when it has been laid out.
    private static let wishPatience = Interval.seconds(1)

    /// Empties a slot.
    func clear(_ slot: EgressStream, at now: Timestamp) {
        guard let publication = slot.publication else { return }
        publication.receivers.removeAll { $0 === slot }
        slot.assign(nil, codec: nil)
        updateVoice(of: publication)
        updateDemand(of: publication, at: now)
    }

    /// Ends a publication: its slots fall silent, here and on the workers that mirror it.
    func end(_ publication: Publication) {
        for receiver in publication.receivers { receiver.assign(nil, codec: nil) }
        publication.receivers = []
        updateVoice(of: publication)
        publications[publication.id] = nil
        noteChange(of: publication, section: nil)
        guard let peer = publication.peer else { return }
        for (ssrc, binding) in peer.bindings where binding.stream.publication === publication {
            peer.bindings[ssrc] = nil
            peer.transport.forgetIncomingStream(ssrc)
        }
    }

    /// Puts keys into force without a handshake, for simulations.
    package func begin(_ id: PeerID, with keys: SRTPKeyingMaterial, at now: Timestamp) {
        guard let peer = peers[id] else { return }
        peer.transport.begin(with: keys)
        drain(peer, at: now)
    }

    // MARK: Layers

    /// A layer was heard of for the first time, or changed its codec.
    func layersChanged(of publication: Publication, at now: Timestamp) {
        for receiver in publication.receivers where !publication.layers.contains(where: { $0 === receiver.layer }) {
            refit(receiver, to: publication, at: now)
            // Whatever comes first is shown first; the next decisions climb from there.
            allocate(for: receiver.peer, reason: .join, at: now)
            setTimer(\.nextLayerLook, of: receiver.peer, to: now + configuration.layerInterval)
        }
        updateDemand(of: publication, at: now)
    }

    /// Gives a slot the format its receiver has for what the publisher sends now; empties it if there is none, and reports
    /// that.
    private func refit(_ slot: EgressStream, to publication: Publication, at now: Timestamp) {
        guard let sent = publication.layers.first?.codec else { return }
        guard let codec = slot.section.codec(decoding: sent) else {
            clear(slot, at: now)
            return post(.undecodable(mid: slot.mid, publication: publication.id), of: slot.peer)
        }
        if codec != slot.codec { slot.assign(publication, codec: codec) } else { slot.stop() }
    }

    // MARK: Moments

    /// A peer's keys are there: what it receives begins, and what it sends is reported soon.
    func connected(_ peer: Peer, at now: Timestamp) {
        resume(peer, at: now)
        setTimer(\.nextReport, of: peer, to: now + .milliseconds(200))
    }

    /// A peer can be reached, perhaps again: what it could not be sent begins with keyframes.
    func resume(_ peer: Peer, at now: Timestamp) {
        for slot in peer.slots where slot.isWaitingForKeyframe {
            if let stream = slot.target { wishKeyframe(of: stream, reason: .join, at: now) }
        }
    }

    /// The first packet of a publication.
    func start(_ publication: Publication, at now: Timestamp) {
        publication.hasStarted = true
        if let peer = publication.peer { post(.publicationStarted(publication.id), of: peer) }
    }

    func reportLevel(of peer: Peer, at now: Timestamp) {
        peer.level.tick(at: now)
        let value = Int8(clamping: -Int(peer.level.level))
        let speaking = peer.level.isSpeaking
        let last = peer.lastReportedLevel
        // Steps below three decibels are not worth a message.
        if last == nil || last?.speaking != speaking || abs(Int(last?.value ?? 0) - Int(value)) >= 3 {
            peer.lastReportedLevel = (value, speaking)
            post(.audioLevel(level: value, speaking: speaking), of: peer)
        }
        peer.nextLevel = now + configuration.levelInterval
    }
}
