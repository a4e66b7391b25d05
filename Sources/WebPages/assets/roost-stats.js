/**
 * What of the browser's statistics people ask for, by participant instead of by report.
 *
 * @typedef {object} ReceivedFigures
 * @property {number} bitrate bit/s since the sample before, 0 in the first
 * @property {number} packets received in all
 * @property {number} lost packets in all
 * @property {number} jitterMs
 * @property {number} [audioEnergy] grows while there is sound
 * @property {number} [concealedSamples]
 * @property {number} [framesDecoded]
 * @property {number} [framesPerSecond]
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [freezes]
 * @property {number} [nacks]
 * @property {number} [plis]
 * @property {string} [codec]
 *
 * @typedef {object} StatsSummary
 * @property {number} at milliseconds, the browser's time of the sample
 * @property {{state: string, roundTripMs: number|null, availableOutgoingBitrate: number|null, local: string|null,
 *   remote: string|null, relayed: boolean, dtls: string|null, srtp: string|null}} connection
 * @property {{source: string, rid: string|null, bitrate: number, packets: number, lost: number, width?: number,
 *   height?: number, framesPerSecond?: number, nacks: number, plis: number, limitedBy?: string, codec?: string}[]} sent
 * @property {Object<string, {person?: {audio?: ReceivedFigures, video?: ReceivedFigures},
 *   screen?: {audio?: ReceivedFigures, video?: ReceivedFigures}}>} received by participant id
 */

export class StatsSampler {
  #before = new Map();

  /**
   * Takes one sample.
   * @param {import("./roost-peer.js").PeerSession} peer
   * @returns {Promise<StatsSummary>}
   */
  async sample(peer) {
    const reports = [...(await peer.connection.getStats()).values()];
    const byId = new Map(reports.map((report) => [report.id, report]));
    const summary = { at: 0, connection: connectionFigures(peer.connection, reports, byId), sent: [], received: {} };
    const seen = new Map();
    for (const report of reports) {
      if (report.type === "inbound-rtp") this.#addReceived(summary, report, byId, peer, seen);
      if (report.type === "outbound-rtp") this.#addSent(summary, report, byId, peer, seen);
      summary.at = Math.max(summary.at, report.timestamp ?? 0);
    }
    this.#before = seen;
    return summary;
  }

  #addReceived(summary, report, byId, peer, seen) {
    const owner = peer.slots.ownerOf(report.mid);
    if (!owner) return;
    const figures = {
      bitrate: this.#bitrate(report, report.bytesReceived, seen),
      packets: report.packetsReceived ?? 0,
      lost: report.packetsLost ?? 0,
      jitterMs: Math.round((report.jitter ?? 0) * 1000),
      nacks: report.nackCount ?? 0,
      codec: codecName(report, byId),
    };
    if (report.kind === "audio") {
      figures.audioEnergy = report.totalAudioEnergy ?? 0;
      figures.concealedSamples = report.concealedSamples ?? 0;
    } else {
      figures.framesDecoded = report.framesDecoded ?? 0;
      figures.framesPerSecond = report.framesPerSecond ?? 0;
      figures.width = report.frameWidth ?? 0;
      figures.height = report.frameHeight ?? 0;
      figures.freezes = report.freezeCount ?? 0;
      figures.plis = report.pliCount ?? 0;
    }
    const participant = (summary.received[owner.participantId] ??= {});
    (participant[owner.kind] ??= {})[report.kind] = figures;
  }

  #addSent(summary, report, byId, peer, seen) {
    const source = peer.senders.sourceOf(report.mid);
    if (!source) return;
    const remote = byId.get(report.remoteId);
    summary.sent.push({
      source,
      rid: report.rid ?? null,
      bitrate: this.#bitrate(report, report.bytesSent, seen),
      packets: report.packetsSent ?? 0,
      lost: remote?.packetsLost ?? 0,
      width: report.frameWidth,
      height: report.frameHeight,
      framesPerSecond: report.framesPerSecond,
      nacks: report.nackCount ?? 0,
      plis: report.pliCount ?? 0,
      limitedBy: report.qualityLimitationReason,
      codec: codecName(report, byId),
    });
  }

  #bitrate(report, bytes = 0, seen) {
    const before = this.#before.get(report.id);
    seen.set(report.id, { bytes, timestamp: report.timestamp });
    if (!before || report.timestamp <= before.timestamp || bytes < before.bytes) return 0;
    return Math.round(((bytes - before.bytes) * 8000) / (report.timestamp - before.timestamp));
  }
}

function connectionFigures(connection, reports, byId) {
  const transport = reports.find((report) => report.type === "transport");
  const pair = byId.get(transport?.selectedCandidatePairId)
    ?? reports.find((report) => report.type === "candidate-pair" && report.nominated && report.state === "succeeded");
  const local = byId.get(pair?.localCandidateId);
  const remote = byId.get(pair?.remoteCandidateId);
  return {
    state: connection.connectionState,
    roundTripMs: pair?.currentRoundTripTime === undefined ? null : Math.round(pair.currentRoundTripTime * 1000),
    availableOutgoingBitrate: pair?.availableOutgoingBitrate ?? null,
    local: addressOf(local),
    remote: addressOf(remote),
    relayed: local?.candidateType === "relay",
    dtls: transport?.dtlsCipher ?? null,
    srtp: transport?.srtpCipher ?? null,
  };
}

function addressOf(candidate) {
  return candidate ? `${candidate.protocol} ${candidate.address ?? candidate.ip ?? "?"}:${candidate.port}` : null;
}

function codecName(report, byId) {
  return byId.get(report.codecId)?.mimeType?.split("/")[1];
}
