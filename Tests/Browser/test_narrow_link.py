"""A receiver whose link is too narrow: it gets less, in an order that makes sense, and the page says so."""

from harness.namespace import Firewall
from harness.person import expect_sight_and_sound
from harness.waiting import eventually

WIDTH = "() => watch.received().then(({ Ada }) => Ada.person.video.frameWidth)"
NOTES = "() => [...document.querySelectorAll('.tile-note')].map(({ textContent }) => textContent).filter(Boolean)"
NOTE = "Paused to save bandwidth"

# Ada's layers take about 400, 190 and 90 kbit/s, her voice 65. So there is room for the two smaller pictures; and then for
# none, but for the voice with its headers.
SMALLER_PICTURE = 320
SOUND_ONLY = 92


def picture(server, room, name):
    """The slot for the only picture there is, as the status API shows it."""
    slots = server.participant(room, name)["media"]["downlinks"]
    return next(slot for slot in slots if slot.get("decision") and (slot.get("rid") or slot["paused"]))


def hears(person, name):
    """Whether sound of somebody comes from now on."""
    def energy():
        return person.received()[name]["person"]["audio"]["totalAudioEnergy"]

    start = energy()
    return eventually(lambda: energy() > start, 10, f"{person!r} hears {name}")


def test_a_narrow_link_gets_a_smaller_picture_then_sound_only_and_recovers(person, server, room, screenshots):
    ada = person("Ada").join(width=1280, height=720)
    ben = person("Ben").join(cam=0, mic=0)
    cleo = person("Cleo").join(cam=0, mic=0)
    for viewer in (ben, cleo):
        # Each of three tiles is then too large for the middle layer.
        viewer.page.resize(1600, 1100)
    for viewer in (ben, cleo):
        eventually(lambda: viewer.page.evaluate(WIDTH) == 1280, 45, f"the largest layer at {viewer!r}")
    port = ben.page.evaluate("() => watch.connection().then(({ local }) => local.port)")
    with Firewall() as firewall:
        firewall.limit_udp(port, SMALLER_PICTURE)
        eventually(lambda: ben.page.evaluate(WIDTH) in (320, 640), 30, "a smaller layer at Ben")
        eventually(lambda: "because the estimate is" in picture(server, room, "Ben")["decision"], 30, "the reason in the status")
        expect_sight_and_sound(ben, ada)
        assert cleo.page.evaluate(WIDTH) == 1280, "Cleo's link is as it was"

        firewall.lift()
        firewall.limit_udp(port, SOUND_ONLY)
        eventually(lambda: NOTE in ben.page.evaluate(NOTES), 60, "the page says that the picture is paused")
        eventually(lambda: not ben.shows("Ada"), 3, "no frozen picture")
        assert "paused because the estimate is" in picture(server, room, "Ben")["decision"]
        ben.page.screenshot(str(screenshots / "narrow-link-desktop.png"))
        ben.page.resize(390, 844)
        hears(ben, "Ada")
        ben.page.screenshot(str(screenshots / "narrow-link-phone.png"))
        ben.page.resize(1600, 1100)
        assert cleo.page.evaluate(WIDTH) == 1280, "Cleo's link is as it was"

        firewall.lift()
        eventually(lambda: ben.shows("Ada"), 60, "the picture is back")
        assert ben.page.evaluate(NOTES) == []
        eventually(lambda: ben.page.evaluate(WIDTH) == 1280, 90, "the largest layer is back")
        expect_sight_and_sound(ben, ada)
