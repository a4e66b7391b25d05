"""What somebody sees of somebody else, second by second, from the browser's own statistics."""

import time

# Sampled twice a second: a change of layer is dated to that.
INTERVAL = 0.5


class Sight:
    """One person seen by another: samples of getStats, and what they add up to."""

    def __init__(self, viewer, name):
        self.viewer = viewer
        self.name = name
        self.samples = []

    def __repr__(self):
        return f"{self.name} as {self.viewer!r} sees it"

    def look(self, at):
        """Takes a sample, dated to `at` in seconds."""
        media = self.viewer.received().get(self.name, {}).get("person", {})
        video, audio = media.get("video", {}), media.get("audio", {})
        self.samples.append({
            "at": round(at, 2), "width": video.get("frameWidth", 0), "height": video.get("frameHeight", 0),
            "framesDecoded": video.get("framesDecoded", 0), "freezeCount": video.get("freezeCount", 0),
            "totalFreezesDuration": video.get("totalFreezesDuration", 0),
            "nackCount": video.get("nackCount", 0), "pliCount": video.get("pliCount", 0),
            "bytesReceived": video.get("bytesReceived", 0),
            "concealedSamples": audio.get("concealedSamples", 0),
            "totalSamplesReceived": audio.get("totalSamplesReceived", 0),
        })
        return self.samples[-1]

    @property
    def width(self):
        return self.samples[-1]["width"]

    def grown(self, figure, since=0.0, until=float("inf")):
        """By how much a figure grew between two times."""
        within = [sample for sample in self.samples if since <= sample["at"] <= until]
        return within[-1][figure] - within[0][figure]

    def longest_standstill(self):
        """The longest time, in seconds, in which no sample had a new frame."""
        longest, since = 0.0, self.samples[0]
        for sample in self.samples[1:]:
            if sample["framesDecoded"] > since["framesDecoded"]:
                since = sample
            longest = max(longest, sample["at"] - since["at"])
        return longest

    def heights(self):
        """The heights of the picture one after the other: [(seconds since the first sample, height)]."""
        changes, start = [], self.samples[0]["at"]
        for sample in self.samples:
            if sample["height"] and (not changes or changes[-1][1] != sample["height"]):
                changes.append((round(sample["at"] - start, 1), sample["height"]))
        return changes


class Observation:
    """Several sights, sampled together."""

    def __init__(self, *sights):
        self.sights = sights
        self._began = time.monotonic()

    @property
    def now(self):
        return time.monotonic() - self._began

    def watch(self, seconds, until=None):
        """Samples for so long, or until a condition holds after a sample; tells whether it did."""
        end = self.now + seconds
        while True:
            start = self.now
            for sight in self.sights:
                sight.look(start)
            if until is not None and until():
                return True
            if self.now >= end:
                return False
            time.sleep(max(0.0, min(start + INTERVAL, end) - self.now))
