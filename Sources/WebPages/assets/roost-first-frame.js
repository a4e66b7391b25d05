/** How long frames of the old source may still be on their way where their metadata have no `receiveTime`, in ms. */
const GRACE = 250;

/**
 * Calls back once a video element shows a frame that was received after a moment in time.
 *
 * A receive slot is handed from one participant to the next without a new track, so for some frames the element would
 * show the one who had it before. Keep the element invisible (not `display: none`, which stops the frames) until then.
 *
 * @param {HTMLVideoElement} video
 * @param {number} after a `performance.now()` time: when the slot was given to its new source
 * @param {() => void} callback
 * @returns {() => void} stops waiting
 */
export function whenFrameAfter(video, after, callback) {
  return "requestVideoFrameCallback" in HTMLVideoElement.prototype
    ? watchFrames(video, after, callback)
    : pollFrames(video, after, callback);
}

function watchFrames(video, after, callback) {
  let stopped = false;
  let handle = 0;
  const check = (now, metadata) => {
    if (stopped) return;
    const isNew = metadata.receiveTime === undefined ? now > after + GRACE : metadata.receiveTime >= after;
    if (isNew) {
      stopped = true;
      callback();
    } else {
      handle = video.requestVideoFrameCallback(check);
    }
  };
  handle = video.requestVideoFrameCallback(check);
  return () => {
    stopped = true;
    video.cancelVideoFrameCallback(handle);
  };
}

function pollFrames(video, after, callback) {
  const framesShown = () => video.getVideoPlaybackQuality?.().totalVideoFrames ?? video.currentTime;
  let seen = framesShown();
  const timer = setInterval(() => {
    const count = framesShown();
    if (performance.now() < after + GRACE) {
      seen = count;
    } else if (count !== seen) {
      clearInterval(timer);
      callback();
    }
  }, 100);
  return () => clearInterval(timer);
}
