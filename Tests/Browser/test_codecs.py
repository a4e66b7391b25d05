"""Cameras in every codec that browsers send, as simulcast and as layers of one stream: pictures move, and come as large as
they are seen."""

import re
import time

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


# Takes the extension out of every offer, as of browsers that do not know it.
WITHOUT_DESCRIPTOR = """
  const create = RTCPeerConnection.prototype.createOffer;
  RTCPeerConnection.prototype.createOffer = async function (...values) {
    const { type, sdp } = await create.apply(this, values);
    return { type, sdp: sdp.replace(/^a=extmap:.*dependency-descriptor.*\\r\\n/gm, "") };
  };
"""


# A cipher that anybody can break and no decoder can. It has to be there from the beginning: Chromium takes none later.
ENCRYPTION = """
  window.encrypted = 0;
  const code = `onrtctransform = ({ transformer: { readable, writable } }) =>
    readable.pipeThrough(new TransformStream({ transform(frame, controller) {
      const bytes = new Uint8Array(frame.data);
      for (let index = 0; index < bytes.length; index++) bytes[index] ^= 0xA5;
      frame.data = bytes.buffer;
      controller.enqueue(frame);
      postMessage(null);
    } })).pipeTo(writable);`;
  const encrypt = (end) => {
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    worker.onmessage = () => { window.encrypted += 1; };
    end.transform = new RTCRtpScriptTransform(worker);
  };
  const add = RTCPeerConnection.prototype.addTransceiver;
  RTCPeerConnection.prototype.addTransceiver = function (...values) {
    const transceiver = add.apply(this, values);
    if (transceiver.receiver.track.kind === "video") {
      encrypt(transceiver.direction === "sendonly" ? transceiver.sender : transceiver.receiver);
    }
    return transceiver;
  };
"""


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


def decisions_for_ben(server, room):
    """What Ben is sent and why, as the status API says it."""
    return [slot.get("decision", "") for slot in server.participant(room, "Ben")["media"]["downlinks"]]


def offers_descriptor(person):
    """Whether a page has offered the dependency descriptor."""
    return person.page.evaluate(
        "() => wire.sent.some((message) => JSON.stringify(message).includes('#dependency-descriptor-rtp-header-extension'))")


def watch_ada(ada, ben, codec, server, room):
    """Ben sees Ada large, small and large again."""
    ben.page.resize(1280, 900)
    expect_sight_and_sound(ben, ada)
    assert codec_received(ben) == codec
    eventually(lambda: ben.page.evaluate(SIZE) == 540, 25, "the largest picture")
    ben.page.resize(300, 240)
    # A quarter of the rows, which not every encoder takes if they are odd.
    eventually(lambda: 134 <= ben.page.evaluate(SIZE) <= 136, 10, "the smallest picture")
    expect_sight_and_sound(ben, ada)
    decisions = decisions_for_ben(server, room)
    assert any(re.match(r"13[456]p because the picture is shown at", decision) for decision in decisions), decisions
    ben.page.resize(1280, 900)
    eventually(lambda: ben.page.evaluate(SIZE) == 540, 25, "the largest picture again")
    expect_sight_and_sound(ben, ada)


def join_with(ada, codec, mode=None):
    """Ada joins and sends in a codec, if her browser can."""
    ada.join(width=960, height=540, fps=10, codec=codec, **({"mode": mode} if mode else {}))
    if not can_send(ada.page, codec):
        pytest.skip(f"this {ada.page.browser} has no encoder for {codec}")


@pytest.mark.parametrize("name", CHROMIUM)
def test_chromium(person, server, room, name):
    codec, mode = CHROMIUM[name]
    ada = person("Ada")
    join_with(ada, codec, mode)
    assert offers_descriptor(ada) or not mode
    watch_ada(ada, person("Ben").join(cam=0, mic=0), codec, server, room)
    tracks = [track for track in server.participant(room, "Ada")["media"]["uplinks"] if track["codec"] == codec]
    assert len(tracks) == 1 and len(tracks[0]["layers"]) == (1 if mode else 3), tracks
    if mode:
        heights = {choice["height"] for choice in tracks[0]["layers"][0]["choices"]}
        assert heights == {135, 270, 540}, tracks


def sends(ada):
    """What Ada's camera is encoded as at the moment."""
    return next(stream for stream in ada.connection()["outbound"] if stream["kind"] == "video")


def bits_sent(ada, seconds=4):
    """The bit rate of Ada's picture, retransmissions and all."""
    before, began = sends(ada)["bytesSent"], time.monotonic()
    time.sleep(seconds)
    return 8 * (sends(ada)["bytesSent"] - before) / (time.monotonic() - began)


