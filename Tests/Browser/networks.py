"""What bad links do to a call between real browsers. See `ops/browser-networks --help`.

Each scenario runs twice: with the links before two receivers of one publisher, and with the links behind two publishers with
one receiver. Of the two, one is Chromium and one Firefox, so that a run tells of both.
"""

import argparse
import json
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from harness import namespace
from harness.chromium import Chromium, Driver
from harness.firefox import Firefox
from harness.link import Link
from harness.observation import Observation, Sight
from harness.person import Person, expect_sight_and_sound
from harness.server import REPOSITORY, Server

CAMERA = {"width": 960, "height": 540, "fps": 10}
# How long the best layer is waited for before a measurement, and how long it takes; in seconds.
SETTLING = 30
CHANGE_AT, BACK_AT, END = 5, 20, 40
DIRECTIONS = {"down": "to the receiver", "up": "from the publisher"}


@dataclass
class Scenario:
    """A link that is so from the beginning, and perhaps otherwise from CHANGE_AT until BACK_AT."""

    name: str
    link: dict
    meanwhile: dict = field(default_factory=dict)
    back_at: float = BACK_AT
    has_flow: bool = False
    # Aims: freezes in a minute, the share of time frozen, whether the best layer is to be shown all the time.
    freezes: int | None = None
    frozen: float | None = None
    is_steady: bool = False

    @property
    def key(self):
        return "".join(letter if letter.isalnum() else "-" for letter in self.name.lower())


WIDE = 3_000_000
FAR = {"delay": 50}
SCENARIOS = [
    Scenario("3 Mbit/s, nothing happens", {"rate": WIDE}, is_steady=True),
    Scenario("3 Mbit/s → 500 kbit/s → 3 Mbit/s", {"rate": WIDE}, {"rate": 500_000}),
    Scenario("3 Mbit/s, of which others take 2.5 Mbit/s", {"rate": WIDE}, {"others": 2_500_000}),
    Scenario("3 Mbit/s, and a TCP flow", {"rate": WIDE}, has_flow=True),
    Scenario("2 % loss, RTT 100 ms", {"loss": 0.02, **FAR}, freezes=0, is_steady=True),
    Scenario("5 % loss, RTT 100 ms", {"loss": 0.05, **FAR}, freezes=1, is_steady=True),
    Scenario("10 % loss, RTT 100 ms", {"loss": 0.10, **FAR}, frozen=0.05, is_steady=True),
    Scenario("100 ms each way, jitter 0 to 30 ms", {"delay": 100, "jitter": 30}, is_steady=True),
    Scenario("300 ms each way, jitter 0 to 60 ms", {"delay": 300, "jitter": 60}, is_steady=True),
    Scenario("3 Mbit/s, and nothing passes for 3 s", {"rate": WIDE}, {"dead": True}, back_at=CHANGE_AT + 3),
    Scenario("700 kbit/s with a queue of 20 ms", {"rate": 700_000, "queue": 20}),
]


class Call:
    """A call of three, of whom two are behind links."""

    def __init__(self, server, browsers, room, direction):
        self.pages = []

        def person(name, kind):
            page = browsers[kind].new_page(title=name)
            self.pages.append(page)
            return Person(server, page, name, room)

        def publisher(name, kind):
            made = person(name, kind)
            made.page.before_load_file("busy-camera.js")
            return made.join(**CAMERA)

        def viewer(name, kind):
            made = person(name, kind).join(cam=0, mic=0)
            made.page.resize(2400, 1400)
            return made

        if direction == "down":
            publishers = [publisher("Ada", "chromium")]
            self.behind = viewers = [viewer("Ben", "chromium"), viewer("Finn", "firefox")]
        else:
            self.behind = publishers = [publisher("Ada", "chromium"), publisher("Fay", "firefox")]
            viewers = [viewer("Ben", "chromium")]
        for each in viewers:
            expect_sight_and_sound(each, *publishers)
        self.sights = [Sight(each, one.name) for each in viewers for one in publishers]

    def links(self, stack):
        """A link around each of those that have one, until the stack is unwound."""
        port = "() => watch.connection().then(({ local }) => local.port)"
        return [stack.enter_context(Link(person.page.evaluate(port))) for person in self.behind]

    def close(self):
        for page in self.pages:
            page.close()


