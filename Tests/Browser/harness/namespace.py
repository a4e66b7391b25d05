"""A network namespace of our own: whatever the tests do to the network, nobody else sees it.

The test process itself moves into the namespace, and everything it starts follows. The namespace is gone with the last
of them; there is nothing to clean up.
"""

import ctypes
import os
import subprocess

# The address that this machine seems to have in its network: what servers announce and browsers find.
ADDRESS = "192.168.77.2"
GATEWAY = "192.168.77.1"

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def enter():
    """Moves this process into a fresh network namespace. Call it before any thread is started."""
    user, group = os.geteuid(), os.getegid()
    flags = CLONE_NEWNET | (CLONE_NEWUSER if user != 0 else 0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot make a network namespace ({os.strerror(number)}); run as root")
    if user != 0:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"0 {user} 1")
        _write("/proc/self/gid_map", f"0 {group} 1")
    run("ip", "link", "set", "lo", "up")
    # An address beside loopback, and a default route, as every machine with a network has them: browsers find no
    # candidates otherwise. Nothing is behind the route.
    run("ip", "link", "add", "lan", "type", "veth", "peer", "name", "lan-end")
    for interface in ("lan", "lan-end"):
        # No IPv6 address that comes a second later: Chromium would break off what it loads, as the network has changed.
        run("ip", "link", "set", interface, "addrgenmode", "none", "up")
    run("ip", "address", "add", f"{ADDRESS}/24", "dev", "lan")
    run("ip", "route", "add", "default", "via", GATEWAY)


class Firewall:
    """Packets lost and connections cut inside the namespace, with nftables. A context manager: the rules go at its end."""

    _next = 0

    def __init__(self):
        Firewall._next += 1
        self.table = f"roosttest{Firewall._next}"

    def __enter__(self):
        run("nft", "add", "table", "inet", self.table)
        # On the input hook: on the output hook a dropped packet makes sendto() fail, which no network does.
        run("nft", f"add chain inet {self.table} incoming {{ type filter hook input priority 0; }}")
        return self

    def __exit__(self, *_):
        run("nft", "delete", "table", "inet", self.table)

    def lose_udp(self, port, percent):
        """Drops that share of the datagrams to and from a port, at random."""
        for direction in ("dport", "sport"):
            self._rule(f"udp {direction} {port} numgen random mod 1000 < {round(percent * 10)} counter drop")

    def reset_tcp(self, port):
        """Answers whatever comes to a TCP port with a reset: connections break, new ones are refused."""
        self._rule(f"tcp dport {port} counter reject with tcp reset")

    def drop_udp(self, port):
        """Drops every datagram to and from a port."""
        for direction in ("dport", "sport"):
            self._rule(f"udp {direction} {port} counter drop")

    def lift(self):
        """Takes all rules away."""
        run("nft", "flush", "chain", "inet", self.table, "incoming")

    def describe(self):
        """The rules with their counters, for the log."""
        return subprocess.run(
            ["nft", "list", "table", "inet", self.table], check=True, capture_output=True, text=True).stdout

    def _rule(self, rule):
        run("nft", f"add rule inet {self.table} incoming {rule}")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
