"""People come and go for a long time; memory, descriptors, rooms and sessions must not grow. See `ops/soak --help`.

Three kinds of guests: two browsers that stay in a call, one browser that joins, sees, and leaves again and again, and
members without a browser that join with a recorded offer and then leave, close the connection, or come back by `resume`.
What they leave behind is told by the server's own status API and by /proc.
"""

import argparse
import csv
import json
import logging
import random
import socket
import sys
import time
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from harness import namespace
from harness.chromium import Chromium, Driver
from harness.person import Person, expect_everybody_sees_everybody, expect_sight_and_sound
from harness.server import REPOSITORY, Server
from harness.waiting import eventually

OFFER = REPOSITORY / "Tests" / "NegotiationTests" / "Fixtures" / "chromium-156" / "conference-1-offer.sdp"
# A room without participants, and a lost participant, are kept for so long here: short, so that the end is not waited for.
GRACE_SECONDS = 5
# What a run may have more of at its end than after its beginning: pools that fill, caches, the allocator's slack.
ALLOWED_GROWTH_KIB = 24 * 1024
ALLOWED_GROWTH_KIB_PER_HOUR = 12 * 1024


class Member:
    """A member without a browser, by the signalling protocol alone."""

    def __init__(self, server, room, name):
        self._url = server.base.replace("http", "ws") + "/ws"
        self._next = 0
        self._socket = self._connect()
        self.joined = self._request({
            "type": "join-room", "room": room, "name": name,
            "offer": {"offerId": 1, "sdp": OFFER.read_bytes().decode()}, "tracks": [],
        })

    def leave(self):
        self._request({"type": "leave-room"})
        self._socket.close()

    def vanish(self):
        """Cuts the connection without a word."""
        self._socket.socket.shutdown(socket.SHUT_RDWR)

    def resume(self):
        """Comes back on another connection."""
        self.vanish()
        self._socket = self._connect()
        self.joined = self._request({"type": "resume", "token": self.joined["resume"]["token"]})

    def _connect(self):
        # Without a bound on what waits: nobody reads events here, and a full queue would keep pings from being answered.
        return connect(self._url, compression=None, ping_interval=4, max_queue=None, legacy=True)

    def _request(self, message):
        self._next += 1
        self._socket.send(json.dumps({**message, "id": self._next}))
        while True:
            reply = json.loads(self._socket.recv(timeout=10))
            if reply.get("id") == self._next:
                assert reply["type"] != "error", reply
                return reply


class Gauge:
    """Samples of the server, one a second, also as CSV."""

    fields = ["seconds", "rss_kib", "descriptors", "threads", "rooms", "participants", "connections", "peers", "joins"]

    def __init__(self, server, path):
        self._server = server
        self._file = path.open("w", newline="")
        self._writer = csv.DictWriter(self._file, self.fields)
        self._writer.writeheader()
        self._began = time.monotonic()
        self.samples = []

    def sample(self, joins):
        process = Path(f"/proc/{self._server.process.pid}")
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line)
        figures = self._server.get("/api/v1/status")[1]["server"]
        self.samples.append({
            "seconds": round(time.monotonic() - self._began, 1), "rss_kib": int(status["VmRSS"].split()[0]),
            "threads": int(status["Threads"]), "descriptors": len(list((process / "fd").iterdir())),
            "rooms": figures["rooms"], "participants": figures["participants"], "connections": figures["connections"],
            "peers": sum(worker["peers"] for worker in figures["workers"]), "joins": joins,
        })
        self._writer.writerow(self.samples[-1])
        self._file.flush()
        return self.samples[-1]

    def close(self):
        self._file.close()


