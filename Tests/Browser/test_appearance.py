"""What the page looks like at a desk, on a tablet and on a phone, by day and by night.

Each state is photographed for people (out/screenshots), and what can be measured is asserted on it: contrast, targets for
fingers, nothing cut off or covered (harness/js/appearance.js).
"""

import time

import pytest

from harness.chromium import Chromium
from harness.person import Person
from harness.waiting import eventually
from test_page import expect_everything_in_sight

SIZES = {"desktop": (1440, 900), "tablet": (820, 1180), "phone": (390, 844)}
SCREENS = {"desk": ["desktop"], "touch": ["tablet", "phone"]}

NAMES = ["Ben", "Cleo", "Dmitri Shostakovich-Rubinstein", "Eve", "Farid", "Grace", "Hana", "Ines", "Jo", "Kofi", "Lena",
         "Marguerite", "Noor", "Olu", "Pia"]
COLORS = [[200, 90, 60], [60, 120, 170], [90, 140, 70], None, [250, 250, 245], [20, 20, 24], [150, 90, 150]]
CROWD = [[name, COLORS[place % len(COLORS)]] for place, name in enumerate(NAMES)]

LONG_TEXTS = [
    "Good morning!",
    "The notes are at https://example.org/notes/2026/november/a-very-long-address-that-does-not-break-anywhere?page=1&part=2",
    "One paragraph that goes on for a while, as people do when they explain something: first what they saw, then what they "
    "think of it, and in the end what they would like everybody else to do about it before Friday.\n\nAnd a second one.",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
]


class Look:
    """Photographs a page at its sizes, by day and by night, and measures it."""

    def __init__(self, page, screen, screenshots):
        self.page, self.screen, self._screenshots = page, screen, screenshots
        self.faults = []

    def at(self, state, settle=None):
        for size in SCREENS[self.screen]:
            self.page.resize(*SIZES[size])
            if settle:
                settle()
            for dark in (False, True):
                self.page.appear(dark=dark)
                name = f"{state}-{size}-{'dark' if dark else 'light'}"
                # What glides or fades has come to rest.
                self.page.evaluate("() => new Promise((done) => setTimeout(done, 350))")
                self.page.screenshot(str(self._screenshots / f"{name}.png"))
                found = self.page.evaluate("(touch) => looks.faults({ touch })", self.screen == "touch")
                self.faults += [f"{name}: {fault}" for fault in found]
                expect_everything_in_sight(self.page, SIZES[size][0])

    def done(self):
        assert self.faults == []


@pytest.fixture(params=list(SCREENS))
def screen(request):
    return request.param


@pytest.fixture
def look(open_page, server, room, screen, screenshots):
    """Ada's window, not opened yet."""
    page = open_page("chromium", title="Ada", mobile=screen == "touch")
    page.before_load_file("appearance.js")
    page.resize(*SIZES[SCREENS[screen][0]])
    look = Look(page, screen, screenshots)
    look.ada = Person(server, page, "Ada", room)
    return look


@pytest.fixture
def crowd(open_page, server, room):
    """The others, all in one window."""
    page = open_page("chromium", title="crowd")
    page.before_load_file("crowd.js")
    page.goto(f"{server.base}/?cam=0&mic=0")

    def become(count):
        page.evaluate("(room, people) => crowd.become(room, people)", room, CROWD[:count])

    become.page = page
    return become


def _pictures(page, count):
    """Waits until so many tiles have a picture."""
    eventually(lambda: page.evaluate("() => document.querySelectorAll('li.tile.has-picture').length") >= count, 25,
               f"{count} pictures")


def _quiet(page):
    """Waits until no notice is shown, nor about to be: arrivals are gathered for 0.7 s."""
    time.sleep(0.8)
    eventually(lambda: page.evaluate("() => document.querySelectorAll('.toast').length") == 0, 15, "no toast")


def _reads(page, testid, words):
    """Waits until something says these words."""
    eventually(lambda: words in (page.text(testid) or ""), 10, f"{words!r} in {testid}")


def test_lobby(look):
    page = look.page
    page.goto(look.ada.address(width=640, height=360))
    look.ada.wait_preview()
    look.at("lobby")
    page.click("preview-camera")
    page.fill("name", "")
    page.click("join")
    look.at("lobby-no-name")
    look.done()


def test_what_keeps_one_out(look, server):
    """A camera that another program has, a name that is none, and a server that is gone."""
    page = look.page
    page.before_load("navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('busy', 'NotReadableError'); };")
    page.goto(look.ada.address())
    _reads(page, "device-problem", "The camera and microphone are in use by another program")
    look.at("lobby-busy")
    page.fill("room", "-?!")
    page.click("join")
    _reads(page, "join-error", "letters from a to z")
    server.stop()
    page.fill("room", "standup")
    page.click("join")
    _reads(page, "join-error", "The server cannot be reached. Check your network")
    look.at("lobby-unreachable")
    look.done()