def run(scenario, direction, server, browsers):
    """One measurement; returns what becomes of it as JSON."""
    other = {"down": "up", "up": "down"}[direction]
    call = Call(server, browsers, f"{scenario.key}-{direction}"[:60], direction)
    try:
        with ExitStack() as stack:
            links = call.links(stack)
            for link in links:
                link.shape(direction, **scenario.link)
                # The way back is as long, and otherwise without fault.
                link.shape(other, **{name: scenario.link[name] for name in ("delay", "jitter") if name in scenario.link})
            settling = Observation(*(Sight(sight.viewer, sight.name) for sight in call.sights))
            settling.watch(SETTLING, lambda: all(sight.width == CAMERA["width"] for sight in settling.sights))
            observation = Observation(*call.sights)
            observation.watch(CHANGE_AT)
            flows = [link.competing_flow(direction) for link in links] if scenario.has_flow else []
            for link in links:
                link.shape(direction, **scenario.meanwhile)
            observation.watch(scenario.back_at - observation.now)
            rates = [flow.close() for flow in flows]
            for link in links:
                link.shape(direction, **{**{name: DEFAULTS[name] for name in scenario.meanwhile}, **scenario.link})
            observation.watch(END - observation.now)
            counts = [link.counts() for link in links]
        return {
            "scenario": scenario.name, "direction": direction, "commit": commit(), "links": counts, "flows": rates,
            "sights": [
                {"browser": person.page.browser, "of": sight.name, "samples": sight.samples, **summary(sight)}
                for person, sight in zip(call.behind, call.sights)],
        }
    finally:
        call.close()


def commit():
    """What the server was built from. Rows stay in the page until they are measured again: it has to say which are old."""
    return subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True).stdout.strip() or "?"


# What a link is without what a scenario changes for a while.
DEFAULTS = {"rate": None, "others": None, "dead": False}


def summary(sight):
    samples = sight.grown("totalSamplesReceived")
    return {
        "freezeCount": sight.grown("freezeCount"),
        "totalFreezesDuration": round(sight.grown("totalFreezesDuration"), 1),
        "framesDecoded": sight.grown("framesDecoded"),
        "concealed": round(sight.grown("concealedSamples") / samples, 4) if samples else None,
        "heights": sight.heights(),
    }


def beyond(scenario, sight):
    """What of a measurement is beyond the aims, in words."""
    words, heights, best = [], sight["heights"], CAMERA["height"]
    if scenario.freezes is not None and sight["freezeCount"] > scenario.freezes:
        words.append("more than one freeze" if scenario.freezes else "freezes")
    share = sight["totalFreezesDuration"] / END
    if scenario.frozen is not None and share > scenario.frozen:
        words.append(f"frozen for {100 * share:.0f} % of the time")
    ends = [at for at, _ in heights[1:]] + [END]
    shown = sum(end - at for (at, height), end in zip(heights, ends) if height == best) / END
    if scenario.is_steady and shown < 0.95:
        words.append(f"the best layer for {100 * shown:.0f} % of the time")
    if scenario.meanwhile.get("rate"):
        down = next((at - CHANGE_AT for at, height in heights if at >= CHANGE_AT and height < best), None)
        if down is None or down > 2:
            words.append("no smaller layer" if down is None else f"down after {down:.0f} s")
    if scenario.meanwhile or scenario.has_flow:
        lasting = [at for at, height in heights if height == best]
        up = max(0, lasting[-1] - scenario.back_at) if lasting and heights[-1][1] == best else None
        if up is None or up > 10:
            words.append("not up again" if up is None else f"up after {up:.0f} s")
    return "; ".join(words)


