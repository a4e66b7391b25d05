"""What nobody sees is not sent: in a page that is in the background, and behind a panel that covers the pictures."""

import time

import pytest

from harness.person import expect_sight_and_sound
from harness.waiting import eventually

# Another tab is before this one, or no more. Windows of tests have no tabs to change between.
BACKGROUND = """(isHidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
TOLD = """() => wire.sent.filter(({ type }) => type === "subscription-settings").flatMap(({ tracks }) => tracks).at(-1)"""
TELLS_PICTURE_IN_PICTURE = "() => 'pictureInPictureElement' in Document.prototype"


def figures(viewer, name):
    media = viewer.received()[name]["person"]
    return media["video"]["framesDecoded"], media["audio"]["totalAudioEnergy"]


def stands_still(viewer, name):
    """Whether no frame comes for a second and a half, while sound does."""
    frames, energy = figures(viewer, name)
    time.sleep(1.5)
    frames_now, energy_now = figures(viewer, name)
    assert energy_now > energy, f"{viewer!r} hears nothing of {name}"
    return frames_now == frames


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_a_page_in_the_background_is_sent_sound_only(person, kind):
    ada = person("Ada").join()
    ben = person("Ben", kind).join()
    expect_sight_and_sound(ben, ada)
    settings = ben.sent_messages("subscription-settings")
    # A glance at another tab costs nothing.
    ben.page.evaluate(BACKGROUND, True)
    time.sleep(2)
    ben.page.evaluate(BACKGROUND, False)
    time.sleep(4)
    assert ben.sent_messages("subscription-settings") == settings
    ben.page.evaluate(BACKGROUND, True)
    eventually(lambda: ben.sent_messages("subscription-settings") > settings, 10, "the server is told")
    if ben.page.evaluate(TELLS_PICTURE_IN_PICTURE):
        assert ben.page.evaluate(TOLD)["visible"] is False
        eventually(lambda: stands_still(ben, "Ada"), 10, "no picture comes")
    else:
        assert ben.page.evaluate(TOLD)["maxHeight"] == 30
        expect_sight_and_sound(ben, ada)
    ben.page.evaluate(BACKGROUND, False)
    expect_sight_and_sound(ben, ada, timeout=5)
    assert "visible" not in ben.page.evaluate(TOLD) and ben.page.evaluate(TOLD)["maxHeight"] > 30


def test_a_picture_in_a_window_of_its_own_goes_on(person):
    ada = person("Ada").join()
    cleo = person("Cleo").join()
    ben = person("Ben").join()
    expect_sight_and_sound(ben, ada, cleo)
    # Opening one takes a real window, which a browser without a screen has not.
    ben.page.evaluate(
        """() => {
          const video = watch.tileOf("Ada").querySelector("video");
          Object.defineProperty(document, "pictureInPictureElement", { configurable: true, get: () => video });
          video.dispatchEvent(new Event("enterpictureinpicture", { bubbles: true }));
        }""")
    ben.page.evaluate(BACKGROUND, True)
    eventually(lambda: stands_still(ben, "Cleo"), 15, "no picture of Cleo comes")
    expect_sight_and_sound(ben, ada)


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
@pytest.mark.parametrize("panel", ["chat", "people"])
def test_a_panel_that_covers_the_pictures(person, panel, kind):
    ada = person("Ada").join()
    ben = person("Ben", kind)
    ben.page.resize(390, 844)
    ben.join()
    expect_sight_and_sound(ben, ada)
    ben.page.click(f"dock-{panel}")
    eventually(lambda: stands_still(ben, "Ada"), 10, "no picture comes")
    assert ben.page.evaluate(TOLD)["visible"] is False
    # In a wide window the panel is beside the pictures.
    ben.page.resize(1280, 800)
    expect_sight_and_sound(ben, ada, timeout=5)
    ben.page.resize(390, 844)
    eventually(lambda: stands_still(ben, "Ada"), 10, "no picture comes again")
    ben.page.click(f"dock-{panel}")
    expect_sight_and_sound(ben, ada, timeout=5)


def frames_encoded(publisher):
    return sum(stream["framesEncoded"] for stream in publisher.connection()["outbound"] if stream["kind"] == "video")


def rests(publisher):
    """Whether no picture is encoded for a second and a half."""
    frames = frames_encoded(publisher)
    time.sleep(1.5)
    return frames_encoded(publisher) == frames


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_a_camera_that_nobody_sees_is_not_encoded(person, kind):
    ada = person("Ada", kind).join()
    eventually(lambda: frames_encoded(ada) > 20, 10, "a picture is sent at first")
    eventually(lambda: rests(ada), 12, "nobody is there to see it")
    ben = person("Ben").join()
    expect_sight_and_sound(ben, ada, timeout=3)
    cleo = person("Cleo", "firefox").join()
    expect_sight_and_sound(cleo, ada, timeout=5)
    cleo.leave()
    ben.leave()
    eventually(lambda: rests(ada), 12, "nobody is left to see it")
    dan = person("Dan").join()
    expect_sight_and_sound(dan, ada, timeout=3)
