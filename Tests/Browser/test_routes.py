"""The ways media can take besides straight to the server: TURN, and from one browser to the other."""

import pytest

from harness.person import expect_everybody_sees_everybody
from harness.turn import SECRET, TurnServer
from harness.waiting import eventually


class TestThroughTURN:
    @pytest.fixture
    def turn(self, directory):
        with TurnServer(directory) as running:
            yield running

    @pytest.fixture
    def server_options(self, turn):
        return ["--ice-turn", turn.url, "--ice-turn-secret", SECRET]

    @pytest.mark.parametrize("kind", ["chromium", "firefox"])
    def test_one_joins_through_a_relay(self, person, turn, kind):
        ada = person("Ada", kind).join(relay=1)
        ben = person("Ben").join()
        expect_everybody_sees_everybody([ada, ben])
        assert ada.connection()["local"]["candidateType"] == "relay"
        assert ben.connection()["local"]["candidateType"] != "relay"
        assert "ALLOCATE processed, success" in turn.log.read_text(errors="replace")


@pytest.mark.parametrize("caller, called", [("chromium", "firefox"), ("firefox", "chromium")])
def test_two_browsers_talk_directly(person, server, room, caller, called):
    """A data channel and a picture from one browser to the other; the server carries only the messages."""
    ada = person("Ada", caller).join(cam=0, mic=0)
    ben = person("Ben", called).join(cam=0, mic=0)
    eventually(lambda: ada.people() == ["Ben"] and ben.people() == ["Ada"], 10, "they see each other")
    ben.page.evaluate(
        """() => {
          window.direct = { frames: null, heard: [] };
          roost.client.addEventListener("peer-signal", ({ detail }) => {
            if (direct.call) return;
            direct.call = new roost.DirectCall(roost.client, detail.from, { firstSignal: detail });
            direct.call.addEventListener("data-channel", ({ detail: channel }) => {
              channel.onmessage = ({ data }) => { direct.heard.push(data); channel.send(data.toUpperCase()); };
            });
            direct.call.addEventListener("track", ({ detail: { track, transceiver } }) => {
              direct.video = document.createElement("video");
              direct.video.muted = true;
              direct.video.srcObject = new MediaStream([track]);
              direct.video.play();
              direct.receiver = transceiver.receiver;
            });
          });
        }""")
    ada.page.evaluate(
        """async () => {
          window.direct = { heard: [] };
          direct.call = new roost.DirectCall(roost.client, watch.idOf("Ben"));
          const channel = direct.call.createDataChannel("talk");
          channel.onopen = () => channel.send("hello");
          channel.onmessage = ({ data }) => direct.heard.push(data);
          const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 180, frameRate: 10 } });
          direct.call.addTrack(stream.getVideoTracks()[0], stream);
        }""")
    eventually(lambda: ada.page.evaluate("() => direct.call.state") == "connected", 20, "the direct call")
    eventually(lambda: ada.page.evaluate("() => direct.heard") == ["HELLO"], 10, "the answer on the data channel")
    decoded = """async () => {
      for (const report of (await direct.receiver?.getStats())?.values() ?? []) if (report.type === "inbound-rtp") return report.framesDecoded;
      return 0;
    }"""
    eventually(lambda: ben.page.evaluate(decoded) > 10, 15, "pictures of the direct call")
    pair = ada.page.evaluate(
        """async () => {
          const reports = [...(await direct.call.connection.getStats()).values()];
          const pair = reports.find(({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded");
          return reports.find(({ id }) => id === pair.remoteCandidateId).port;
        }""")
    ports = range(server.media_port, server.media_port + server.workers)
    assert pair not in ports, "the direct call goes through the server"