def table(results):
    lines = [
        "| Scenario | The link | Browser behind it | freezeCount | totalFreezesDuration | framesDecoded | Sound concealed "
        "| Height of the picture over time | Beyond the aims | Commit |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    known = {scenario.name: scenario for scenario in SCENARIOS}
    for result in results:
        for sight in result["sights"]:
            concealed = "–" if sight["concealed"] is None else f"{100 * sight['concealed']:.1f} %"
            lines.append(
                f"| {result['scenario']} | {DIRECTIONS[result['direction']]} | {sight['browser'].capitalize()} "
                f"| {sight['freezeCount']} | {sight['totalFreezesDuration']:.1f} s | {sight['framesDecoded']} | {concealed} "
                f"| {describe(sight['heights'])} | {beyond(known[result['scenario']], sight)} | {result.get('commit', '?')} |")
    return "\n".join(lines)


def not_run(results):
    """A sentence on the scenarios that are missing from the table."""
    present = {result["scenario"] for result in results}
    missing = [scenario.name for scenario in SCENARIOS if scenario.name not in present]
    return f"\nNot run for this page, and there to be run: {'; '.join(missing)}.\n" if missing else ""


def describe(heights, longest=8):
    """`540`, then `135 at 11 s` and so on."""
    if not heights:
        return "none"
    words = [str(heights[0][1])] + [f"{height} at {at:.0f} s" for at, height in heights[1:]]
    left_out = len(words) - longest
    return ", ".join(words[:longest]) + (f" and {left_out} more" if left_out > 0 else "")


def page(results, versions):
    return f"""# Real browsers on bad links

{versions['chromium']} and {versions['firefox']} in a call through Roost, each behind a link of its own that is bad in one
direction. The figures are the receiving browser's, from `getStats`. The page is written by

    ops/browser-networks

[scenarios.md](scenarios.md) has such networks in the simulator, many runs of each and with aims. Here each scenario of the table ran
once on a machine whose two processors carry the server, three browsers, two encoders and the links; so single freezes come
from that, too. *Commit* is what the server was built from.

The aims are those of scenarios.md: at 2 % loss no freeze, at 5 % one in a minute, at 10 % less than 5 % of the time frozen; the best
layer for 95 % of the time where nothing changes; a smaller one within 2 s of the step down, and the best within 10 s of the end of
what changed.

{table(results)}
{not_run(results)}
## How it is measured

- A camera sends {CAMERA['width']}x{CAMERA['height']} at {CAMERA['fps']} frames a second in three layers of 135, 270 and 540 lines, VP8, with a picture that
  takes all the bits it may: 150, 500 and 1,700 kbit/s at most. Firefox as a publisher sends fewer frames than that.
- *To the receiver*: one publisher on a good network (Chromium), and two receivers, each behind a link. *From the publisher*: two
  publishers, each behind a link, and one receiver (Chromium) on a good network.
- The link holds 300 ms of its rate unless it says otherwise. Delay and jitter are for each direction, packets stay in order;
  rate and loss are in the direction named.
- Counting begins when the best layer is shown, at the latest after {SETTLING} s, and lasts {END} s, in which a full rate would be
  {END * CAMERA['fps']} frames. What changes does so after {CHANGE_AT} s and ends after {BACK_AT} s; the blackout ends after {CHANGE_AT + 3} s. A TCP
  flow is a download, or an upload, by this machine's own TCP (CUBIC) in the same queue.
- `freezeCount` and `totalFreezesDuration` are [those of the standard](https://www.w3.org/TR/webrtc-stats/#dom-rtcinboundrtpstreamstats-freezecount):
  a frame that comes 150 ms, or three times the mean distance, later than that mean. *Sound concealed* is
  `concealedSamples` of `totalSamplesReceived`.
"""


def main():
    options = parse()
    scenarios = [scenario for scenario in SCENARIOS if options.only in scenario.name]
    if not scenarios:
        sys.exit(f"no scenario has “{options.only}” in its name; there are:\n" + "\n".join(s.name for s in SCENARIOS))
    kept = options.directory / "browser-networks"
    kept.mkdir(parents=True, exist_ok=True)
    namespace.enter()
    console = (kept / "console.log").open("w", encoding="utf-8")

    def log(line):
        console.write(f"{time.strftime('%H:%M:%S')} {line}\n")

    failed = 0
    browsers = {}
    server = Server(kept, http_port=19100, media_port=26000, log_level="info").start()
    try:
        browsers["chromium"] = Chromium(log)
        browsers["firefox"] = Firefox(log, console)
        versions = {kind: f"{kind.capitalize()} {browser.version}" for kind, browser in browsers.items()}
        for scenario in scenarios:
            for direction in DIRECTIONS:
                try:
                    result = run(scenario, direction, server, browsers)
                except AssertionError as error:
                    failed += 1
                    print(f"FAILED: {scenario.name}, {DIRECTIONS[direction]}: {error}", flush=True)
                    continue
                (kept / f"{scenario.key}-{direction}.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
                print("\n".join(table([result]).splitlines()[2:]), flush=True)
    finally:
        for browser in browsers.values():
            browser.close()
        Driver.stop()
        console.close()
        server.stop()
    results = [
        json.loads(path.read_text(encoding="utf-8"))
        for scenario in SCENARIOS for direction in DIRECTIONS
        if (path := kept / f"{scenario.key}-{direction}.json").exists()]
    if options.output:
        options.output.write_text(page(results, versions), encoding="utf-8")
    return 1 if failed else 0


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--directory", type=Path, default=REPOSITORY / "out")
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
