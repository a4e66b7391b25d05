"""The page itself: what it looks like, how one gets in and out, and what it says when something is wrong."""

import pytest

from harness.chromium import Chromium
from harness.person import Person, expect_everybody_sees_everybody, expect_sight_and_sound
from harness.waiting import eventually

DESKTOP, PHONE = (1280, 800), (390, 844)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_screenshots(person, screenshots, size, dark):
    """Lobby and room as a person sees them; kept for people to look at."""
    suffix = f"{'phone' if size == PHONE else 'desktop'}-{'dark' if dark else 'light'}.png"
    ben = person("Ben").join(width=640, height=360)
    cleo = person("Cleo").join(width=640, height=360)
    ada = person("Ada", dark=dark, mobile=size == PHONE)
    ada.page.resize(*size)
    ada.page.goto(ada.address(width=640, height=360))
    ada.wait_preview()
    ada.page.screenshot(str(screenshots / f"lobby-{suffix}"))
    expect_everything_in_sight(ada.page, size[0])
    ada.page.click("join")
    ada.wait_connected()
    expect_sight_and_sound(ada, ben, cleo)
    ada.page.screenshot(str(screenshots / f"room-{suffix}"))
    expect_everything_in_sight(ada.page, size[0])
    ada.page.click("dock-people")
    expect_everything_in_sight(ada.page, size[0])
    assert "Cleo" in ada.page.text("people")
    ada.page.screenshot(str(screenshots / f"people-{suffix}"))
    ada.page.click("dock-people")
    expect_everything_in_sight(ada.page, size[0])
    ada.leave()
    eventually(lambda: ada.page.text("goodbye"), 5, "the goodbye")
    expect_everything_in_sight(ada.page, size[0])
    ada.page.screenshot(str(screenshots / f"goodbye-{suffix}"))


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_tiles_stay_on_the_floor_whatever_its_size(person, directory, kind):
    """The list of people takes its room at once, and so does a smaller window: no tile is cut off meanwhile."""
    ada = person("Ada", kind)
    ada.page.resize(*DESKTOP)
    ada.join()
    person("Ben").join()
    eventually(lambda: ada.page.evaluate("() => document.querySelectorAll('li.tile').length") == 2, 10, "two tiles")
    for size in (DESKTOP, (900, 700), PHONE, (844, 390), DESKTOP):
        ada.page.resize(*size)
        for _ in range(2):
            expect_everything_in_sight(ada.page, size[0])
            ada.page.click("dock-people")
        ada.page.screenshot(str(directory / f"{size[0]}x{size[1]}.png"))


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_in_through_the_lobby(person, server, room, kind):
    ada = person("Ada", kind)
    ada.page.goto(server.base + "/")
    eventually(lambda: ada.page.text("lobby"), 10, "the lobby")
    ada.page.fill("name", "")
    ada.page.fill("room", room)
    ada.page.click("join")
    eventually(lambda: ada.page.text("join-error"), 5, "a word on the missing name")
    ada.page.fill("name", "Ada")
    ada.page.click("join")
    ada.wait_connected()
    assert ada.page.evaluate("() => location.pathname") == f"/room/{room}"
    assert server.participant(room, "Ada")["state"] == "connected"
    ada.leave()


def test_a_shared_screen_is_seen_and_ends(person):
    ada = person("Ada").join()
    ben = person("Ben", "firefox").join()
    expect_everybody_sees_everybody([ada, ben])
    ada.page.click("dock-share")
    eventually(lambda: ben.shows("Ada", "screen"), 20, "Ben sees Ada's screen")
    start = ben.received()["Ada"]["screen"]["video"]["framesDecoded"]
    eventually(lambda: ben.received()["Ada"]["screen"]["video"]["framesDecoded"] > start, 15, "the screen goes on")
    expect_sight_and_sound(ben, ada)
    ada.page.click("dock-share")
    eventually(lambda: not ben.page.evaluate("() => watch.tileOf('Ada', 'screen') !== null"), 10, "the screen is gone")
    expect_everybody_sees_everybody([ada, ben])


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_a_shared_screen_is_sent_small_too(person, server, room, kind):
    """Sharp where it is shown large, and in half its size where it is small or there is no room."""
    ada = person("Ada", kind).join(cam=0, mic=0)
    ben = person("Ben").join(cam=0, mic=0)
    ben.page.resize(1600, 1000)
    ada.page.evaluate(
        """async () => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
          const context = canvas.getContext("2d");
          let line = 0;
          setInterval(() => {
            context.fillStyle = ["#fff", "#eee", "#ffd"][line % 3];
            context.fillRect(0, 0, 1280, 720);
            context.fillStyle = "#000";
            context.fillText(`line ${line++}`, 40, 40 + (line % 30) * 20);
          }, 100);
          await roost.client.publishTrack(canvas.captureStream(10).getVideoTracks()[0], { source: "screen" });
        }""")
    eventually(lambda: ben.shows("Ada", "screen"), 20, "Ben sees Ada's screen")
    height = "() => watch.received().then(({ Ada }) => Ada.screen.video.frameHeight)"
    eventually(lambda: ben.page.evaluate(height) == 720, 30, "the whole screen at Ben")
    uplink = next(track for track in server.participant(room, "Ada")["media"]["uplinks"] if track["codec"] == "VP8")
    assert {layer["rid"] for layer in uplink["layers"]} == {"h", "f"}
    ben.page.resize(400, 500)
    eventually(lambda: ben.page.evaluate(height) == 360, 30, "the small one at Ben")


