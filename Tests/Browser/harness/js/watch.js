// What a test asks of a page that is in a room: window.watch.
window.watch = {
  /** The figures of everything received, by the name of who sends it: {Ada: {person: {audio, video}, screen: …}}. */
  async received() {
    const { client } = window.roost;
    const people = {};
    for (const participant of client.participants.values()) {
      for (const kind of ["person", "screen"]) {
        const media = client.media(participant.id, kind);
        if (!media) continue;
        const figures = ((people[participant.name] ??= {})[kind] = {});
        for (const side of ["audio", "video"]) {
          if (media[side]) figures[side] = await watch.figures(media[side]);
        }
      }
    }
    return people;
  },

  /** The inbound-rtp figures of one transceiver. */
  async figures(transceiver) {
    const figures = { mid: transceiver.mid, packetsReceived: 0, framesDecoded: 0, totalAudioEnergy: 0 };
    for (const report of (await transceiver.receiver.getStats()).values()) {
      if (report.type === "inbound-rtp") Object.assign(figures, report);
    }
    return figures;
  },

  /** Every outbound-rtp report, and the selected candidate pair with its two candidates. */
  async connection() {
    const reports = [...(await window.roost.client.peerConnection.getStats()).values()];
    const byId = new Map(reports.map((report) => [report.id, report]));
    const transport = reports.find((report) => report.type === "transport");
    const pair = byId.get(transport?.selectedCandidatePairId)
      ?? reports.find((report) => report.type === "candidate-pair" && (report.selected || (report.nominated && report.state === "succeeded")));
    return {
      outbound: reports.filter((report) => report.type === "outbound-rtp"),
      pair, transport, local: byId.get(pair?.localCandidateId), remote: byId.get(pair?.remoteCandidateId),
    };
  },

  /** The participant's id by its name. */
  idOf(name) {
    for (const participant of window.roost.client.participants.values()) if (participant.name === name) return participant.id;
    return null;
  },

  /** The tile of somebody. */
  tileOf(name, kind = "person") {
    return document.querySelector(`[data-participant="${watch.idOf(name)}"][data-kind="${kind}"]`);
  },

  /** Whether a tile shows a picture: the page has taken the avatar away, and the element has frames. */
  shows(name, kind = "person") {
    const tile = watch.tileOf(name, kind);
    const video = tile?.querySelector("video");
    return Boolean(tile?.classList.contains("has-picture") && video.videoWidth > 0 && !video.paused);
  },

  /** The colour in the middle of a tile's picture, or null while it shows none. */
  colorOf(name, kind = "person") {
    if (!watch.shows(name, kind)) return null;
    return watch.colorIn(watch.tileOf(name, kind).querySelector("video"));
  },

  colorIn(video) {
    const canvas = (watch.canvas ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 }));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  },

  /** Begins to note every colour that any tile of others shows, with the name on the tile: read it in watch.colors. */
  noteColors() {
    watch.colors = [];
    const look = () => {
      for (const tile of document.querySelectorAll("[data-testid='tile'].has-picture")) {
        const video = tile.querySelector("video");
        const name = window.roost.client.participants.get(tile.dataset.participant)?.name;
        if (name && video.videoWidth > 0) watch.colors.push([name, watch.colorIn(video)]);
      }
    };
    watch.colorTimer = setInterval(look, 50);
  },

  /** The loudest frequency of what is heard of somebody, in hertz, measured over a moment. */
  async toneOf(name, milliseconds = 600) {
    const media = window.roost.client.media(watch.idOf(name));
    const context = (watch.audioContext ??= new AudioContext());
    await context.resume();
    const source = context.createMediaStreamSource(new MediaStream([media.audio.receiver.track]));
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    source.connect(analyser);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    source.disconnect();
    const loudest = bins.reduce((best, level, index) => (level > bins[best] ? index : best), 0);
    return bins[loudest] < -80 ? 0 : (loudest * context.sampleRate) / analyser.fftSize;
  },
};
