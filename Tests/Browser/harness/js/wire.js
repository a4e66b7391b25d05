// Notes what goes over the page's WebSockets, and lets a test cut them: window.wire.
//
// With `wire.loses = "answer"` or `"offer"` the next message of that type is lost together with its socket: an answer
// before the page has it, an offer before the server has it. `wire.whenLost()` is called at that moment.
(() => {
  const Original = window.WebSocket;
  const wire = { sockets: [], sent: [], received: [], loses: null, whenLost() {}, cut() { for (const socket of this.sockets) socket.close(); } };
  const note = (list, data) => {
    try {
      list.push({ at: performance.now(), ...JSON.parse(data) });
    } catch {
      list.push({ at: performance.now(), type: "?" });
    }
  };
  window.wire = wire;
  const isLost = (list, socket) => {
    const { type, id } = list.at(-1);
    if (type !== wire.loses || id === undefined) return false;
    wire.loses = null;
    list.at(-1).lost = true;
    socket.close();
    setTimeout(() => wire.whenLost());
    return true;
  };
  window.WebSocket = class extends Original {
    constructor(...parameters) {
      super(...parameters);
      wire.sockets.push(this);
      this.addEventListener("message", (event) => {
        note(wire.received, event.data);
        if (isLost(wire.received, this)) event.stopImmediatePropagation();
      });
    }

    send(data) {
      note(wire.sent, data);
      if (!isLost(wire.sent, this)) super.send(data);
    }
  };
})();
