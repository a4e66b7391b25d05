"""What the benches share: the build, and a server of one worker on processor 0."""

import json
import os
import signal
import subprocess
import time
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
    def __init__(self, binaries, directory, port):
        self.log = open(Path(directory) / "server.log", "ab")
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", str(binaries / "roost"), "serve", "--http-host", "127.0.0.1", "--http-port", str(port),
             "--media-listen", "127.0.0.1", "--media-port", "0", "--media-workers", "1", "--media-overload", "0",
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

    def status(self):
        """The status API's answer."""
        body = subprocess.run(
            ["curl", "-s", f"http://127.0.0.1:{self.port}/api/v1/status"], capture_output=True, text=True, check=True).stdout
        return json.loads(body)

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
