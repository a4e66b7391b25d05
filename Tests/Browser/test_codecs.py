"""Cameras in every codec that browsers send, as simulcast and as layers of one stream: pictures move, and come as large as
they are seen."""

import re

import pytest

from harness.person import expect_sight_and_sound
from harness.waiting import eventually

SIZE = "() => watch.received().then(({ Ada }) => Ada.person.video.frameHeight ?? 0)"

# What is sent, and whether it is one stream.
CHROMIUM = {
    "VP9 in layers": ("VP9", "L3T3_KEY"),
    "VP9 in layers that build on each other": ("VP9", "L3T3"),
    "AV1 in layers": ("AV1", "L3T3_KEY"),
    "VP8": ("VP8", None),
    "H264": ("H264", None),
    "VP9": ("VP9", None),
    "AV1": ("AV1", None),
}


def can_send(page, codec):
    return page.evaluate(
        """(name) => RTCRtpSender.getCapabilities("video").codecs
          .some(({ mimeType }) => mimeType.toLowerCase() === `video/${name.toLowerCase()}`)""", codec)


def codec_received(ben):
    """The codec of Ada's picture at Ben, as his browser says it."""
    return ben.page.evaluate(
        """async () => {
          const { receiver } = roost.client.media(watch.idOf("Ada")).video;
          const stats = await receiver.getStats();
          const inbound = [...stats.values()].find(({ type }) => type === "inbound-rtp");
          return stats.get(inbound?.codecId)?.mimeType.split("/")[1] ?? null;
        }""")


@pytest.mark.parametrize("name", CHROMIUM)
def test_chromium(person, server, room, name):
    codec, mode = CHROMIUM[name]
    ada = person("Ada")
    ada.join(width=960, height=540, fps=10, codec=codec, **({"mode": mode} if mode else {}))
    if not can_send(ada.page, codec):
        pytest.skip(f"this Chromium has no encoder for {codec}")
    ben = person("Ben").join(cam=0, mic=0)
    ben.page.resize(1280, 900)
    expect_sight_and_sound(ben, ada)
    assert codec_received(ben) == codec
    eventually(lambda: ben.page.evaluate(SIZE) == 540, 25, "the largest picture")
    ben.page.resize(300, 240)
    # A quarter of the rows, which not every encoder takes if they are odd.
    eventually(lambda: 134 <= ben.page.evaluate(SIZE) <= 136, 10, "the smallest picture")
    expect_sight_and_sound(ben, ada)
    decisions = [slot.get("decision", "") for slot in server.participant(room, "Ben")["media"]["downlinks"]]
    assert any(re.match(r"13[456]p because the picture is shown at", decision) for decision in decisions), decisions
    ben.page.resize(1280, 900)
    eventually(lambda: ben.page.evaluate(SIZE) == 540, 25, "the largest picture again")
    expect_sight_and_sound(ben, ada)
