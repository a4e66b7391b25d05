"""A link between one browser and the server: narrow, slow, lossy or dead for a while, in each direction by itself.

The kernel hands what comes to, or goes from, the browser's port to a process of ours (link_relay.py) and goes on with it
when that process says so. So nothing has to be routed through it, and a link may be put before a call that runs.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from .namespace import run

# The longest that a TCP segment of a competing flow may be: over loopback it would be 64 kB.
SEGMENT_BYTES = 1400


class Link:
    """A context manager; the link is without fault until `shape` says otherwise.

    `port` is the browser's own UDP port, as its selected candidate pair has it.
    """

    _next_queue = 0

    def __init__(self, port, seed=1):
        self._port = port
        self._seed = seed
        self._queues = {"down": Link._next_queue, "up": Link._next_queue + 1}
        Link._next_queue += 2
        self._rules = []

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("link_relay.py")), str(self._seed),
             *(str(number) for number in self._queues.values())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        # Its first answer says that it is bound to both queues: packets for a queue that nobody reads are dropped.
        self.counts()
        self._divert("udp", self._port)
        return self

    def __exit__(self, *_):
        for rule in self._rules:
            run("iptables", "-D", *rule)
        self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def shape(self, direction, **properties):
        """Sets properties of `down`, to the browser, or `up`, from it; others stay as they are.

        `rate` in bit/s (None: no bound), `queue` in ms of that rate, `loss` from 0 to 1, `delay` and `jitter` in ms (each
        packet waits between nothing and all of the jitter besides, in order), `dead` (nothing passes), `others` in
        bit/s of traffic that shares the queue.
        """
        return self._ask({direction: properties})

    def counts(self):
        """{"down": {"passed": …, "lost": …, "overflowed": …}, "up": {…}}."""
        return self._ask({})

    def competing_flow(self, direction):
        """A TCP connection that sends as much as it can one way, in the queue of the media; close() ends it."""
        return CompetingFlow(self, direction)

    def divert_tcp(self, port):
        self._divert("tcp", port)

    def _divert(self, protocol, port):
        for direction, side in (("down", "--dport"), ("up", "--sport")):
            rule = ["INPUT", "-p", protocol, side, str(port), "-j", "NFQUEUE", "--queue-num", str(self._queues[direction])]
            run("iptables", "-A", *rule)
            self._rules.append(rule)

    def _ask(self, message):
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the relay of the link ended with {self._process.wait(timeout=5)}")
        return json.loads(answer)


class CompetingFlow:
    """A download, or an upload, beside the call: the kernel's own TCP with its own congestion control."""

    def __init__(self, link, direction):
        listener = socket.create_server(("127.0.0.1", 0))
        # The end that is behind the link, as the browser is.
        behind = socket.socket()
        behind.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
        behind.bind(("127.0.0.1", 0))
        link.divert_tcp(behind.getsockname()[1])
        behind.settimeout(20)
        behind.connect(listener.getsockname())
        beyond, _ = listener.accept()
        listener.close()
        beyond.settimeout(20)
        self._sender, self._receiver = (beyond, behind) if direction == "down" else (behind, beyond)
        self._began = time.monotonic()
        self.received = 0
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._send, self._receive)]
        for thread in self._threads:
            thread.start()

    def close(self):
        """Ends it; returns its mean rate in bit/s."""
        seconds = time.monotonic() - self._began
        received = self.received
        for end in (self._sender, self._receiver):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the other end has gone already
        for thread in self._threads:
            thread.join(timeout=10)
        for end in (self._sender, self._receiver):
            end.close()
        return 8 * received / seconds

    def _send(self):
        block = bytes(16384)
        try:
            while True:
                self._sender.sendall(block)
        except OSError:
            pass  # it was closed

    def _receive(self):
        try:
            while data := self._receiver.recv(65536):
                self.received += len(data)
        except OSError:
            pass  # it was closed