def main():
    options = parse()
    options.output.mkdir(parents=True, exist_ok=True)
    directory = options.output / "soak"
    directory.mkdir(exist_ok=True)
    for old in directory.iterdir():
        old.unlink()
    namespace.enter()
    # Connections that are cut are what this is about, not something to be told of.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    generator = random.Random(options.seed)
    server = Server(
        directory, http_port=19000, media_port=25000, log_level="info",
        options=["--rooms-empty-lifetime", str(GRACE_SECONDS), "--rooms-resume-grace", str(GRACE_SECONDS)]).start()
    gauge = Gauge(server, options.output / "soak.csv")
    browser = None
    try:
        before = gauge.sample(0)
        browser = None if options.no_browser else Chromium(lambda line: None)
        run(options, server, gauge, browser, generator)
        if browser:
            browser.close()
            browser = None
        settle(server, gauge)
        problems = judge(gauge.samples, before, gauge.sample(gauge.samples[-1]["joins"]))
        ended_in = server.stop()
    finally:
        gauge.close()
        if browser:
            browser.close()
        Driver.stop()
        if server.process:
            server.process.kill()
    first, last = gauge.samples[0], gauge.samples[-1]
    print(f"{last['joins']} joins in {last['seconds']:.0f} s (seed {options.seed}); memory {first['rss_kib']} → "
          f"{last['rss_kib']} KiB, descriptors {first['descriptors']} → {last['descriptors']}; ended in {ended_in:.1f} s")
    for problem in problems:
        print(f"PROBLEM: {problem}")
    return 1 if problems else 0


def run(options, server, gauge, browser, generator):
    """The coming and going itself."""
    staying, visitor = [], None
    if browser:
        staying = [Person(server, browser.new_page(title=name), name, "soak") for name in ("Ada", "Ben")]
        for person in staying:
            person.join()
        expect_everybody_sees_everybody(staying)
        visitor = Person(server, browser.new_page(title="Visitor"), "Visitor", "soak")
    joins = len(staying)
    members = []
    end = time.monotonic() + options.seconds
    next_visit = next_sample = next_report = time.monotonic()
    while time.monotonic() < end:
        now = time.monotonic()
        if now >= next_sample:
            gauge.sample(joins)
            next_sample = now + 1
        if now >= next_report:
            print(json.dumps(gauge.samples[-1]), flush=True)
            next_report = now + max(10, options.seconds / 20)
        if visitor and now >= next_visit:
            visitor.join()
            expect_sight_and_sound(visitor, *staying, frames=3)
            visitor.leave()
            joins += 1
            next_visit = time.monotonic() + 10
        if len(members) < 12:
            room = generator.choice(["soak", f"side-{generator.randrange(6)}"])
            members.append(Member(server, room, f"Member {joins}"))
            joins += 1
        else:
            depart(members.pop(generator.randrange(len(members))), members, generator)
        time.sleep(0.1)
    for person in staying:
        assert person.sent_messages("join-room") == 1, f"{person!r} lost its place during the run"
    if staying:
        expect_everybody_sees_everybody(staying)
        for person in staying:
            person.leave()
    for member in members:
        member.leave()


def depart(member, members, generator):
    """One of the ways to go, or to come back."""
    way = generator.random()
    try:
        if way < 0.5:
            member.leave()
        elif way < 0.8:
            member.vanish()
        else:
            member.resume()
            members.append(member)
    except ConnectionClosed as error:
        raise AssertionError(f"the server closed a connection: {error}") from None


def settle(server, gauge):
    """Waits until everything that belongs to nobody any more is gone."""
    joins = gauge.samples[-1]["joins"]

    def is_empty():
        sample = gauge.sample(joins)
        left = {key: sample[key] for key in ("rooms", "participants", "connections", "peers") if sample[key]}
        assert not left, f"left behind: {left}"
        return True

    eventually(is_empty, GRACE_SECONDS + 30, "nothing left behind", interval=1)


def judge(samples, before, after):
    """What grew that should not have."""
    problems = []
    if after["descriptors"] > before["descriptors"] + 4:
        problems.append(f"open descriptors: {before['descriptors']} before, {after['descriptors']} after")
    if after["threads"] > max(sample["threads"] for sample in samples[: max(2, len(samples) // 4)]) + 4:
        problems.append(f"threads: {before['threads']} before, {after['threads']} after")
    # The first quarter is for warming up; from there to the last quarter memory is to be flat.
    quarter = len(samples) // 4
    early = median(sample["rss_kib"] for sample in samples[quarter : 2 * quarter])
    late = median(sample["rss_kib"] for sample in samples[-quarter:])
    hours = (samples[-1]["seconds"] - samples[0]["seconds"]) / 3600
    allowed = ALLOWED_GROWTH_KIB + ALLOWED_GROWTH_KIB_PER_HOUR * hours
    if late - early > allowed:
        problems.append(f"memory grew by {late - early} KiB from {early} KiB; {allowed:.0f} KiB are allowed")
    return problems


def median(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--output", type=Path, default=REPOSITORY / "out")
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
