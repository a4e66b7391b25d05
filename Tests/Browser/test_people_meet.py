"""People in a room see and hear each other, whatever browser they have and in whichever order they come."""

import time

import pytest

from harness.person import expect_everybody_sees_everybody, expect_sight_and_sound
from harness.waiting import eventually


@pytest.mark.parametrize("first, second", [
    ("chromium", "chromium"), ("chromium", "firefox"), ("firefox", "chromium"), ("firefox", "firefox"),
])
def test_two(person, server, room, first, second):
    ada = person("Ada", first).join()
    ben = person("Ben", second).join()
    expect_everybody_sees_everybody([ada, ben])
    assert ada.people() == ["Ben"] and ben.people() == ["Ada"]
    for name in ("Ada", "Ben"):
        media = server.participant(room, name)["media"]
        assert media["ice"] == "connected" and media["dtls"] == "connected"


def test_five_of_both_kinds(person, directory):
    kinds = ["chromium", "firefox", "chromium", "firefox", "chromium"]
    people = [person(name, kind).join(timeout=40) for name, kind in zip(["Ada", "Ben", "Cleo", "Dan", "Eve"], kinds)]
    expect_everybody_sees_everybody(people, timeout=60)
    people[0].page.resize(1280, 800)
    people[0].page.screenshot(str(directory / "five.png"))


@pytest.mark.parametrize("late", ["chromium", "firefox"])
def test_a_late_joiner_sees_video_within_two_seconds(person, late):
    ada = person("Ada").join()
    ben = person("Ben").join()
    expect_everybody_sees_everybody([ada, ben])
    time.sleep(6)  # well past the first keyframes
    cleo = person("Cleo", late)
    # The page is loaded first; what counts is the time from the join to the pictures.
    cleo.page.goto(cleo.address())
    eventually(lambda: cleo.page.evaluate("() => roost.media.camera.track !== null"), 15, "Cleo's camera")
    seconds = cleo.page.evaluate(
        """async () => {
          const began = performance.now();
          document.querySelector("[data-testid='join']").click();
          while (performance.now() - began < 15000) {
            if (watch.shows("Ada") && watch.shows("Ben")) return (performance.now() - began) / 1000;
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          return null;
        }""")
    assert seconds is not None, "no picture within 15 s"
    assert seconds < 2.0, f"the pictures came after {seconds:.2f} s"
    expect_sight_and_sound(cleo, ada, ben)


def test_a_large_picture_arrives_large(person, server, room):
    """Browsers send more than their smallest layer only when the server's feedback says that there is room for it."""
    ada = person("Ada").join(width=1280, height=720)
    ben = person("Ben").join(cam=0, mic=0)
    ben.page.resize(1280, 900)
    expect_sight_and_sound(ben, ada)
    width = "() => watch.received().then(({ Ada }) => Ada.person.video.frameWidth)"
    eventually(lambda: ben.page.evaluate(width) == 1280, 45, "the largest layer at Ben")
    camera = next(track for track in server.participant(room, "Ada")["media"]["uplinks"] if track["codec"] == "VP8")
    assert {layer["rid"] for layer in camera["layers"]} == {"q", "h", "f"}
    assert [layer["rid"] for layer in camera["layers"] if layer["forwarded"]] == ["f"]
    before = ben.received()["Ada"]["person"]["video"]["framesDecoded"]
    eventually(lambda: ben.received()["Ada"]["person"]["video"]["framesDecoded"] > before + 10, 10, "it goes on")


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
@pytest.mark.parametrize("size, rids", [((640, 360), {"h", "f"}), ((320, 180), {None})], ids=["640x360", "320x180"])
def test_a_small_camera_arrives_in_its_full_size(person, server, room, kind, size, rids):
    """Chromium leaves out the largest encodings of a small picture, so there must not be more than it sends."""
    width, height = size
    ada = person("Ada", kind).join(width=width, height=height)
    ben = person("Ben").join(cam=0, mic=0)
    expect_sight_and_sound(ben, ada)
    received = "() => watch.received().then(({ Ada: { person: { video } } }) => [video.frameWidth, video.frameHeight])"
    eventually(lambda: ben.page.evaluate(received) == [width, height], 30, "the whole picture at Ben")
    camera = next(track for track in server.participant(room, "Ada")["media"]["uplinks"] if track["codec"] == "VP8")
    assert {layer.get("rid") for layer in camera["layers"]} == rids


