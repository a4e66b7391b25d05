"""A receiver whose link is too narrow: it gets less, in an order that makes sense, and the page says so."""

from harness.namespace import Firewall
from harness.person import expect_sight_and_sound
from harness.waiting import eventually

WIDTH = "() => watch.received().then(({ Ada }) => Ada.person.video.frameWidth)"


def decision(server, room, name):
    slots = server.participant(room, name)["media"]["downlinks"]
    return next(slot.get("decision", "") for slot in slots if "decision" in slot and "kbit" in str(slot) or slot.get("rid")
                or slot["paused"])


def test_a_narrow_link_gets_a_smaller_picture_then_sound_only_and_recovers(person, server, room):
    ada = person("Ada").join(width=1280, height=720)
    ben = person("Ben").join(cam=0, mic=0)
    cleo = person("Cleo").join(cam=0, mic=0)
    for viewer in (ben, cleo):
        viewer.page.resize(1280, 900)
    for viewer in (ben, cleo):
        eventually(lambda: viewer.page.evaluate(WIDTH) == 1280, 60, f"the largest layer at {viewer!r}")
    port = ben.page.evaluate("() => watch.connection().then(({ local }) => local.port)")
    with Firewall() as firewall:
        firewall.limit_udp(port, 450)
        eventually(lambda: ben.page.evaluate(WIDTH) in (320, 640), 30, "a smaller layer at Ben")
        assert "because the estimate is" in decision(server, room, "Ben"), decision(server, room, "Ben")
        assert cleo.page.evaluate(WIDTH) == 1280, "Cleo's link is as it was"
        expect_sight_and_sound(ben, ada)

        firewall.lift()
        firewall.limit_udp(port, 60)
        note = "() => [...document.querySelectorAll('.tile-note')].map(({ textContent }) => textContent).join()"
        eventually(lambda: "Paused to save bandwidth" in ben.page.evaluate(note), 40, "the page says so")
        assert not ben.shows("Ada"), "a frozen picture"
        energy = ben.received()["Ada"]["person"]["audio"]["totalAudioEnergy"]
        eventually(lambda: ben.received()["Ada"]["person"]["audio"]["totalAudioEnergy"] > energy, 10, "sound goes on")
        assert "paused because the estimate is" in decision(server, room, "Ben")

        firewall.lift()
        eventually(lambda: ben.shows("Ada"), 60, "the picture is back")
        eventually(lambda: ben.page.evaluate(WIDTH) == 1280, 90, "the largest layer is back")
        assert "Paused" not in ben.page.evaluate(note)
