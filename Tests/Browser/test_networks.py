"""Links that change under a call: whoever is behind one sees less while it is narrow, and no standstill."""

import json
from contextlib import ExitStack

from harness.link import Link
from harness.observation import Observation, Sight
from harness.person import expect_sight_and_sound
from harness.waiting import eventually

WIDE, NARROW = 3_000_000, 500_000
CAMERA = {"width": 960, "height": 540, "fps": 10}
# A publisher's largest layer alone takes more than the narrow link has.
LARGEST = CAMERA["width"]
# What may come of the step, several times what is measured on a quiet machine: frames while the link is narrow, the longest
# standstill and the time frozen in all, in seconds. A publisher's browser first sends what waits in its own pacer.
BOUNDS = {"down": (40, 5, 10), "up": (20, 9, 20)}


def link_of(person):
    """The link that a person's own media port is behind."""
    return Link(person.page.evaluate("() => watch.connection().then(({ local }) => local.port)"))


def busy(person):
    """Somebody whose camera takes all the bits there are."""
    person.page.before_load_file("busy-camera.js")
    return person


def keep(directory, observation, links):
    (directory / "samples.json").write_text(json.dumps({
        "links": [link.counts() for link in links],
        "sights": {repr(sight): sight.samples for sight in observation.sights},
    }, indent=1), encoding="utf-8")


def take_the_step(direction, links, sights, directory):
    """3 Mbit/s, then 500 kbit/s for 15 s, then 3 Mbit/s again."""
    least_frames, standstill, frozen = BOUNDS[direction]

    for link in links:
        link.shape(direction, rate=WIDE, delay=20)
    # A link that comes between in the midst of a call is a change of its own, and not what this is about.
    settling = Observation(*(Sight(sight.viewer, sight.name) for sight in sights))
    assert settling.watch(60, lambda: all(sight.width == LARGEST for sight in settling.sights)), (
        f"the largest layers at {WIDE} bit/s: {[sight.heights() for sight in settling.sights]}")
    observation = Observation(*sights)
    try:
        observation.watch(5)
        narrow_since = observation.now
        for link in links:
            link.shape(direction, rate=NARROW)
        observation.watch(15)
        for sight in sights:
            assert sight.width < LARGEST, f"{sight!r} is still the largest layer: {sight.heights()}"
            frames = sight.grown("framesDecoded", since=narrow_since)
            assert frames >= least_frames, f"{sight!r}: {frames} frames in 15 s at {CAMERA['fps']} a second"
        for link in links:
            link.shape(direction, rate=WIDE)
        assert observation.watch(60, lambda: all(sight.width == LARGEST for sight in sights)), (
            f"the largest layers again: {[sight.heights() for sight in sights]}")
    finally:
        keep(directory, observation, links)
    for sight in sights:
        assert sight.longest_standstill() < standstill, f"{sight!r} stood still for {sight.longest_standstill()} s"
        seconds = sight.grown("totalFreezesDuration")
        assert seconds < frozen, f"{sight!r} was frozen for {seconds} s in {sight.grown('freezeCount')} freezes"


def test_a_receivers_link_narrows_and_widens(person, directory):
    """Chromium and Firefox, each behind a link of its own, receive from a third who has none."""
    ada = busy(person("Ada")).join(**CAMERA)
    viewers = [person("Ben", "chromium").join(cam=0, mic=0), person("Finn", "firefox").join(cam=0, mic=0)]
    for viewer in viewers:
        # Large enough for the largest layer.
        viewer.page.resize(1600, 1100)
        expect_sight_and_sound(viewer, ada)
    with ExitStack() as stack:
        links = [stack.enter_context(link_of(viewer)) for viewer in viewers]
        take_the_step("down", links, [Sight(viewer, "Ada") for viewer in viewers], directory)


def test_a_publishers_link_narrows_and_widens(person, directory):
    """Chromium and Firefox publish, each behind a link of its own; the third sees what arrives."""
    publishers = [busy(person("Ada", "chromium")).join(**CAMERA), busy(person("Fay", "firefox")).join(**CAMERA)]
    ben = person("Ben").join(cam=0, mic=0)
    ben.page.resize(2400, 1400)
    expect_sight_and_sound(ben, *publishers)
    with ExitStack() as stack:
        links = [stack.enter_context(link_of(publisher)) for publisher in publishers]
        take_the_step("up", links, [Sight(ben, publisher.name) for publisher in publishers], directory)


def test_a_publisher_learns_that_its_own_way_is_poor(person):
    """What the others see of her is Ada's connection's fault: her page says so, and theirs, until it has become better."""
    ada, ben = busy(person("Ada")).join(**CAMERA), person("Ben").join(cam=0, mic=0)
    ben.page.resize(2400, 1400)
    expect_sight_and_sound(ben, ada)
    told = """() => wire.received.filter(({ type, participant }) =>
      type === "connection-quality" && participant === roost.client.self.id).at(-1)?.quality ?? null"""
    mark = "() => [...document.querySelectorAll('.tile-quality:not([hidden])')].length"
    with link_of(ada) as link:
        link.shape("up", rate=WIDE, delay=20)
        sight = Sight(ben, "Ada")
        settling = Observation(sight)
        assert settling.watch(60, lambda: settling.sights[0].width == LARGEST), settling.sights[0].heights()
        link.shape("up", rate=250_000, delay=20)
        eventually(lambda: (ada.page.evaluate(told) or {}).get("level") in ("poor", "lost"), 30, "Ada is told")
        assert set(ada.page.evaluate(told)["reasons"]) & {"low-bandwidth", "uplink-loss"}, ada.page.evaluate(told)
        eventually(lambda: ada.page.evaluate(mark) == 1, 5, "her page shows it")
        eventually(lambda: ben.page.evaluate(mark) == 1, 5, "and Ben's")
        link.shape("up", rate=WIDE, delay=20)
        eventually(lambda: ada.page.evaluate(told)["level"] != "poor", 90, "it is over")
        eventually(lambda: ada.page.evaluate(mark) == 0, 5, "and shown no more")