def test_another_camera_is_fitted_to_the_encodings_there_are(person):
    """A large camera is sent in three sizes; the small one that replaces it still arrives whole, and so does a large
    one after that."""
    ada = person("Ada").join(width=1280, height=720)
    ben = person("Ben").join(cam=0, mic=0)
    ben.page.resize(1280, 900)
    expect_sight_and_sound(ben, ada)
    for width, height in ((640, 360), (320, 180), (1280, 720)):
        ada.page.evaluate(
            """async (width, height) => {
              const video = { width: { exact: width }, height: { exact: height }, frameRate: 10 };
              const stream = await navigator.mediaDevices.getUserMedia({ video });
              await roost.client.replaceTrack("camera", stream.getVideoTracks()[0]);
            }""", width, height)
        received = "() => watch.received().then(({ Ada }) => Ada.person.video.frameWidth)"
        eventually(lambda: ben.page.evaluate(received) == width, 45, f"the {width} pixels at Ben")
        if width == 320:
            time.sleep(6)
    # Sizes that the small ones had not got are no sign of a poor connection.
    told = ben.page.evaluate("() => wire.received.filter(({ type }) => type === 'connection-quality')")
    assert not [message for message in told if "low-bandwidth" in message["quality"]["reasons"]], told


def test_a_size_that_rested_while_there_was_a_small_camera_wakes(person):
    """Small tiles are enough for everybody while a small camera is sent; then a large one is, and somebody looks closely."""
    ada = person("Ada").join(width=1280, height=720)
    ben = person("Ben").join(cam=0, mic=0)
    ben.page.resize(1280, 900)
    expect_sight_and_sound(ben, ada)
    replace = """async (width, height) => {
      const video = { width: { exact: width }, height: { exact: height }, frameRate: 10 };
      const stream = await navigator.mediaDevices.getUserMedia({ video });
      await roost.client.replaceTrack("camera", stream.getVideoTracks()[0]);
    }"""
    needed = "() => wire.received.filter(({ type }) => type === 'publisher-layers').at(-1)?.rids"
    ada.page.evaluate(replace, 320, 180)
    ben.page.resize(300, 240)
    eventually(lambda: ada.page.evaluate(needed) == ["q"], 20, "only the smallest is needed")
    ada.page.evaluate(replace, 1280, 720)
    time.sleep(1)
    ben.page.resize(1280, 900)
    received = "() => watch.received().then(({ Ada }) => Ada.person.video.frameWidth)"
    eventually(lambda: ben.page.evaluate(received) == 1280, 45, "the whole picture at Ben")


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_leave_and_come_back(person, server, room, kind):
    ada = person("Ada").join()
    ben = person("Ben", kind).join()
    expect_everybody_sees_everybody([ada, ben])
    ben.leave()
    eventually(lambda: ada.people() == [], 5, "Ada is alone")
    assert server.room(room)["participantCount"] == 1
    ben.join()
    expect_everybody_sees_everybody([ada, ben])


def test_a_closed_window_is_gone_at_once(person):
    ada = person("Ada").join()
    ben = person("Ben").join()
    expect_sight_and_sound(ada, ben)
    ben.page.goto("about:blank")
    eventually(lambda: ada.people() == [], 10, "Ada is alone")  # a lost connection would be waited for 20 s


def test_muting_is_told_and_stops_sound_and_picture(person):
    ada = person("Ada").join()
    ben = person("Ben").join()
    expect_everybody_sees_everybody([ada, ben])
    ben.page.click("dock-camera")
    eventually(lambda: not ada.shows("Ben"), 5, "Ben's picture is gone at Ada")
    ben.page.click("dock-microphone")
    muted = "() => [...roost.client.participants.values()][0].tracks.map(({ source, muted }) => `${source}:${muted}`).sort()"
    eventually(
        lambda: ada.page.evaluate(muted) == ["camera:true", "microphone:true"], 5, "Ada is told that Ben is muted")
    ben.page.click("dock-camera")
    ben.page.click("dock-microphone")
    expect_sight_and_sound(ada, ben)


