"""What goes wrong between browser and server, and that it does not end a call."""

import json
import time

import pytest

from harness.namespace import Firewall
from harness.person import expect_everybody_sees_everybody, expect_sight_and_sound
from harness.waiting import eventually


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_a_lost_websocket_is_resumed_while_media_go_on(person, kind):
    ada = person("Ada", kind).join()
    ben = person("Ben").join()
    expect_everybody_sees_everybody([ada, ben])
    before = frames(ada, "Ben"), frames(ben, "Ada")
    own_id = ada.page.evaluate("() => roost.client.self.id")
    ada.page.evaluate("() => wire.cut()")
    eventually(lambda: ada.sent_messages("resume") == 1 and ada.state() == "connected", 15, "Ada is back")
    assert ada.page.evaluate("() => roost.client.self.id") == own_id
    assert ada.sent_messages("join-room") == 1, "Ada joined again instead of resuming"
    assert ada.sent_messages("offer") == 0, "a resume needs no negotiation"
    assert frames(ada, "Ben") > before[0] and frames(ben, "Ada") > before[1]
    assert ben.people() == ["Ada"]
    expect_everybody_sees_everybody([ada, ben])
    # What happens after the resume is told as ever.
    ben.page.click("dock-microphone")
    muted = "() => [...roost.client.participants.values()][0].tracks.find(({ source }) => source === 'microphone').muted"
    eventually(lambda: ada.page.evaluate(muted), 5, "Ada is told that Ben is muted")


@pytest.mark.parametrize("lost", ["answer", "offer"])
@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_an_exchange_that_is_lost_with_the_websocket_is_finished(person, kind, lost):
    """Ada shows a second picture, and the WebSocket breaks before the answer is there. While it is away she adds the
    sound to it: the exchange that was lost is finished first, then the other change goes out."""
    ada = person("Ada", kind).join()
    ben = person("Ben").join()
    expect_everybody_sees_everybody([ada, ben])
    ada.page.evaluate(
        """(lost) => {
          const publish = (from, source) =>
            roost.client.publishTrack(roost.client.publications.get(from).track.clone(), { source });
          wire.loses = lost;
          wire.whenLost = () => publish("microphone", "screen-audio");
          publish("camera", "screen");
        }""", lost)
    eventually(lambda: ben.received()["Ada"].get("screen", {}).get("video", {}).get("framesDecoded", 0) > 3, 20,
               "Ben sees the second picture")
    eventually(lambda: ben.received()["Ada"]["screen"].get("audio", {}).get("packetsReceived", 0) > 10, 20,
               "Ben gets its sound")
    resume, *offers = ada.page.evaluate("() => wire.sent.filter(({ type }) => type === 'resume' || type === 'offer')"
                                        ".slice(1)")
    resumed = ada.page.evaluate("() => wire.received.find(({ type }) => type === 'resumed')")
    assert resume["type"] == "resume" and resume["offerId"] == 2
    assert len(offers) == (1 if lost == "answer" else 2)
    assert ("answer" in resumed) == (lost == "answer")
    assert ada.sent_messages("join-room") == 1, "Ada joined again instead of resuming"
    ada.wait_connected()
    expect_everybody_sees_everybody([ada, ben])
    # The next change finds everything in order.
    ada.page.evaluate("() => Promise.all([roost.client.unpublish('screen'), roost.client.unpublish('screen-audio')])")
    eventually(lambda: "screen" not in ben.received()["Ada"], 10, "the second picture is gone")
    errors = ada.page.evaluate("() => wire.received.filter(({ type }) => type === 'error')")
    assert errors == []


def test_a_network_that_cuts_connections(person, server):
    """TCP is reset for some seconds, UDP is not: pictures go on the whole time, and others read `reconnecting`."""
    ada = person("Ada").join()
    ben = person("Ben").join()
    expect_everybody_sees_everybody([ada, ben])
    with Firewall() as firewall:
        firewall.reset_tcp(server.http_port)
        eventually(lambda: ada.state() == "reconnecting" and ben.state() == "reconnecting", 12, "both notice")
        before = frames(ada, "Ben")
        time.sleep(2)
        assert frames(ada, "Ben") > before + 5, "the picture stopped with the WebSocket"
        assert ada.page.text("connection")
    ada.wait_connected(20)
    ben.wait_connected(20)
    assert ada.sent_messages("join-room") == 1 and ada.sent_messages("resume") >= 1
    expect_everybody_sees_everybody([ada, ben])


