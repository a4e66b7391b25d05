"""Somebody in a room, by way of the page that the server serves."""

import json
from urllib.parse import urlencode

from .waiting import eventually

# Two processors carry up to five people in the tests: small pictures, few of them.
PICTURE = {"width": 320, "height": 180, "fps": 10}


class Person:
    """A page, who sits in front of it, and what they see and hear."""

    def __init__(self, server, page, name, room):
        self.server = server
        self.page = page
        self.name = name
        self.room = room
        page.before_load_file("wire.js")
        page.before_load_file("watch.js")

    def __repr__(self):
        return f"{self.name} ({self.page.browser})"

    def paint(self, color, hertz):
        """Gives this person a camera of one colour and a microphone of one tone. Before the page is opened."""
        self.page.before_load(f"window.painted = {json.dumps({'color': color, 'hertz': hertz})};")
        self.page.before_load_file("painted-media.js")
        return self

    def address(self, **parameters):
        """The address of the room for this person."""
        query = {"name": self.name, **PICTURE, **parameters}
        return f"{self.server.base}/room/{self.room}?{urlencode(query)}"

    def begin_join(self, **parameters):
        """Opens the room's page, straight into the room."""
        self.page.goto(self.address(autojoin=1, **parameters))
        return self

    def join(self, timeout=20.0, **parameters):
        """Opens the room's page, and waits until media flow."""
        self.begin_join(**parameters)
        return self.wait_connected(timeout)

    def wait_connected(self, timeout=20.0):
        eventually(lambda: self.state() == "connected", timeout, f"{self!r}: connected (it is {self.state()})")
        return self

    def wait_preview(self):
        """In the lobby: waits until one sees oneself."""
        eventually(lambda: self.page.evaluate("() => document.querySelector(\"[data-testid='preview']\").videoWidth > 0"), 10,
                   f"{self!r}: the preview")

    def state(self):
        """The client's state."""
        return self.page.evaluate("() => window.roost?.client.state ?? 'no page'")

    def leave(self):
        """Presses the button."""
        self.page.click("dock-leave")
        eventually(lambda: self.state() == "left", 5, f"{self!r}: left")

    def received(self):
        """Figures of what is received: {name: {"person": {"audio": {…}, "video": {…}}}}."""
        return self.page.evaluate("() => watch.received()")

    def connection(self):
        """The transport: outbound streams, the selected pair and its candidates."""
        return self.page.evaluate("() => watch.connection()")

    def people(self):
        """The names of the others, sorted."""
        return sorted(self.page.evaluate("() => [...roost.client.participants.values()].map(({ name }) => name)"))

    def sent_messages(self, kind):
        """How many messages of a type this page has sent."""
        return self.page.evaluate("(kind) => wire.sent.filter(({ type }) => type === kind).length", kind)

    def color_of(self, name, kind="person"):
        return self.page.evaluate("(name, kind) => watch.colorOf(name, kind)", name, kind)

    def tone_of(self, name):
        return self.page.evaluate("(name) => watch.toneOf(name)", name)

    def shows(self, name, kind="person"):
        """Whether the tile of somebody shows a picture."""
        return self.page.evaluate("(name, kind) => watch.shows(name, kind)", name, kind)


def expect_sight_and_sound(receiver, *senders, timeout=25.0, frames=5):
    """Asserts that one sees and hears others now: frames decoded and audio energy *grow* from this moment on, and the
    page shows the picture."""
    names = [getattr(sender, "name", sender) for sender in senders]
    start = _progress(receiver, names)

    def grown():
        now = _progress(receiver, names)
        for name in names:
            decoded = now[name]["frames"] - start[name]["frames"]
            energy = now[name]["energy"] - start[name]["energy"]
            assert decoded >= frames, f"{receiver!r} decodes no picture of {name}: {start[name]} → {now[name]}"
            assert energy > 0, f"{receiver!r} hears nothing of {name}: {start[name]} → {now[name]}"
            assert receiver.shows(name), f"{receiver!r}: the tile of {name} shows no picture"
        return True

    eventually(grown, timeout, f"{receiver!r} sees and hears {', '.join(names)}", interval=0.5)


def expect_everybody_sees_everybody(people, timeout=40.0):
    """The same, for each of them."""
    for person in people:
        expect_sight_and_sound(person, *(other for other in people if other is not person), timeout=timeout)


def _progress(receiver, names):
    figures = receiver.received()
    result = {}
    for name in names:
        media = figures.get(name, {}).get("person", {})
        video, audio = media.get("video", {}), media.get("audio", {})
        result[name] = {
            "frames": video.get("framesDecoded", 0), "energy": audio.get("totalAudioEnergy", 0),
            "packets": [video.get("packetsReceived"), audio.get("packetsReceived")],
        }
    return result
