"""Debian's coturn, with the shared secret that the server makes credentials from."""

import subprocess
from pathlib import Path

from .namespace import ADDRESS
from .waiting import eventually

SECRET = "a-secret-for-tests-only"


class TurnServer:
    """A context manager: coturn runs inside."""

    def __init__(self, directory, port=3478):
        self.port = port
        self.log = Path(directory) / "turnserver.log"
        self._process = None

    @property
    def url(self):
        return f"turn:{ADDRESS}:{self.port}?transport=udp"

    def __enter__(self):
        self._file = self.log.open("ab")
        self._process = subprocess.Popen(
            ["turnserver", "-n", f"--listening-ip={ADDRESS}", f"--relay-ip={ADDRESS}", f"--listening-port={self.port}",
             "--min-port=49160", "--max-port=49200", "--use-auth-secret", f"--static-auth-secret={SECRET}",
             "--realm=roost.test", "--no-cli", "--no-tls", "--no-dtls", "--log-file=stdout",
             "--simple-log", "--pidfile=" + str(self.log.with_suffix(".pid")), "--verbose",
             "--userdb=" + str(self.log.with_suffix(".db"))],
            stdin=subprocess.DEVNULL, stdout=self._file, stderr=self._file)
        eventually(self._is_listening, 10, "coturn's socket")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._file.close()

    def _is_listening(self):
        assert self._process.poll() is None, self.log.read_text(errors="replace")
        sockets = subprocess.run(["ss", "-Huln"], capture_output=True, text=True, check=True).stdout
        return f":{self.port} " in sockets
