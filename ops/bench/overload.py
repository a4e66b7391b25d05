"""One load above a threshold: what the server says, what it leaves out, and how it comes back."""

import json
import signal
import statistics
import time
from collections import Counter
from typing import NamedTuple

from common import open_session

# A client that would only listen. Without an offer there is nothing to carry, and no join is refused.
OFFER = "".join(line + "\r\n" for line in (
    "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0",
    "a=mid:0", "a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuv", "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
    "a=setup:actpass", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2", "a=recvonly"))


class Point(NamedTuple):
    """What the server said at one time, in seconds since the load began."""

    time: float
    ready: bool
    busy: int
    load: str
    peers: int
    packets: int
    bytes: int


class Overload:
    """People wait in a room, and somebody comes to send: a load that begins at once, and ends at once when they go.

    Were it those who receive that come, their handshakes would be the load, and the last of them would not get in.
    """

    people = 150
    verified = 10  # per cent of them
    interval = 0.25
    patience = 130  # two levels, each after a minute of calm at most

    def __init__(self, bench, threshold, seconds):
        self.threshold, self.seconds = threshold, seconds
        self.points, self.answers, self.ended, self.later = [], Counter(), None, None
        self.server = bench.server(threshold)
        try:
            self.run(bench)
        finally:
            self.server.stop()

    def run(self, bench):
        # So slowly that the handshakes alone are no overload.
        ramp = min(100, 2 * self.threshold) or 100
        watching = bench.start(
            self.server, "--scenario", "webinar", "--publishers", 0, "--subscribers", self.people, "--audio-slots", 1, "--video-slots", 1,
            "--ramp", ramp, "--duration", self.seconds + self.patience + 30, "--verified", self.verified, name="watching")
        received, sending = bench.report, None
        try:
            deadline = time.monotonic() + self.people / ramp + 10
            while self.look(0).peers < self.people and time.monotonic() < deadline:
                time.sleep(self.interval)
            time.sleep(2)
            self.waiting = self.look(0).peers
            # So much of the largest layer that the thread has half as much to do without it: what it does for each send is the same.
            sending = bench.start(
                self.server, "--scenario", "webinar", "--publishers", 1, "--subscribers", 0, "--publishers-receive", "off",
                "--simulcast", "on", "--video-bitrate", 12000, "--duration", self.seconds, name="sending")
            sent = bench.report
            self.watch(sending)
            self.later = join(self.server.port)
            # It reports all the same.
            watching.send_signal(signal.SIGINT)
            watching.wait(timeout=60)
            self.received, self.sent = json.loads(received.read_text()), json.loads(sent.read_text())
        finally:
            for process in (watching, sending):
                if process and process.poll() is None:
                    process.kill()
                    process.wait()

    def look(self, began):
        ready = self.server.get("/readyz")[0] == 200
        worker = self.server.status()["server"]["workers"][0]
        return Point(time.monotonic() - began, ready, worker["busyPercent"], worker["load"], worker["peers"], worker["packetsOut"],
                     worker["bytesOut"])

    def watch(self, sending):
        """Looks until the load is gone and the server ready again, and lets somebody try to join each second while it is not."""
        began, asked = time.monotonic(), 0
        while True:
            due = time.monotonic() + self.interval
            point = self.look(began)
            self.points.append(point)
            if self.ended is None:
                if sending.poll() is not None:
                    self.ended = point.time
                elif point.time > self.seconds + 30:
                    raise SystemExit("ops/bench/limits: the load did not end")
                elif not point.ready and point.time >= asked + 1:
                    asked = point.time
                    answer = join(self.server.port)
                    # Where it is ready again meanwhile, either answer is right.
                    if not self.look(began).ready:
                        self.answers[answer] += 1
            elif point.ready or point.time > self.ended + self.patience:
                return
            time.sleep(max(0, due - time.monotonic()))

    # What came of it

    @property
    def busy(self):
        """Per cent of the thread, when the paths had been found to carry everything."""
        late = [point.busy for point in self.points if self.seconds / 2 < point.time < self.seconds]
        return statistics.median(late)

    def growth(self, load, figure):
        """How a figure grew while so much was left out, by second and participant; `None` where it never was."""
        during = [point for point in self.points if 1 < point.time < self.ended - 1]
        pairs = [(one, other) for one, other in zip(during, during[1:]) if one.load == other.load == load]
        spent = sum(other.time - one.time for one, other in pairs)
        if not spent:
            return None
        return sum(getattr(other, figure) - getattr(one, figure) for one, other in pairs) / spent / self.waiting

    def rate(self, load):
        """Mbit/s to each; `None` where so much was never left out."""
        grown = self.growth(load, "bytes")
        return None if grown is None else grown * 8 / 1e6

    def most_changes(self, span):
        """How often the level may change in so many seconds: up after two, down after three, and three turn to six at each relapse.

        The second of a change counts for neither.
        """
        changes, calm = 1, 3
        while span >= calm + 1:
            changes += 1 if span < calm + 4 else 2
            span, calm = span - calm - 4, min(60, 2 * calm)
        return changes

    def rows(self):
        title, points = f"Overload at {self.threshold} %: /readyz answers 503 after", self.points
        refused = next((place for place, point in enumerate(points) if not point.ready and point.time < self.ended), None)
        if refused is None:
            return [(title, f"never; the thread was busy {self.busy:.0f} %", "3 s")]
        crossed = refused
        while crossed > 0 and points[crossed - 1].busy > self.threshold:
            crossed -= 1
        # A figure is of the second before it.
        delay = min(points[refused].time, points[refused].time - points[crossed].time + 1)
        changes = [(now.time, now.load) for before, now in zip(points, points[1:]) if before.load != now.load and now.time < self.ended]
        most = self.most_changes(self.ended - points[refused].time) + (1 if any(load == "sound-only" for _, load in changes) else 0)
        rates = [(word, self.rate(load)) for load, word in (
            ("normal", "everything"), ("lowest-layer", "the lowest layer"), ("sound-only", "sound"))]
        frames, verified = self.received["frames"], self.people * self.verified // 100
        bad = sum(frames[kind] for kind in ("lost", "late", "corrupt", "undecodable"))
        bad_pictures = frames["videoJudged"] - frames["videoComplete"]
        heard = (frames["complete"] - frames["videoComplete"]) / verified / self.sent["seconds"]
        rows = [
            (title, f"{delay:.1f} s", "3 s"),
            ("… joins meanwhile", ", ".join(f"{count} `{code}`" for code, count in self.answers.items()) or "none", "all `server-overloaded`"),
            ("… Mbit/s sent to each", ", ".join(f"{word} {rate:.2f}" for word, rate in rates if rate is not None), "less and less"),
            (f"… sound that {verified} people lost, and heard a second", f"{bad - bad_pictures}, {heard:.1f} packets", "0, 50 packets"),
            ("… their pictures: lost, stood still", f"{bad_pictures}, {frames['freezes']} times for {frames['frozenSeconds']:.1f} s", "0 lost"),
            (f"… changes of the level in {self.seconds} s", f"{len(changes)}: " + ", ".join(
                f"{load} at {when:.0f}" for when, load in changes), f"at most {most}")]
        sound = self.growth("sound-only", "packets")
        if sound is not None:
            rows.append(("… packets a second to each while there was only sound", f"{sound:.1f}", "50"))
        if self.waiting < self.people:
            rows.append(("… people who were there before it", str(self.waiting), str(self.people)))
        back = f"{points[-1].time - self.ended:.1f} s" if points[-1].ready else f"not within {self.patience} s"
        return rows + [("… after the load /readyz answers 200 after", back, "10 s"), ("… and a join", f"`{self.later}`", "`room-joined`")]


def join(port):
    """What somebody who wants to join is answered: an error's code, or else the reply's type."""
    with open_session(port, "late", offer={"offerId": 1, "sdp": OFFER}) as connection:
        connection.settimeout(5)
        frames = connection.makefile("rb")
        while True:
            length = frames.read(2)[1]
            if length > 125:
                length = int.from_bytes(frames.read(2 if length == 126 else 8), "big")
            message = json.loads(frames.read(length))
            if message.get("id") == 1:
                return message.get("code", message["type"])
