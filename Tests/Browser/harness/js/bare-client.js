// A member of a room written straight against docs/signaling-protocol.md, without the client library: window.bare.
// It is for what the library never does, and shows that the protocol can be followed from the documentation alone.
window.bare = {
  pc: null, slots: { version: -1, assigned: [] }, nextId: 1, waiting: new Map(), offerId: 0, participants: new Map(),

  async open() {
    const address = new URL("/ws", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    bare.socket = new WebSocket(address);
    await new Promise((resolve, reject) => { bare.socket.onopen = resolve; bare.socket.onerror = reject; });
    bare.socket.onmessage = (event) => bare.take(JSON.parse(event.data));
  },

  take(message) {
    const waiting = bare.waiting.get(message.id);
    if (waiting) {
      bare.waiting.delete(message.id);
      if (message.type === "error") waiting.reject(new Error(`${message.code}: ${message.message}`));
      else waiting.resolve(message);
    } else if (message.type === "slots" && message.version > bare.slots.version) {
      bare.slots = message;
    } else if (message.type === "user-joined" || message.type === "user-updated") {
      bare.participants.set(message.participant.id, message.participant);
    }
  },

  request(message) {
    const id = bare.nextId++;
    return new Promise((resolve, reject) => {
      bare.waiting.set(id, { resolve, reject });
      bare.socket.send(JSON.stringify({ ...message, id }));
    });
  },

  /** Joins with so many recvonly pairs and nothing to send. */
  async join(room, name, pairs) {
    await bare.open();
    const pc = (bare.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" }));
    bare.sinks = [];
    pc.ontrack = ({ track }) => {
      // Chromium decodes sound only for an element that plays it.
      const sink = document.createElement(track.kind);
      sink.autoplay = true;
      sink.muted = track.kind === "video";
      sink.srcObject = new MediaStream([track]);
      bare.sinks.push(sink);
    };
    for (let index = 0; index < pairs; index++) {
      pc.addTransceiver("audio", { direction: "recvonly" });
      pc.addTransceiver("video", { direction: "recvonly" });
    }
    await pc.setLocalDescription();
    const reply = await bare.request({
      type: "join-room", room, name, offer: { offerId: ++bare.offerId, sdp: pc.localDescription.sdp }, tracks: [],
    });
    for (const participant of reply.participants) bare.participants.set(participant.id, participant);
    if (reply.slots.version > bare.slots.version) bare.slots = reply.slots;
    await pc.setRemoteDescription({ type: "answer", sdp: reply.answer.sdp });
    return reply.self.id;
  },

  /** Offers what the peer connection has become; `tracks` as the protocol has it. */
  async offer(tracks) {
    await bare.pc.setLocalDescription();
    const reply = await bare.request({ type: "offer", offerId: ++bare.offerId, sdp: bare.pc.localDescription.sdp, tracks });
    await bare.pc.setRemoteDescription({ type: "answer", sdp: reply.answer?.sdp ?? reply.sdp });
    if (reply.slots.version > bare.slots.version) bare.slots = reply.slots;
    return reply.tracks;
  },

  /** Sums over all receivers of what is on the slots: [{mid, name, kind, framesDecoded, totalAudioEnergy}]. */
  async received() {
    const list = [];
    for (const { mid, participant, kind, source } of bare.slots.assigned) {
      const transceiver = bare.pc.getTransceivers().find((candidate) => candidate.mid === mid);
      const entry = { mid, kind, source, name: bare.participants.get(participant)?.name, framesDecoded: 0, totalAudioEnergy: 0 };
      for (const report of (await transceiver.receiver.getStats()).values()) {
        if (report.type === "inbound-rtp") Object.assign(entry, { framesDecoded: report.framesDecoded ?? 0, totalAudioEnergy: report.totalAudioEnergy ?? 0, packetsReceived: report.packetsReceived });
      }
      list.push(entry);
    }
    return list;
  },
};
