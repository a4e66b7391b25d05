internal import Ciphers
internal import Congestion
internal import Forwarding
internal import ICE
internal import Negotiation
internal import RTP
internal import Transport
public import Wire

/// Live figures for the status API.
extension Engine {
    /// A peer's figures; `nil` when there is no such peer.
    public func statistics(of id: PeerID, at now: Timestamp) -> PeerStatistics? {
        guard let peer = peers[id] else { return nil }
        var figures = PeerStatistics()
        figures.ice = peer.transport.ice.state
        figures.dtls = peer.dtlsState
        figures.selectedAddress = peer.transport.selectedPath?.remote
        figures.srtpProfile = peer.transport.profile?.name
        figures.roundTripMilliseconds = peer.roundTrip.map { $0.seconds * 1_000 }
        figures.bitrateIn = peer.meterIn.bitsPerSecond(at: now)
        figures.bitrateOut = peer.meterOut.bitsPerSecond(at: now)
        figures.packetsIn = peer.packetsIn
        figures.packetsOut = peer.packetsOut
        figures.iceChecks = peer.transport.ice.statistics.accepted
        figures.linkEstimate = linkEstimate(of: peer, at: now)
        figures.allocatedBitrate = peer.allocator.allocatedBitrate
        figures.wantedBitrate = peer.allocator.wantedBitrate
        figures.uplinks = peer.publications.map { uplink($0, at: now) }
        figures.downlinks = peer.slots.filter { $0.publication != nil }.map { downlink($0, at: now) }
        figures.path = peer.bandwidth.map(path)
        peer.drops.forEachOccurred { figures.drops[$0.label] = $1 }
        return figures
    }

    private func uplink(_ publication: Publication, at now: Timestamp) -> UplinkStatistics {
        var figures = UplinkStatistics()
        figures.mid = publication.section.mid
        figures.publication = publication.id
        let codec = (publication.layers.first?.codec ?? publication.section.codecs.first)?.codec
        let isRedundant = publication.layers.first?.isRedundant ?? false
        figures.codec = (isRedundant ? .red : codec)?.encodingName ?? ""
        figures.layers = publication.layers.lazy.compactMap(\.ingress).map { layer in
            var result = LayerStatistics()
            result.rid = layer.layer.rid
            result.ssrc = layer.ssrc.rawValue
            result.isForwarded = publication.isForwarded(layer.layer)
            result.bitrate = layer.meter.bitsPerSecond(at: now)
            let choices = layer.layer.rates(at: now)
            if choices.count > 1 {
                result.choices = choices.map {
                    ChoiceStatistics(
                        spatialLayer: $0.target.spatialID, temporalLayer: $0.target.temporalID,
                        bitrate: $0.bitsPerSecond,
                        height: $0.height)
                }
            }
            result.packets = layer.reception.received
            result.lost = layer.reception.lost
            result.recovered = layer.nack.counters.recovered
            result.jitterMilliseconds = layer.reception.jitter.seconds * 1_000
            result.nacksSent = layer.nack.counters.requests
            result.keyframes = layer.keyframes
            return result
        }
        for reason in KeyframeReason.allCases {
            let count = publication.layers.reduce(0) { $0 + ($1.ingress?.arbiter.wishCount(reason) ?? 0) }
            if count > 0 { figures.keyframeRequests["\(reason)"] = count }
        }
        if publication.section.kind == .audio {
            figures.audioLevel = publication.peer.map { Int8(clamping: -Int($0.level.level)) }
        }
        return figures
    }

    private func path(_ bandwidth: DownlinkBandwidth) -> PathStatistics {
        let known = bandwidth.estimator.figures
        var figures = PathStatistics()
        figures.estimate = known.estimate
        figures.limit = "\(known.limit)"
        figures.wanted = known.wanted
        figures.acknowledged = known.acknowledged
        figures.loss = known.loss
        figures.ownLoss = known.ownLoss
        figures.queueingMilliseconds = known.queueingDelay.seconds * 1_000
        figures.feedbackMilliseconds = known.feedbackDelay.map { $0.seconds * 1_000 }
        figures.probes = UInt64(known.probes)
        figures.successfulProbes = UInt64(known.successfulProbes)
        figures.paddingPackets = bandwidth.paddingPackets
        figures.paddingBytes = bandwidth.paddingBytes
        figures.pacedPackets = bandwidth.pacedPackets
        return figures
    }

    private func downlink(_ slot: EgressStream, at now: Timestamp) -> DownlinkStatistics {
        var figures = DownlinkStatistics()
        figures.mid = slot.mid
        figures.publication = slot.publication?.id
        figures.ssrc = slot.ssrc.rawValue
        figures.bitrate = slot.meter.bitsPerSecond(at: now)
        figures.packets = slot.rewriter.writer.packets
        figures.nacksReceived = slot.nacksReceived
        figures.retransmitted = slot.rewriter.writer.retransmitted
        figures.keyframeRequests = slot.keyframeRequests
        figures.reportedLoss = slot.reportedLoss
        figures.isWaitingForKeyframe = slot.isWaitingForKeyframe
        figures.rid = slot.layer?.rid
        figures.isPaused = slot.isPaused
        figures.isShown = slot.kind == .video && slot.wish.isVisible && !slot.wish.isPaused
        figures.decision = slot.peer.allocator.decision(for: slot.assignment)?.sentence
        return figures
    }
}