def test_media_come_back_after_an_outage(person, server):
    """Nothing of UDP gets through for eight seconds: the client restarts ICE, and the call goes on."""
    ada = person("Ada").join()
    ben = person("Ben").join()
    expect_everybody_sees_everybody([ada, ben])
    with Firewall() as firewall:
        for worker in range(server.workers):
            firewall.drop_udp(server.media_port + worker)
        time.sleep(8)
    ada.wait_connected(30)
    ben.wait_connected(30)
    assert ada.sent_messages("join-room") == 1, "Ada had to join again"
    expect_everybody_sees_everybody([ada, ben])


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_five_percent_loss(person, server, room, directory, kind):
    """Video keeps playing on a network that loses one packet in twenty, and the counters say why."""
    ada = person("Ada", kind).join()
    ben = person("Ben").join()
    expect_everybody_sees_everybody([ada, ben])
    seconds = 20
    with Firewall() as firewall:
        for worker in range(server.workers):
            firewall.lose_udp(server.media_port + worker, 5)
        start = {who.name: video(who, other) for who, other in ((ada, "Ben"), (ben, "Ada"))}
        begin = time.monotonic()
        samples = []
        while time.monotonic() - begin < seconds:
            samples.append((frames(ada, "Ben"), frames(ben, "Ada")))
            time.sleep(1)
        end = {who.name: video(who, other) for who, other in ((ada, "Ben"), (ben, "Ada"))}
        figures = {name: server.participant(room, name)["media"] for name in ("Ada", "Ben")}
        (directory / "loss.json").write_text(json.dumps(
            {"samples": samples, "start": start, "end": end, "server": figures, "firewall": firewall.describe()}, indent=1))
    for who in (ada, ben):
        before, after = start[who.name], end[who.name]
        decoded = after["framesDecoded"] - before["framesDecoded"]
        assert decoded >= 0.7 * 10 * seconds, f"{who!r}: {decoded} frames in {seconds} s at 10 a second"
        assert after["nackCount"] > before["nackCount"], f"{who!r} asked for nothing again"
        # A page of ten frames a second freezes after some 250 ms without one; repairs come in less.
        frozen = after["totalFreezesDuration"] - before["totalFreezesDuration"]
        assert frozen <= 0.1 * seconds, f"{who!r}: {frozen:.1f} s frozen, {after['freezeCount'] - before['freezeCount']} times"
        assert after["frameHeight"] >= before["frameHeight"], f"{who!r}: chance was taken for a full path"
        if who.page.browser == "chromium":  # Firefox has no such counter
            again = [figures.get("retransmittedPacketsReceived", 0) for figures in (before, after)]
            assert again[1] > again[0], "nothing came again"
    # At no time a standstill of more than three seconds.
    for column in range(2):
        for earlier, later in zip(samples, samples[3:]):
            assert later[column] > earlier[column], f"a freeze: {[sample[column] for sample in samples]}"
    # The server's side of it: it answered the NACKs of the receivers.
    for name, media in figures.items():
        down = media["downlinks"]
        assert sum(slot["nacksReceived"] for slot in down) > 0, f"{name}: {down}"
        assert sum(slot["retransmitted"] for slot in down) > 0, f"{name}: {down}"
    # What was lost on the way to the server came again, too. Not always by a NACK: the transport-cc feedback shows a
    # publisher its losses sooner than the next picture shows them to the server, and libwebrtc then resends by itself.
    for who in (ada, ben):
        streams = [stream for stream in who.connection()["outbound"] if stream["kind"] == "video"]
        assert sum(stream.get("retransmittedPacketsSent", 0) for stream in streams) > 0, f"{who!r} sent nothing again"
    ada.wait_connected()
    expect_everybody_sees_everybody([ada, ben])


def test_the_same_identity_again_replaces_the_old_seat(person, server, room):
    ada = person("Ada").join()
    ben = person("Ben").join()
    identity = ada.page.evaluate("() => sessionStorage.getItem('roost.identity')")
    again = person("Ada")
    again.page.before_load(f"try {{ sessionStorage.setItem('roost.identity', '{identity}'); }} catch {{}}")
    again.join()
    eventually(lambda: ada.state() == "lost", 5, "the old seat is told")
    assert ben.people() == ["Ada"]
    expect_sight_and_sound(ben, again)
    assert server.room(room)["participantCount"] == 2


def frames(who, name):
    return video(who, name)["framesDecoded"]


def video(who, name):
    return who.received()[name]["person"]["video"]
