/** How often a level is taken, in milliseconds. */
const INTERVAL = 60;

/**
 * Measures how loud a microphone is.
 *
 * `onLevel` is called with 0 (silence) to 1 (loud), about sixteen times a second; with 0 once when there is no track.
 */
export class LevelMeter {
  #context = null;
  #source = null;
  #analyser = null;
  #timer = null;
  #track = null;
  #onLevel;

  /** @param {(level: number) => void} onLevel */
  constructor(onLevel) {
    this.#onLevel = onLevel;
  }

  /**
   * Listens to another track, or to none.
   * @param {MediaStreamTrack|null} track
   */
  attach(track) {
    if (track === this.#track) return;
    this.#track = track;
    this.#source?.disconnect();
    this.#source = null;
    clearInterval(this.#timer);
    this.#onLevel(0);
    if (!track || typeof AudioContext === "undefined") return;
    this.#context ??= new AudioContext();
    // Before the first click on the page some browsers keep it suspended; the meter then rests until the next track.
    this.#context.resume().catch(() => {});
    this.#analyser ??= new AnalyserNode(this.#context, { fftSize: 512 });
    this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(this.#analyser);
    this.#timer = setInterval(() => this.#measure(), INTERVAL);
  }

  /** Lets the audio device go. */
  close() {
    this.attach(null);
    this.#context?.close();
    this.#context = null;
    this.#analyser = null;
  }

  #measure() {
    const samples = new Float32Array(this.#analyser.fftSize);
    this.#analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    const decibels = 10 * Math.log10(sum / samples.length + 1e-9);
    // Speech at a usual distance lies between -50 and -15 dB of full scale.
    this.#onLevel(Math.min(1, Math.max(0, (decibels + 55) / 42)));
  }
}
