"""The link that the tests put before browsers: its rules by a clock of the test's, and a real packet through it."""

import random
import socket
import time

import pytest

from harness.link import Link
from harness.link_relay import Direction


def direction(**properties):
    made = Direction(random.Random(7))
    made.set(properties, 0.0)
    return made


def test_a_rate_spaces_packets_and_its_queue_ends():
    # 1,000 bytes take 16 ms at 500 kbit/s; so 300 ms hold the one that leaves and 19 behind it, all but a fraction.
    narrow = direction(rate=500_000, queue=300)
    releases = [narrow.take(1000, 0.0) for _ in range(30)]
    passed = [release for release in releases if release is not None]
    assert passed == pytest.approx([0.016 * number for number in range(1, len(passed) + 1)])
    assert len(passed) == 19 and releases[19:] == [None] * 11
    assert narrow.counts == {"passed": 19, "lost": 0, "overflowed": 11}
    # When half of it has drained there is room for as much.
    assert narrow.take(1000, 0.16) == pytest.approx(0.016 * 20)


def test_delay_and_jitter_keep_the_order():
    far = direction(delay=100, jitter=30)
    releases = [far.take(200, number / 1000) for number in range(500)]
    assert releases == sorted(releases)
    waits = [release - number / 1000 for number, release in enumerate(releases)]
    assert min(waits) >= 0.1 and max(waits) <= 0.131 and max(waits) - min(waits) > 0.01


def test_loss_is_the_share_that_was_said_and_a_dead_link_passes_nothing():
    lossy = direction(loss=0.05)
    lost = sum(lossy.take(1000, number / 100) is None for number in range(10_000))
    assert 400 < lost < 600
    lossy.set({"dead": True}, 100.0)
    assert [lossy.take(1000, 101.0) for _ in range(10)] == [None] * 10
    lossy.set({"dead": False, "loss": 0.0}, 102.0)
    assert lossy.take(1000, 103.0) == 103.0


def test_others_take_their_part_of_the_rate():
    shared = direction(rate=3_000_000, others=2_500_000, queue=300)
    passed = sum(shared.take(1000, number / 125) is not None for number in range(1250))  # 1 Mbit/s for 10 s
    # Both together are half a megabit too much; it is lost by those whose packets find the queue full.
    assert 500 < passed < 1250 and shared.counts["overflowed"] == 1250 - passed
    shared.set({"others": None}, 10.0)
    assert all(shared.take(1000, 11 + number / 125) is not None for number in range(250))


def test_a_link_that_widens_is_free_once_what_was_before_has_left():
    changing = direction(rate=100_000, queue=300)
    releases = [changing.take(1000, 0.0) for _ in range(8)]
    assert releases[:4] == pytest.approx([0.08, 0.16, 0.24, 0.32]) and releases[4:] == [None] * 4
    changing.set({"rate": 1_000_000}, 0.0)
    assert changing.take(1000, 0.301) == pytest.approx(0.32), "it overtakes nobody"
    assert changing.take(1000, 0.33) == pytest.approx(0.338)


def test_an_unknown_property_is_refused():
    with pytest.raises(ValueError):
        direction(speed=1)


def test_packets_of_the_port_pass_late_and_others_at_once():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as behind, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        for receiver in (behind, free):
            receiver.bind(("127.0.0.1", 0))
            receiver.settimeout(5)
        with Link(behind.getsockname()[1]) as link:
            link.shape("down", delay=200)
            began = time.monotonic()
            for receiver in (behind, free):
                sender.sendto(b"x" * 900, receiver.getsockname())
            assert free.recv(2000) and time.monotonic() - began < 0.15
            assert behind.recv(2000) == b"x" * 900 and 0.19 < time.monotonic() - began < 2
            assert link.counts()["down"]["passed"] == 1
            link.shape("down", dead=True)
            sender.sendto(b"y", behind.getsockname())
            behind.settimeout(0.5)
            with pytest.raises(TimeoutError):
                behind.recv(2000)
        behind.settimeout(5)
        sender.sendto(b"z", behind.getsockname())
        assert behind.recv(2000) == b"z"
