import Ciphers
import Engine
import ICE
import Negotiation
import RTP
import Wire

/// What offer and answer would agree on, made directly: no SDP is written or read here.
extension SimulatedRoom {
    func negotiate(_ client: SimulatedClient) {
        let options = client.options
        let audio = client.codecs.filter { $0.codec.kind == .audio }
        let video = client.codecs.filter { $0.codec.kind == .video }
        var uplinks: [UplinkSection] = []
        var ids: [String: PublicationID] = [:]
        if options.microphone {
            let id = makePublication()
            var shape = SimulatedStream.Shape()
            if case .sent(let blocks) = options.redundancy { shape.redundantBlocks = blocks }
            let stream = SimulatedStream(
                source: UInt32(id.rawValue),
                mid: "0",
                ssrc: makeSSRC(),
                rtxSSRC: nil,
                codec: audio[0],
                shape: shape,
                using: &generator
            )
            client.streams.append(stream)
            ids["0"] = id
            uplinks.append(
                UplinkSection(
                    mid: "0",
                    kind: .audio,
                    codecs: audio,
                    extensions: client.extensions,
                    ssrcs: options.signalsSSRCs ? [stream.ssrc] : []
                )
            )
        }
        if options.camera != .none {
            let id = makePublication()
            let rids = options.camera == .simulcast ? ["q", "h", "f"] : []
            let layers = (0..<max(rids.count, 1)).map { (rank: Int) -> SimulatedStream in
                let sizes = options.frameSizes?[rank]
                let frame = sizes.map { $0.frame...$0.frame } ?? (rank == 2 ? options.topFramePackets : 1...(2 + rank))
                let shape = SimulatedStream.Shape(
                    keyframePackets: sizes?.keyframe ?? 6 + 6 * rank, framePackets: frame,
                    payload: max(options.payloadSize, options.layerPayloads[rank]), height: 180 << rank,
                    temporalLayers: options.temporalLayers,
                    encoder: options.scalabilityMode.map { LayeredEncoder($0, height: 180 << rank) })
                return SimulatedStream(
                    source: UInt32(id.rawValue),
                    mid: "1",
                    rank: UInt8(rank),
                    rid: rids.isEmpty ? nil : rids[rank],
                    ssrc: makeSSRC(),
                    rtxSSRC: options.hasRTX ? makeSSRC() : nil,
                    codec: video[0],
                    shape: shape,
                    using: &generator
                )
            }
            client.streams += layers
            ids["1"] = id
            let named = options.signalsSSRCs && rids.isEmpty
            uplinks.append(
                UplinkSection(
                    mid: "1",
                    kind: .video,
                    codecs: video,
                    extensions: client.extensions,
                    rids: rids,
                    ssrcs: named ? layers.map(\.ssrc) : [],
                    rtxSSRCs: named
                        ? Dictionary(
                            uniqueKeysWithValues: layers.compactMap { layer in
                                layer.rtxSSRC.map { (layer.ssrc, $0) }
                            }
                        )
                        : [:]
                )
            )
        }
        publications[client.peer] = ids
        var downlinks: [DownlinkSection] = []
        // Who does not report arrivals has not agreed to.
        var received = client.extensions
        if !options.reportsArrivals { received.set(.transportWideCC, to: nil) }
        for slot in 0..<options.audioSlots {
            downlinks.append(
                DownlinkSection(
                    mid: "a\(slot)",
                    kind: .audio,
                    slot: slot,
                    ssrc: makeSSRC(),
                    cname: "roost",
                    codecs: audio,
                    extensions: received
                )
            )
        }
        for slot in 0..<options.videoSlots {
            downlinks.append(
                DownlinkSection(
                    mid: "v\(slot)",
                    kind: .video,
                    slot: slot,
                    ssrc: makeSSRC(),
                    rtxSSRC: options.hasRTX ? makeSSRC() : nil,
                    cname: "roost",
                    codecs: video,
                    extensions: received
                )
            )
        }
        for section in downlinks { client.addSlot(section) }
        let session = NegotiatedSession(
            localICE: client.serverICE,
            remoteICE: client.localICE,
            fingerprints: [],
            extensions: client.extensions,
            uplinks: uplinks,
            downlinks: downlinks
        )
        sections[client.peer] = session
        apply(session, to: client)
    }

    func apply(_ session: NegotiatedSession, to client: SimulatedClient) {
        let engine = engine(of: client)
        engine.apply(
            PeerConfiguration(
                session: session,
                localCredentials: client.serverICE,
                publications: publications[client.peer] ?? [:]
            ),
            to: client.peer,
            at: now
        )
        tellMirrors(of: engine)
        flush()
    }

    /// New ICE credentials on both sides, as a client asks for when its connection seems lost.
    func restartICE(of client: SimulatedClient) {
        guard var session = sections[client.peer] else { return }
        client.localICE = ICECredentials.random(workerIndex: 35, using: &generator)
        client.serverICE = ICECredentials.random(workerIndex: 0, using: &generator)
        session.iceRestarted = true
        session.localICE = client.serverICE
        session.remoteICE = client.localICE
        apply(session, to: client)
    }

    /// Other keys on both sides, as after the handshake of a transport that took the place of another.
    func rekey(_ client: SimulatedClient) throws {
        let profile = client.keys.profile
        let keys = SRTPKeyingMaterial(
            profile: profile,
            clientKey: random(profile.keyLength),
            clientSalt: random(profile.saltLength),
            serverKey: random(profile.keyLength),
            serverSalt: random(profile.saltLength)
        )
        engine(of: client).begin(client.peer, with: keys, at: now)
        try client.rekey(keys)
        forgetNonces(of: client.peer)
        flush()
    }

    /// Negotiates again without what a client sends on one m-line.
    func unpublish(_ mid: String, of client: SimulatedClient) {
        guard var session = sections[client.peer],
            let id = publications[client.peer]?.removeValue(forKey: mid)
        else { return }
        session.uplinks.removeAll { $0.mid == mid }
        sections[client.peer] = session
        client.streams.removeAll { $0.mid == mid }
        apply(session, to: client)
        noteEnd(of: UInt32(id.rawValue))
    }

    func makePublication() -> PublicationID {
        nextPublication += 1
        return PublicationID(nextPublication)
    }

    func makeSSRC() -> SSRC { SSRC(UInt32.random(in: 1...UInt32.max, using: &generator)) }

    func random(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Begins one of a client's layers anew under another SSRC, as browsers do when a sender's parameters
    /// change.
    func replace(_ stream: SimulatedStream, of client: SimulatedClient, firstNumber: ExtendedSequenceNumber) {
        let successor = SimulatedStream(
            source: stream.source,
            mid: stream.mid,
            rank: stream.rank,
            rid: stream.rid,
            ssrc: makeSSRC(),
            rtxSSRC: client.options.hasRTX ? makeSSRC() : nil,
            codec: stream.codec,
            shape: stream.shape,
            firstFrame: (stream.frames / FramePayload.framesOfOneStream + 1) * FramePayload.framesOfOneStream,
            using: &generator
        )
        successor.number = firstNumber
        client.streams.removeAll { $0 === stream }
        client.streams.append(successor)
    }
}