def test_few_and_many(look, crowd):
    """One alone, two, five, sixteen; then what opens beside them."""
    page = look.page
    look.ada.join(width=640, height=360)
    look.at("alone")
    for others, shown in ((1, 2), (4, 4), (15, 12)):
        crowd(others)
        _pictures(page, shown)
        _quiet(page)
        look.at(f"{others + 1}-people")
    page.click("dock-people")
    look.at("16-people-list")
    page.click("dock-people")
    crowd(4)
    eventually(lambda: page.evaluate("() => document.querySelectorAll('li.tile').length") == 5, 15, "five")
    # Those who go are named together, as those who come are.
    _reads(page, "toast", "others left.")
    look.at("toasts")
    page.click("dock-devices")
    look.at("devices")
    page.click("dock-devices")
    look.done()


ON_STAGE = "() => document.querySelector('li.tile.on-stage .tile-label')?.textContent ?? null"


def test_somebody_is_shown_large(look, crowd):
    """By a tap on a tile that is too small for a symbol, and by a button in the list, which keyboards and screen readers
    reach."""
    page = look.page
    look.ada.join(width=640, height=360)
    crowd(11)
    _pictures(page, 8)
    if look.screen == "touch":
        page.resize(*SIZES["phone"])
        eventually(lambda: page.evaluate("() => watch.tileOf('Cleo').classList.contains('small')"), 5, "a small tile")
        hit = page.evaluate(
            """() => {
              const { left, top, width, height } = watch.tileOf("Cleo").getBoundingClientRect();
              const button = document.elementFromPoint(left + width / 2, top + height / 2).closest("button");
              button?.click();
              return button?.getAttribute("aria-label") ?? null;
            }""")
        assert hit == "Show Cleo large"
        eventually(lambda: page.evaluate(ON_STAGE) == "Cleo", 5, "Cleo on the stage")
        _quiet(page)
        look.at("large")
        page.resize(*SIZES["phone"])
        page.evaluate("() => watch.tileOf('Cleo').querySelector('button[aria-pressed=\"true\"]').click()")
        eventually(lambda: page.evaluate(ON_STAGE) is None, 5, "nobody on the stage")
    for name, label in (("Ben", "Ben"), (None, "Ben")):
        page.click("dock-people")
        look.at("people-pin" if name else "people-pinned")
        page.evaluate("(label) => document.querySelector(`#people button[aria-label='Show ${label} large']`).click()", label)
        eventually(lambda: page.evaluate(ON_STAGE) == name, 5, f"{name} on the stage")
        # Where the list lies over the pictures, it makes room for what was asked for.
        if (page.text("people") is None) != (look.screen == "touch"):
            pytest.fail("the list of people")
        if look.screen == "desk":
            page.click("dock-people")
    look.done()


def test_chat_with_long_texts(look, crowd):
    page = look.page
    look.ada.join(width=640, height=360)
    crowd(3)
    _pictures(page, 4)
    page.click("dock-chat")
    look.at("chat-empty")
    for place, text in enumerate(LONG_TEXTS):
        crowd.page.evaluate("(place, text) => crowd.send(place, text)", place % 3, text)
    me = page.evaluate("() => roost.client.self.id")
    crowd.page.evaluate("(me) => crowd.send(2, 'Only for you: the code changes.', { to: me })", me)
    page.fill("chat-field", "My own answer, which is long enough for more than one line, however wide the panel is.")
    page.click("chat-send")
    eventually(lambda: page.evaluate("() => document.querySelectorAll('.chat-text').length") == 6, 10, "six messages")
    page.fill("chat-field", "A line that is being written,\nand another,\nand a third.")
    look.at("chat", settle=lambda: page.evaluate(
        "() => { const list = document.querySelector('.chat-list'); list.scrollTop = list.scrollHeight; }"))
    look.done()


def test_screen_share(look, crowd):
    page = look.page
    look.ada.join(width=640, height=360)
    crowd(4)
    _pictures(page, 4)
    crowd.page.evaluate(
        """async () => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 960, height: 600 });
          const context = canvas.getContext("2d");
          setInterval(() => {
            context.fillStyle = "#ffffff";
            context.fillRect(0, 0, 960, 600);
            context.fillStyle = "#222222";
            context.font = "28px sans-serif";
            for (let line = 0; line < 14; line += 1) {
              context.fillText(`${line + 1}  What is written on a screen`, 24, 44 + line * 40);
            }
            context.fillRect((performance.now() / 20) % 960, 590, 8, 8);
          }, 200);
          await crowd.member(1).publishTrack(canvas.captureStream(5).getVideoTracks()[0], { source: "screen" });
        }""")
    eventually(lambda: look.ada.shows("Cleo", "screen"), 20, "the screen")
    _quiet(page)
    look.at("screen")
    look.done()


SAY = """(message) => wire.sockets.at(-1).dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }))"""


