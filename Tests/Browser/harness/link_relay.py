"""The process behind a link: takes packets from two netfilter queues and gives each back when, and if, it has passed.

Its arguments are a seed and the numbers of the queues for `down` and `up`. Each line of JSON on its input changes
properties of directions; each is answered by a line with the counts. It ends at the end of its input.
"""

import heapq
import json
import os
import random
import select
import socket
import struct
import sys
import time

NETLINK_NETFILTER = 12
SOL_NETLINK, NETLINK_NO_ENOBUFS = 270, 5
SO_RCVBUFFORCE = 33
# linux/netfilter/nfnetlink_queue.h
SUBSYSTEM = 3
MSG_PACKET, MSG_VERDICT, MSG_CONFIG = 0, 1, 2
CONFIG_COMMAND, CONFIG_PARAMETERS, CONFIG_MAXIMUM = 1, 2, 3
COMMAND_BIND, COPY_PACKET = 1, 2
PACKET_HEADER, PAYLOAD, FULL_LENGTH, VERDICT_HEADER = 1, 10, 13, 2
DROP, ACCEPT = 0, 1
# Packets that wait in a link at once: more than any rate and delay of ours keep.
WAITING_PACKETS = 8192
OTHERS_PACKET_BYTES = 1200


class Direction:
    """One way of a link: what becomes of each packet, by rules and a clock that are given. Knows no socket."""

    def __init__(self, generator):
        self._random = generator
        self.rate = self.others = None
        self.queue, self.loss, self.delay, self.jitter, self.dead = 300.0, 0.0, 0.0, 0.0, False
        self._free_at = 0.0
        self._last_release = 0.0
        self._next_other = 0.0
        self.counts = {"passed": 0, "lost": 0, "overflowed": 0}

    def set(self, properties, now):
        for name, value in properties.items():
            if name not in ("rate", "others", "queue", "loss", "delay", "jitter", "dead"):
                raise ValueError(f"a link has no {name}")
            setattr(self, name, value)
        self._next_other = now
        if self.rate:
            # What waits was counted at the rate before; a queue is never longer than it may be.
            self._free_at = min(self._free_at, now + self.queue / 1000)

    def take(self, size, now):
        """When a packet of so many bytes leaves the link, in seconds; None when it does not."""
        self._take_others(now)
        if self.dead or self._random.random() < self.loss:
            self.counts["lost"] += 1
            return None
        left = self._enqueue(size, now)
        if left is None:
            self.counts["overflowed"] += 1
            return None
        self.counts["passed"] += 1
        release = left + (self.delay + self._random.uniform(0, self.jitter)) / 1000
        # No packet overtakes another.
        self._last_release = max(self._last_release, release)
        return self._last_release

    def _enqueue(self, size, now):
        if not self.rate:
            return now
        start = max(now, self._free_at)
        if (start - now) * 1000 > self.queue:
            return None
        self._free_at = start + 8 * size / self.rate
        return self._free_at

    def _take_others(self, now):
        """Puts the packets of others since the last look into the queue, at their times."""
        if not self.others or not self.rate:
            return
        while self._next_other < now:
            self._enqueue(OTHERS_PACKET_BYTES, self._next_other)
            self._next_other += 8 * OTHERS_PACKET_BYTES / self.others


class Queue:
    """A netfilter queue: packets come as (id, bytes), and each wants a verdict."""

    def __init__(self, number):
        self._number = number
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.socket.bind((0, 0))
        # Bursts while this process does not get a processor: rather a large buffer than an error.
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_NO_ENOBUFS, 1)
        self._configure(CONFIG_COMMAND, struct.pack(">BBH", COMMAND_BIND, 0, 0))
        # The length of a packet is all that is wanted of it.
        self._configure(CONFIG_PARAMETERS, struct.pack(">IB", 28, COPY_PACKET))
        self._configure(CONFIG_MAXIMUM, struct.pack(">I", WAITING_PACKETS))
        self.socket.setblocking(False)

    def packets(self):
        """Those that have come: (id, bytes)."""
        while True:
            try:
                data = self.socket.recv(65536)
            except BlockingIOError:
                return
            yield from _packets_in(data)

    def judge(self, packet, verdict):
        self._send(MSG_VERDICT, VERDICT_HEADER, struct.pack(">II", verdict, packet), 0)

    def _configure(self, attribute, value):
        self._send(MSG_CONFIG, attribute, value, 4)  # NLM_F_ACK
        kind, = struct.unpack_from("=H", reply := self.socket.recv(4096), 4)
        error, = struct.unpack_from("=i", reply, 16)
        if kind != 2 or error:  # NLMSG_ERROR, of which 0 is success
            raise OSError(-error, f"netfilter queue {self._number}: {os.strerror(-error)}")

    def _send(self, kind, attribute, value, flags):
        value = struct.pack("=HH", 4 + len(value), attribute) + value
        value += b"\0" * (-len(value) % 4)
        body = struct.pack(">BBH", socket.AF_UNSPEC, 0, self._number) + value
        self.socket.send(struct.pack("=IHHII", 16 + len(body), SUBSYSTEM << 8 | kind, 1 | flags, 0, 0) + body)


def _packets_in(data):
    start = 0
    while start + 20 <= len(data):
        length, kind = struct.unpack_from("=IH", data, start)
        if kind == SUBSYSTEM << 8 | MSG_PACKET:
            attributes = _attributes(data, start + 20, start + length)
            number, = struct.unpack_from(">I", attributes[PACKET_HEADER])
            full = attributes.get(FULL_LENGTH)
            size = struct.unpack(">I", full)[0] if full else len(attributes.get(PAYLOAD, b""))
            yield number, size
        start += (max(length, 16) + 3) & ~3


def _attributes(data, start, end):
    found = {}
    while start + 4 <= end:
        length, kind = struct.unpack_from("=HH", data, start)
        found[kind & 0x3FFF] = data[start + 4 : start + length]
        start += (max(length, 4) + 3) & ~3
    return found


def main():
    generator = random.Random(int(sys.argv[1]))
    queues = {name: Queue(int(number)) for name, number in zip(("down", "up"), sys.argv[2:])}
    directions = {name: Direction(random.Random(generator.random())) for name in queues}
    try:
        os.nice(-10)  # a packet that is late because of this process was not late on the link
    except OSError:
        pass
    waiting = []
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready = select.select([sys.stdin, *(queue.socket for queue in queues.values())], [], [], timeout)[0]
        for name, queue in queues.items():
            for packet, size in queue.packets():
                now = time.monotonic()
                release = directions[name].take(size, now)
                if release is None:
                    queue.judge(packet, DROP)
                else:
                    heapq.heappush(waiting, (release, name, packet))
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, name, packet = heapq.heappop(waiting)
            queues[name].judge(packet, ACCEPT)
        if sys.stdin in ready and not _obey(directions):
            return


def _obey(directions):
    """Takes a line of commands; False at the end of the input."""
    line = sys.stdin.readline()
    if not line:
        return False
    for name, properties in json.loads(line).items():
        directions[name].set(properties, time.monotonic())
    print(json.dumps({name: direction.counts for name, direction in directions.items()}), flush=True)
    return True


if __name__ == "__main__":
    main()
