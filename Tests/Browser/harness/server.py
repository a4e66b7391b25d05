"""The server under test: starting it, asking its status API, ending it."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .namespace import ADDRESS
from .waiting import eventually

REPOSITORY = Path(__file__).resolve().parents[3]


def find_binary():
    """The server's executable: ROOST_BINARY, or what `swift build` left behind."""
    given = os.environ.get("ROOST_BINARY")
    candidates = [Path(given)] if given else [
        REPOSITORY / ".build" / "release" / "roost", REPOSITORY / ".build" / "debug" / "roost"]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise FileNotFoundError("no server to test; run `swift build --product roost`, or set ROOST_BINARY")


class Server:
    """One run of the server with a database of its own. Everything it can be started with is said here and nowhere else."""

    def __init__(self, directory, *, http_port, media_port, options=(), log_level="debug"):
        self.http_port = http_port
        self.media_port = media_port
        self.base = f"http://127.0.0.1:{http_port}"
        self.workers = 2
        self._directory = Path(directory)
        self._options = ["--log-level", log_level, *options]
        self.log = self._directory / "server.log"
        self.process = None

    def start(self, patience=30.0):
        """Starts it and waits until it is ready."""
        self._file = self.log.open("ab")
        # Settings in the environment of whoever runs the tests are not for this server.
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ROOST_")}
        self.process = subprocess.Popen(
            [find_binary(), *self._arguments()], stdin=subprocess.DEVNULL, stdout=self._file, stderr=self._file,
            env=environment)
        eventually(self._is_ready, patience, "the server's readiness", interval=0.05)
        return self

    def stop(self, patience=10.0):
        """Ends it with SIGTERM; returns the seconds that took. Raises when it does not end, or not with 0."""
        if self.process is None:
            return 0.0
        process, self.process = self.process, None
        began = time.monotonic()
        try:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            code = process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the server did not end within {patience:g} s of SIGTERM") from None
        finally:
            self._file.close()
        assert code == 0, f"the server ended with {code}; see {self.log}\n{self.tail()}"
        return time.monotonic() - began

    def get(self, path):
        """A GET; returns (status, JSON)."""
        return self._request("GET", path)

    def delete(self, path):
        """A DELETE; returns (status, JSON or None)."""
        return self._request("DELETE", path)

    def room(self, name):
        """A room with everybody's live figures, or None when there is no such room."""
        status, body = self.get(f"/api/v1/rooms/{name}")
        assert status in (200, 404), body
        return body if status == 200 else None

    def participant(self, room, name):
        """A participant's figures by the name it shows."""
        for participant in (self.room(room) or {"participants": []})["participants"]:
            if participant["name"] == name:
                return participant
        raise AssertionError(f"{name} is not in {room}")

    def tail(self, lines=40):
        """The end of the log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def _arguments(self):
        return [
            "serve", "--http-host", "127.0.0.1", "--http-port", str(self.http_port),
            "--media-port", str(self.media_port), "--media-workers", str(self.workers), "--media-spread", "1", "--media-listen", ADDRESS,
            "--store-path", str(self._directory / "roost.sqlite"), *self._options,
        ]

    def _is_ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the server ended at once with {self.process.returncode}\n{self.tail()}")
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def _request(self, method, path):
        request = urllib.request.Request(self.base + path, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, _parse(response.read())
        except urllib.error.HTTPError as error:
            return error.code, _parse(error.read())


def _parse(body):
    return json.loads(body) if body else None
