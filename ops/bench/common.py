"""What the benches share: the build, and a server of one worker on processor 0."""

import json
import os
import signal
import socket
import struct
import subprocess
import time
from base64 import b64encode
from http.client import HTTPConnection
from os import urandom
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def machine():
    """The machine's name for a report."""
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?")
    return f"{model}, {os.cpu_count()} processors, Linux {os.uname().release}"


def build():
    subprocess.run(["swift", "build", "-c", "release", "--product", "roost"], cwd=ROOT, check=True)
    subprocess.run(["swift", "build", "-c", "release", "--product", "roost-load"], cwd=ROOT, check=True)
    binaries = subprocess.run(
        ["swift", "build", "-c", "release", "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return Path(binaries.stdout.strip())


class Server:
    def __init__(self, binaries, directory, port, overload=0):
        self.log = open(Path(directory) / "server.log", "ab")
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", str(binaries / "roost"), "serve", "--http-host", "127.0.0.1", "--http-port", str(port),
             "--media-listen", "127.0.0.1", "--media-port", "0", "--media-workers", "1", "--media-overload", str(overload),
             "--store-path", str(Path(directory) / "roost.sqlite"), "--rooms-participants", "5000", "--log-level", "warning",
             "--rooms-connections-per-address", "10000", "--rooms-sessions-per-address", "10000",
             "--rooms-pending-per-address", "10000", "--http-connections-per-address", "10000", "--media-peers-per-worker", "10000"],
            stdout=self.log, stderr=self.log)
        self.port = port
        for _ in range(200):
            if subprocess.run(["curl", "-sf", f"http://127.0.0.1:{port}/readyz"], capture_output=True).returncode == 0:
                return
            time.sleep(0.05)
        raise SystemExit("ops/bench/run: the server did not start")

    def get(self, path):
        """The answer's status and body. From this process: one for each question would take time from the server."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def status(self):
        """The status API's answer."""
        return json.loads(self.get("/api/v1/status")[1])

    def look(self):
        """Participants, datagrams and messages sent, and nanoseconds of processor time of the whole process."""
        worker = self.status()["server"]["workers"][0]
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        used = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)
        return worker["peers"], worker["packetsOut"], worker["sends"], used

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        self.log.close()

    def memory(self):
        """Bytes of heap in use, freed memory that stays with the process left out."""
        return self.status()["memory"]["heapBytes"]


def open_session(port, room, **more):
    """A participant without a peer connection (RFC 6455 by hand: one masked text frame)."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {b64encode(urandom(16)).decode()}\r\n\r\n".encode())
    connection.recv(4096)
    text = json.dumps({"type": "join-room", "id": 1, "room": room, "name": "idle", "create": True, **more}).encode()
    mask = urandom(4)
    head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else bytes([0x81, 0xFE]) + struct.pack(">H", len(text))
    connection.sendall(head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(text)))
    return connection
