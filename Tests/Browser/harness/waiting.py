"""Waiting for something to become true, with a reason when it does not."""

import time


class TooLate(AssertionError):
    """A condition did not become true in time."""


def eventually(condition, timeout=15.0, what="the condition", interval=0.2):
    """Calls `condition` until it returns something true, and returns that.

    An AssertionError inside counts as "not yet"; the last one is told when the time is up.
    """
    deadline = time.monotonic() + timeout
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except AssertionError as error:
            last = error
        if time.monotonic() >= deadline:
            raise TooLate(f"{what}: not within {timeout:g} s; last: {last}")
        time.sleep(interval)