def test_a_picture_is_sent_as_large_as_it_is_seen(person, server, room):
    """Ben's window is small: he gets a small layer, and Ada need not send the others. It grows, and he gets a large one."""
    ada = person("Ada").join(width=1280, height=720)
    ben = person("Ben").join(cam=0, mic=0)
    ben.page.resize(1280, 900)
    width = "() => watch.received().then(({ Ada }) => Ada.person.video.frameWidth)"
    eventually(lambda: ben.page.evaluate(width) == 1280, 45, "the largest layer at Ben")
    ben.page.resize(400, 300)
    eventually(lambda: ben.page.evaluate(width) == 320, 10, "the smallest layer at Ben")
    slot = next(slot for slot in server.participant(room, "Ben")["media"]["downlinks"] if slot.get("rid"))
    assert slot["rid"] == "q" and "180p because the picture is shown at" in slot["decision"], slot
    active = """() => Object.fromEntries(roost.client.peerConnection.getSenders()
      .flatMap((sender) => sender.getParameters().encodings.filter(({ rid }) => rid))
      .map(({ rid, active }) => [rid, active]))"""
    eventually(lambda: ada.page.evaluate(active) == {"q": True, "h": False, "f": False}, 12, "Ada sends less")
    ben.page.resize(1280, 900)
    eventually(lambda: ben.page.evaluate(width) == 1280, 20, "the largest layer at Ben again")
    assert ada.page.evaluate(active) == {"q": True, "h": True, "f": True}
    expect_sight_and_sound(ben, ada)


# Each m-line for sound is offered with redundancy (RFC 2198) first, as a client does that wants to send it.
PREFER_REDUNDANCY = """
  const createOffer = RTCPeerConnection.prototype.createOffer;
  RTCPeerConnection.prototype.createOffer = function (...options) {
    const { codecs } = RTCRtpReceiver.getCapabilities("audio");
    const rank = ({ mimeType }) => (mimeType === "audio/red" ? 0 : 1);
    for (const transceiver of this.getTransceivers()) {
      if (transceiver.receiver.track.kind !== "audio" || transceiver.stopped) continue;
      transceiver.setCodecPreferences([...codecs].sort((a, b) => rank(a) - rank(b)));
    }
    return createOffer.apply(this, options);
  };
"""

# Each m-line for sound is offered without it.
WITHOUT_REDUNDANCY = PREFER_REDUNDANCY.replace(
    "[...codecs].sort((a, b) => rank(a) - rank(b))", "codecs.filter((codec) => rank(codec) === 1)")


def bytes_per_packet(person, sender):
    """What a packet of somebody's sound has in it on average, from now on for a second."""
    figures = lambda: person.received()[sender]["person"]["audio"]
    before = figures()
    time.sleep(1)
    after = figures()
    return (after["bytesReceived"] - before["bytesReceived"]) / (after["packetsReceived"] - before["packetsReceived"])


def test_redundant_audio_is_heard_by_who_knows_it_and_who_does_not(person, server, room):
    ada = person("Ada")
    ada.page.before_load(PREFER_REDUNDANCY)
    ada.join()
    ben = person("Ben").join()
    cleo = person("Cleo", "firefox").join()
    dan = person("Dan")
    dan.page.before_load(WITHOUT_REDUNDANCY)
    dan.join()
    for listener in (ben, cleo, dan):
        expect_sight_and_sound(listener, ada)
    expect_sight_and_sound(ada, ben, cleo, dan)
    codecs = {name: {track["codec"] for track in server.participant(room, name)["media"]["uplinks"]}
              for name in ("Ada", "Ben")}
    assert codecs["Ada"] == {"red", "VP8"}, codecs
    assert codecs["Ben"] == {"opus", "VP8"}, "nobody sends redundancy unasked"
    # Twice the sound for the one, once for the others; the wire says opus to either.
    sizes = {listener.name: bytes_per_packet(listener, "Ada") for listener in (ben, cleo, dan)}
    assert sizes["Ben"] > 1.5 * sizes["Cleo"] and sizes["Ben"] > 1.5 * sizes["Dan"], sizes
    codec = dan.page.evaluate("""async () => {
      const media = roost.client.media(watch.idOf("Ada"));
      const reports = [...(await media.audio.receiver.getStats()).values()];
      const inbound = reports.find(({ type }) => type === "inbound-rtp");
      return reports.find(({ id }) => id === inbound.codecId).mimeType;
    }""")
    assert codec == "audio/opus", codec
