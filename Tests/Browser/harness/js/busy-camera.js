// A camera with so much in its picture that an encoder takes all the bits it may: a sum of moving textures, different in
// each frame. Fake cameras show a plain colour or a clock, whose largest layer would fit into any link. Works in every browser.
(() => {
  const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const wish = (value, otherwise) => value?.exact ?? value?.ideal ?? (typeof value === "number" ? value : otherwise);

  function texture(size) {
    const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
    const context = canvas.getContext("2d");
    const image = context.createImageData(size, size);
    let state = 12345;
    for (let index = 0; index < image.data.length; index += 4) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      image.data.fill(64 + (state >>> 25), index, index + 3);
      image.data[index + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  function picture(width, height, frameRate) {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d", { alpha: false });
    const grain = texture(512);
    let frame = 0;
    const paint = () => {
      frame += 1;
      context.globalAlpha = 1;
      // Coarse and slow below, fine and fast above it.
      context.drawImage(grain, (frame * 2) % 300, (frame * 3) % 300, width / 16, height / 16, 0, 0, width, height);
      context.globalAlpha = 0.25;
      context.drawImage(grain, (frame * 37) % 200, (frame * 61) % 300, width / 4, height / 4, 0, 0, width, height);
    };
    paint();
    const [track] = canvas.captureStream(frameRate).getVideoTracks();
    const timer = setInterval(() => (track.readyState === "live" ? paint() : clearInterval(timer)), 1000 / frameRate);
    return track;
  }

  navigator.mediaDevices.getUserMedia = async ({ audio, video }) => {
    const stream = audio ? await getUserMedia({ audio }) : new MediaStream();
    if (video) stream.addTrack(picture(wish(video.width, 320), wish(video.height, 180), wish(video.frameRate, 10)));
    return stream;
  };
})();