def test_what_does_not_go_well(look, crowd):
    """Poor connections, one's own and another's, pictures that are withheld, and a line that is cut."""
    page = look.page
    look.ada.join(width=640, height=360)
    crowd(4)
    _pictures(page, 4)
    ids = page.evaluate("() => ({ self: roost.client.self.id, others: [...roost.client.participants.keys()] })")
    for participant, level, reasons in ((ids["self"], "poor", ["uplink-loss", "high-round-trip"]),
                                        (ids["others"][0], "poor", ["downlink-loss"]), (ids["others"][1], "lost", [])):
        page.evaluate(SAY, {"type": "connection-quality", "participant": participant,
                            "quality": {"score": 1.5, "level": level, "reasons": reasons}})
    _quiet(page)
    page.evaluate(
        """(id) => {
          const { mid, track } = roost.client.slots.assigned
            .find(({ source, participant }) => source === "camera" && participant === id);
          const data = JSON.stringify({ type: "track-paused", mid, track, participant: id, reason: "bandwidth" });
          wire.sockets.at(-1).dispatchEvent(new MessageEvent("message", { data }));
        }""", ids["others"][0])
    look.at("poor")
    # The list has the number, and what is wrong where it is not good.
    page.evaluate(SAY, {"type": "connection-quality", "participant": ids["others"][2],
                        "quality": {"score": 3.4, "level": "fair", "reasons": ["jitter"]}})
    page.evaluate(SAY, {"type": "connection-quality", "participant": ids["others"][3],
                        "quality": {"score": 4.41, "level": "good", "reasons": []}})
    assert page.evaluate("() => [...document.querySelectorAll('.tile-quality:not([hidden])')].length") == 3, "not of a fair one"
    page.click("dock-people")
    rows = page.evaluate(
        """() => [...document.querySelectorAll("[data-testid='person']")].map((row) => [
             row.querySelector(".people-name > span").textContent,
             row.querySelector("small").textContent.replace(/(, )?speaking$/, ""),
             row.querySelector("[data-testid='score']")?.textContent ?? null])""")
    assert rows == [
        ["Ada (you)", "Poor connection: losing packets on the way up and long delays", "connection 1.5 of 5"],
        ["Ben", "Poor connection: losing packets on the way down", "connection 1.5 of 5"],
        ["Cleo", "Connection lost", "connection 1.5 of 5"],
        ["Dmitri Shostakovich-Rubinstein", "Fair connection: uneven delays", "connection 3.4 of 5"],
        ["Eve", "", "connection 4.4 of 5"],
    ]
    look.at("poor-list")
    look.done()


def test_a_server_that_is_gone(look, crowd, server, room):
    page = look.page
    look.ada.join(width=640, height=360)
    crowd(1)
    _pictures(page, 2)
    server.stop()
    eventually(lambda: look.ada.state() == "reconnecting", 10, "reconnecting")
    look.at("reconnecting")
    server.start()
    look.ada.wait_connected(30)
    server.delete(f"/api/v1/rooms/{room}?message=The%20meeting%20is%20over.%20Thank%20you%20all%20for%20coming.")
    eventually(lambda: look.ada.state() == "lost", 5, "Ada is told")
    look.at("lost")
    page.evaluate("() => [...document.querySelectorAll('dialog button')].at(-1).click()")
    look.at("goodbye")
    look.done()


class TestFullRoom:
    @pytest.fixture
    def server_options(self):
        return ["--rooms-participants", "1"]

    def test_the_lobby_says_so(self, look, crowd):
        crowd(1)
        page = look.page
        page.goto(look.ada.address(width=640, height=360))
        page.click("join")
        eventually(lambda: page.text("join-error"), 10, "a word on the full room")
        look.at("lobby-room-full")
        look.done()


def test_denied_devices(server, room, screen, screenshots):
    chromium = Chromium(print, ["--use-fake-device-for-media-stream", "--deny-permission-prompts"])
    try:
        page = chromium.new_page(title="Ada", mobile=screen == "touch")
        page.before_load_file("appearance.js")
        look = Look(page, screen, screenshots)
        ada = Person(server, page, "Ada", room)
        page.goto(ada.address())
        eventually(lambda: "blocks" in (page.text("device-problem") or ""), 10, "a word on the devices")
        look.at("lobby-denied")
        page.click("join")
        ada.wait_connected()
        look.at("room-denied")
        look.done()
    finally:
        chromium.close()


def test_the_focus_is_seen(look, crowd):
    """Whatever the keyboard reaches shows that it has the focus, by day and by night."""
    page = look.page
    faults = []

    def walk(state):
        for dark in (False, True):
            page.appear(dark=dark)
            for _ in range(24):
                page.press("Tab")
                faults.append((state, dark, page.evaluate("() => looks.focusFault()")))

    page.goto(look.ada.address(width=640, height=360))
    walk("lobby")
    page.click("join")
    look.ada.wait_connected()
    crowd(2)
    _pictures(page, 3)
    page.click("dock-chat")
    walk("room")
    assert [fault for fault in faults if fault[2]] == []
