// Many members in one page, with small pictures and without sound: window.crowd.grow([[name, [r, g, b] or null], …]).
(() => {
  const members = [];

  function picture([red, green, blue]) {
    const canvas = Object.assign(document.createElement("canvas"), { width: 192, height: 108 });
    const context = canvas.getContext("2d");
    const paint = () => {
      context.fillStyle = `rgb(${red} ${green} ${blue})`;
      context.fillRect(0, 0, 192, 108);
      // Something of a person, so that it is seen how a picture is cut.
      context.fillStyle = `rgb(${red / 2} ${green / 2} ${blue / 2})`;
      context.beginPath();
      context.arc(96, 46, 22, 0, 7);
      context.arc(96, 120, 44, 0, 7);
      context.fill();
      context.fillRect((performance.now() / 50) % 192, 0, 3, 3);
    };
    paint();
    setInterval(paint, 200);
    return canvas.captureStream(5).getVideoTracks()[0];
  }

  window.crowd = {
    /** Lets people come, or go, until as many are there as have names. */
    async become(room, people) {
      while (members.length > people.length) members.pop().leave();
      for (const [name, color] of people.slice(members.length)) {
        const client = new window.roost.RoostClient({ pairs: 1 });
        const tracks = color ? [{ source: "camera", track: picture(color) }] : [];
        await client.join({ room, name, tracks });
        members.push(client);
      }
    },
    member: (index) => members[index],
    send: (index, text, options) => members[index].send(text, options),
  };
})();