@pytest.mark.parametrize("codec", ["VP9", "AV1"])
def test_layers_that_nobody_sees_are_not_encoded(person, codec):
    """Ben makes his window small: Ada's browser leaves the larger layers out, until he makes it large again."""
    ada, ben = person("Ada"), person("Ben")
    ada.page.before_load_file("busy-camera.js")
    join_with(ada, codec, "L3T3_KEY")
    ben.join(cam=0, mic=0)
    ben.page.resize(1280, 900)
    eventually(lambda: ben.page.evaluate(SIZE) == 540, 25, "the largest picture")
    assert sends(ada)["scalabilityMode"] == "L3T3_KEY"
    eventually(lambda: bits_sent(ada) > 400_000, 25, "all layers take what they may")
    ben.page.resize(300, 240)
    eventually(lambda: sends(ada)["scalabilityMode"] == "L1T3", 15, "the smallest layer only")
    eventually(lambda: bits_sent(ada) < 250_000, 20, "fewer bits")
    assert 134 <= sends(ada)["frameHeight"] <= 136
    # That she sends so little is no sign of a poor connection: she was asked to.
    time.sleep(6)
    told = ada.page.evaluate("() => wire.received.filter(({ type }) => type === 'connection-quality')")
    assert not [message for message in told if "low-bandwidth" in message["quality"]["reasons"]], told
    assert 134 <= ben.page.evaluate(SIZE) <= 136
    expect_sight_and_sound(ben, ada)
    ben.page.resize(1280, 900)
    eventually(lambda: sends(ada)["scalabilityMode"] == "L3T3_KEY", 5, "all layers again")
    eventually(lambda: ben.page.evaluate(SIZE) == 540, 25, "the largest picture again")
    expect_sight_and_sound(ben, ada)


def test_layers_without_the_dependency_descriptor(person, server, room):
    """VP9's own descriptors say what is a layer where the browser sends no others."""
    ada = person("Ada")
    ada.page.before_load(WITHOUT_DESCRIPTOR)
    join_with(ada, "VP9", "L3T3_KEY")
    assert not offers_descriptor(ada)
    watch_ada(ada, person("Ben").join(cam=0, mic=0), "VP9", server, room)


def test_layers_of_frames_that_are_encrypted_from_end_to_end(person, server, room):
    """What the server decides on is outside the frames."""
    ada, ben = (person(name, bypass_csp=True) for name in ("Ada", "Ben"))
    for one in (ada, ben):
        one.page.before_load(ENCRYPTION)
    join_with(ada, "VP9", "L3T3_KEY")
    watch_ada(ada, ben.join(cam=0, mic=0), "VP9", server, room)
    assert ada.page.evaluate("() => encrypted") > 20 and ben.page.evaluate("() => encrypted") > 20


@pytest.mark.parametrize("codec", ["VP8", "AV1"])
def test_firefox(person, server, room, codec):
    ada = person("Ada", "firefox")
    join_with(ada, codec)
    watch_ada(ada, person("Ben").join(cam=0, mic=0), codec, server, room)


def test_firefox_sees_layers_of_vp9(person, server, room):
    ada = person("Ada")
    join_with(ada, "VP9", "L3T3_KEY")
    watch_ada(ada, person("Ben", "firefox").join(cam=0, mic=0), "VP9", server, room)


def test_firefox_sees_the_smallest_layer_of_av1(person, server, room):
    """Where it only receives, it offers no dependency descriptor, and takes one frame of each picture."""
    ada = person("Ada")
    join_with(ada, "AV1", "L3T3_KEY")
    ben = person("Ben", "firefox").join(cam=0, mic=0)
    ben.page.resize(1280, 900)
    expect_sight_and_sound(ben, ada)
    assert "135p because the receiver knows no dependency descriptors" in decisions_for_ben(server, room)
    assert 134 <= ben.page.evaluate(SIZE) <= 136


def test_a_codec_that_somebody_cannot_decode_is_told_to_both(person):
    """Ada's browser changes to H.264, which Firefox has not, and back: no one negotiates."""
    ada, finn, ben = person("Ada"), person("Finn", "firefox"), person("Ben")
    ada.join()
    for one in (finn, ben):
        one.join(cam=0, mic=0)
        expect_sight_and_sound(one, ada)
    if not can_send(ada.page, "H264"):
        pytest.skip("this Chromium has no encoder for H.264")
    offers = finn.sent_messages("offer")

    def change(codec):
        ada.page.evaluate(
            """async (name) => {
              const senders = roost.client.peerConnection.getSenders();
              const sender = senders.find(({ track }) => track?.kind === "video");
              const parameters = sender.getParameters();
              const codec = parameters.codecs.find(({ mimeType }) => mimeType === `video/${name}`);
              for (const encoding of parameters.encodings) encoding.codec = codec;
              await sender.setParameters(parameters);
            }""", codec)

    note = """() => document.querySelector("[data-testid='tile'] .tile-note")?.textContent"""
    change("H264")
    eventually(lambda: finn.page.evaluate(note) == "This browser cannot play this picture", 15, "Finn is told")
    eventually(lambda: ada.page.text("notice-undecodable-camera"), 5, "Ada is told")
    assert ada.page.text("notice-undecodable-camera") == "Finn’s browser cannot play your picture."
    assert not finn.shows("Ada"), "no frozen picture"
    expect_sight_and_sound(ben, ada)
    assert codec_received(ben) == "H264"
    change("VP8")
    eventually(lambda: ada.page.text("notice-undecodable-camera") is None, 15, "Ada's notice is gone")
    expect_sight_and_sound(finn, ada)
    assert finn.sent_messages("offer") == offers, "Finn had to negotiate"
