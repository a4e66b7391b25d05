"""What an operator can ask over HTTP while real browsers are in a call, and afterwards."""

import time

from harness.namespace import ADDRESS
from harness.person import expect_everybody_sees_everybody
from harness.waiting import eventually


def test_livez_readyz_and_status(server):
    assert server.get("/livez") == (200, {"status": "live"})
    status, ready = server.get("/readyz")
    assert status == 200 and ready["status"] == "ready" and ready["reasons"] == []
    status, body = server.get("/api/v1/status")
    assert status == 200
    assert body["server"]["rooms"] == 0 and body["server"]["participants"] == 0
    assert len(body["server"]["workers"]) == server.workers
    assert body["store"]["state"] == "healthy"
    assert body["version"]


def test_unknown_things_are_errors_in_json(server):
    for path in ("/api/v1/rooms/nowhere", "/api/v1/nothing", "/nothing"):
        status, body = server.get(path)
        assert status == 404, path
        assert body["error"]["code"] == "not-found"


def test_a_room_with_live_figures(person, server, room):
    ada = person("Ada").join()
    ben = person("Ben", "firefox").join()
    expect_everybody_sees_everybody([ada, ben])
    status, body = server.get("/api/v1/rooms")
    assert status == 200
    assert [entry["name"] for entry in body["rooms"]] == [room]
    assert body["rooms"][0]["participantCount"] == 2
    eventually(lambda: figures_are_live(server, room), 15, "live figures")
    status, body = server.get(f"/api/v1/rooms/{room}/participants")
    assert status == 200 and sorted(entry["name"] for entry in body["participants"]) == ["Ada", "Ben"]
    own_id = ada.page.evaluate("() => roost.client.self.id")
    status, body = server.get(f"/api/v1/rooms/{room}/participants/{own_id}")
    assert status == 200 and body["name"] == "Ada" and "Chrome" in body["userAgent"]
    status, body = server.get("/api/v1/status")
    assert body["server"]["participants"] == 2 and body["server"]["rooms"] == 1
    assert sum(worker["peers"] for worker in body["server"]["workers"]) == 2


def test_sessions_are_in_the_store_afterwards(person, server, room):
    ada = person("Ada").join()
    ben = person("Ben").join()
    expect_everybody_sees_everybody([ada, ben])
    ids = {who.name: who.page.evaluate("() => roost.client.self.id") for who in (ada, ben)}
    ben.leave()

    def ended():
        status, body = server.get(f"/api/v1/sessions?room={room}")
        assert status == 200, body
        by_id = {session["id"]: session for session in body["sessions"]}
        assert set(by_id) == set(ids.values()), by_id
        assert by_id[ids["Ben"]].get("endReason") == "left", by_id
        return True

    eventually(ended, 10, "both sessions, Ben's ended")
    status, body = server.get(f"/api/v1/sessions?room={room}&state=open")
    assert [session["id"] for session in body["sessions"]] == [ids["Ada"]]
    status, body = server.get("/api/v1/sessions?limit=1")
    assert status == 200 and len(body["sessions"]) == 1


def test_sigterm_says_goodbye_and_ends_within_seconds(person, server):
    ada = person("Ada").join()
    ben = person("Ben").join()
    expect_everybody_sees_everybody([ada, ben])
    assert server.stop() < 5
    goodbye = "() => wire.received.filter(({ type }) => type === 'goodbye').map(({ reason, reconnect }) => [reason, reconnect])"
    for who in (ada, ben):
        eventually(lambda: who.page.evaluate(goodbye) == [["server-shutdown", True]], 5, f"{who!r}: goodbye")


def test_a_restarted_server_gets_its_people_back(person, server):
    """Clients come back by themselves when a server is replaced; the sessions of before are closed."""
    ada = person("Ada").join()
    ben = person("Ben").join()
    expect_everybody_sees_everybody([ada, ben])
    server.stop()
    time.sleep(1)
    server.start()
    ada.wait_connected(40)
    ben.wait_connected(40)
    expect_everybody_sees_everybody([ada, ben])
    status, body = server.get("/api/v1/sessions?state=ended")
    assert status == 200 and len(body["sessions"]) == 2


def figures_are_live(server, room):
    for participant in server.room(room)["participants"]:
        media = participant["media"]
        assert media["ice"] == "connected" and media["dtls"] == "connected"
        assert media["bitrateIn"] > 10_000 and media["bitrateOut"] > 10_000, media
        assert media["selectedAddress"].startswith(ADDRESS), media
        assert "GCM" in media["srtpProfile"].upper(), media["srtpProfile"]
        assert {track["source"] for track in participant["tracks"]} == {"camera", "microphone"}
        assert all(track["flowing"] for track in participant["tracks"])
        uplinks = media["uplinks"]
        assert sum(layer["bitrate"] for track in uplinks for layer in track["layers"]) > 10_000, uplinks
        assert any(layer["forwarded"] for track in uplinks for layer in track["layers"]), uplinks
        assert sum(slot["packets"] for slot in media["downlinks"]) > 0, media["downlinks"]
    return True
