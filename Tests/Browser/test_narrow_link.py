"""A receiver whose link is too narrow: it gets less, in an order that makes sense, and the page says so."""

import pytest

from harness.link import Link
from harness.person import expect_sight_and_sound
from harness.waiting import eventually

WIDTH = "() => watch.received().then(({ Ada }) => Ada.person.video.frameWidth)"
NOTE = "() => watch.tileOf('Ada').querySelector('.tile-note').textContent"
PAUSED = "Paused to save bandwidth"

CAMERA = {"width": 960, "height": 540, "fps": 10}
LARGEST = CAMERA["width"]
# Bit/s. Ada's busy camera takes all that its layers may: the smallest well above 100 kbit/s, the largest some 1.5 Mbit/s. So
# there is room for a smaller picture; and then for none, but for her voice with its headers.
SMALLER_PICTURE, SOUND_ONLY = 500_000, 110_000


def decisions(server, room, name):
    """What somebody is sent and why, as the status API shows it."""
    return [slot.get("decision", "") for slot in server.participant(room, name)["media"]["downlinks"]]


def hears(person, name):
    """Whether sound of somebody comes from now on."""
    def energy():
        return person.received()[name]["person"]["audio"]["totalAudioEnergy"]

    start = energy()
    return eventually(lambda: energy() > start, 10, f"{person!r} hears {name}")


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_a_narrow_link_gets_a_smaller_picture_then_sound_only_and_recovers(person, server, room, screenshots, kind):
    ada = person("Ada")
    ada.page.before_load_file("busy-camera.js")
    ada.join(**CAMERA)
    ben = person("Ben", kind).join(cam=0, mic=0)
    cleo = person("Cleo").join(cam=0, mic=0)
    for viewer in (ben, cleo):
        # Each of three tiles is then too large for the middle layer.
        viewer.page.resize(1600, 1100)
    for viewer in (ben, cleo):
        eventually(lambda: viewer.page.evaluate(WIDTH) == LARGEST, 30, f"the largest layer at {viewer!r}")
    with Link(ben.page.evaluate("() => watch.connection().then(({ local }) => local.port)")) as link:
        link.shape("down", rate=SMALLER_PICTURE, delay=20)
        eventually(lambda: 0 < ben.page.evaluate(WIDTH) < LARGEST, 20, "a smaller layer at Ben")
        eventually(lambda: any("because the estimate is" in decision for decision in decisions(server, room, "Ben")), 10,
                   "the reason in the status")
        expect_sight_and_sound(ben, ada)
        assert cleo.page.evaluate(WIDTH) == LARGEST, "Cleo's link is as it was"

        link.shape("down", rate=SOUND_ONLY)
        eventually(lambda: ben.page.evaluate(NOTE) == PAUSED, 30, "the page says that the picture is paused")
        eventually(lambda: not ben.shows("Ada"), 3, "no frozen picture")
        assert any("paused because the estimate is" in decision for decision in decisions(server, room, "Ben"))
        ben.page.screenshot(str(screenshots / f"narrow-link-desktop-{kind}.png"))
        hears(ben, "Ada")
        assert cleo.page.evaluate(WIDTH) == LARGEST, "Cleo's link is as it was"

        link.shape("down", rate=None)
        eventually(lambda: ben.shows("Ada"), 30, "the picture is back")
        eventually(lambda: ben.page.evaluate(NOTE) == "", 5, "no words on it")
        eventually(lambda: ben.page.evaluate(WIDTH) == LARGEST, 60, "the largest layer is back")
        expect_sight_and_sound(ben, ada)
