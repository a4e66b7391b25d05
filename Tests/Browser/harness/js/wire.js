// Notes what goes over the page's WebSockets, and lets a test cut them: window.wire.
(() => {
  const Original = window.WebSocket;
  const wire = { sockets: [], sent: [], received: [], cut() { for (const socket of this.sockets) socket.close(); } };
  const note = (list, data) => {
    try {
      list.push({ at: performance.now(), ...JSON.parse(data) });
    } catch {
      list.push({ at: performance.now(), type: "?" });
    }
  };
  window.wire = wire;
  window.WebSocket = class extends Original {
    constructor(...parameters) {
      super(...parameters);
      wire.sockets.push(this);
      this.addEventListener("message", (event) => note(wire.received, event.data));
    }

    send(data) {
      note(wire.sent, data);
      super.send(data);
    }
  };
})();
