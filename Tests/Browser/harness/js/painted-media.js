// A camera of one plain colour and a microphone of one tone, so that a test can tell whose they are: set
// window.painted = { color: [r, g, b], hertz } before this script. Works in every browser, without any device.
(() => {
  const { color, hertz } = window.painted;
  let audioContext;

  function picture({ width = 320, height = 180, frameRate = 10 }) {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    let tick = 0;
    const paint = () => {
      context.fillStyle = `rgb(${color.join()})`;
      context.fillRect(0, 0, width, height);
      // Something has to move, or the encoder may send nothing.
      context.fillStyle = "black";
      context.fillRect((tick++ * 4) % width, 0, 8, 8);
    };
    paint();
    const stream = canvas.captureStream(frameRate);
    const timer = setInterval(() => stream.getVideoTracks()[0].readyState === "live" ? paint() : clearInterval(timer), 1000 / frameRate);
    return stream.getVideoTracks()[0];
  }

  function tone() {
    audioContext ??= new AudioContext();
    const oscillator = audioContext.createOscillator();
    oscillator.frequency.value = hertz;
    const gain = audioContext.createGain();
    gain.gain.value = 0.2;
    const destination = audioContext.createMediaStreamDestination();
    oscillator.connect(gain).connect(destination);
    oscillator.start();
    return destination.stream.getAudioTracks()[0];
  }

  const wish = (value, otherwise) => value?.exact ?? value?.ideal ?? (typeof value === "number" ? value : otherwise);
  navigator.mediaDevices.getUserMedia = async ({ audio, video }) => new MediaStream([
    ...(audio ? [tone()] : []),
    ...(video ? [picture({ width: wish(video.width, 320), height: wish(video.height, 180), frameRate: wish(video.frameRate, 10) })] : []),
  ]);
})();