def test_the_browsers_own_stop_button(person):
    """The track of the screen ends without the page's doing."""
    ada = person("Ada")
    ada.page.before_load(
        """{
          const original = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getDisplayMedia = async (options) => (window.shared = await original(options));
        }""")
    ada.join()
    ben = person("Ben").join()
    ada.page.click("dock-share")
    eventually(lambda: ben.shows("Ada", "screen"), 20, "Ben sees Ada's screen")
    ada.page.evaluate(
        "() => { const [track] = shared.getVideoTracks(); track.stop(); track.dispatchEvent(new Event('ended')); }")
    eventually(lambda: not ben.page.evaluate("() => watch.tileOf('Ada', 'screen') !== null"), 10, "the screen is gone")
    assert ada.page.evaluate("() => roost.client.publications.has('screen')") is False


class TestWithoutDevices:
    """Browsers without fake devices, or without the permission to use them: one hears and sees, and reads why not more."""

    @pytest.mark.parametrize("devices, word, picture", [
        (["--use-fake-device-for-media-stream", "--deny-permission-prompts"], "blocks", "denied"),
        (["--use-fake-ui-for-media-stream"], "found", "no-device"),
    ], ids=["permission-denied", "no-device"])
    def test_the_lobby_says_so_and_lets_one_in(self, server, room, person, screenshots, devices, word, picture):
        ben = person("Ben", "firefox").join()
        chromium = Chromium(print, devices)
        try:
            ada = Person(server, chromium.new_page(title="Ada"), "Ada", room)
            ada.page.resize(*DESKTOP)
            ada.page.goto(ada.address())
            eventually(lambda: word in (ada.page.text("device-problem") or ""), 10, "a word on the devices")
            ada.page.screenshot(str(screenshots / f"lobby-{picture}.png"))
            ada.page.click("join")
            ada.wait_connected()
            expect_sight_and_sound(ada, ben)
            eventually(lambda: ben.people() == ["Ada"], 5, "Ben knows of Ada")
            ada.page.screenshot(str(screenshots / f"room-{picture}.png"))
        finally:
            chromium.close()


def test_a_device_that_is_pulled_out(person):
    ada = person("Ada").join()
    ben = person("Ben").join()
    expect_everybody_sees_everybody([ada, ben])
    # The camera's track ends, and no other camera answers.
    ada.page.evaluate(
        """() => {
          navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("gone", "NotFoundError"); };
          const track = roost.media.camera.track;
          track.stop();
          track.dispatchEvent(new Event("ended"));
        }""")
    eventually(lambda: "unplugged" in ada.page.evaluate("() => document.body.innerText"), 5, "a word on the camera")
    eventually(lambda: not ben.shows("Ada"), 10, "Ben sees the avatar instead of a still")
    expect_sight_and_sound(ada, ben)


def test_the_room_that_is_gone_says_so(person, server, room):
    """An operator closes the room: everybody reads it, nobody comes back by themselves."""
    ada = person("Ada").join()
    status, _ = server.delete(f"/api/v1/rooms/{room}?message=The%20meeting%20is%20over.")
    assert status == 204
    eventually(lambda: ada.state() == "lost", 5, "Ada is told")
    eventually(lambda: "The meeting is over." in ada.page.evaluate("() => document.body.innerText"), 5, "the sentence")


def expect_everything_in_sight(page, width):
    """No button or field sticks out at the sides of a window of that width, no tile at any side of the floor."""
    sticking_out = page.evaluate(
        """async (width) => {
          // Two frames: by the second everything that was changed before is laid out.
          for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
          const floor = document.getElementById("floor").getBoundingClientRect();
          const bounds = (node) => node.matches("li.tile, .invitation") ? floor
            : { left: 0, right: width, top: -Infinity, bottom: Infinity };
          return [...document.querySelectorAll("button, input, select, li.tile, .invitation")]
            .filter((node) => node.checkVisibility())
            .map((node) => [node.dataset.testid ?? node.id, node.getBoundingClientRect(), bounds(node)])
            .filter(([, box, { left, right, top, bottom }]) =>
              box.left < left - 1 || box.right > right + 1 || box.top < top - 1 || box.bottom > bottom + 1)
            .map(([name, box, limits]) => [name, box.toJSON(), limits]);
        }""", width)
    assert sticking_out == []


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_what_the_server_withholds_is_told_instead_of_a_frozen_picture(person, kind):
    ada = person("Ada").join()
    ben = person("Ben", kind).join()
    expect_sight_and_sound(ben, ada)
    # As the server says it; what makes it say so is another test's business.
    say = """(type, reason) => {
      const { mid, track, participant } = roost.client.slots.assigned.find(({ source }) => source === "camera");
      const data = JSON.stringify({ type, mid, track, participant, reason });
      wire.sockets.at(-1).dispatchEvent(new MessageEvent("message", { data }));
    }"""
    note = "() => watch.tileOf('Ada').querySelector('.tile-note').textContent"
    for reason, words in (("bandwidth", "Paused to save bandwidth"), ("server-load", "Paused: the server is busy")):
        ben.page.evaluate(say, "track-paused", reason)
        eventually(lambda: not ben.shows("Ada"), 5, "the picture is taken away")
        assert ben.page.evaluate(note) == words
        ben.page.evaluate(say, "track-resumed", None)
        eventually(lambda: ben.shows("Ada"), 10, "the next frame is shown")
        assert ben.page.evaluate(note) == ""
