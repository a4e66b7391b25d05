"""Fixtures: a namespace for the whole run, a server for each test, browsers that are started once."""

import itertools
import json
import os
import re
import time
from pathlib import Path

import pytest

from harness import namespace
from harness.chromium import Chromium, Driver
from harness.firefox import Firefox
from harness.person import Person
from harness.server import Server

OUTPUT = Path(os.environ.get("ROOST_TEST_OUTPUT", Path(__file__).resolve().parents[2] / "out" / "browser"))
_ports = itertools.count(0)


def pytest_configure(config):
    # Before Playwright starts a thread: a namespace is entered by one thread, and inherited by those it starts.
    namespace.enter()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    setattr(item, f"report_{call.when}", outcome.get_result())


@pytest.fixture
def directory(request):
    """Where a test leaves its logs and pictures: out/browser/<test>."""
    path = OUTPUT / re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
    path.mkdir(parents=True, exist_ok=True)
    for old in path.iterdir():
        old.unlink()
    return path


@pytest.fixture
def server_options():
    """Options of the server beyond the usual ones; a test module overrides it."""
    return []


@pytest.fixture
def server(directory, server_options):
    """A server of this test's own."""
    # Below the range from which the kernel gives browsers their ports.
    number = next(_ports)
    running = Server(
        directory, http_port=18000 + number, media_port=21000 + 16 * number, options=server_options).start()
    yield running
    if running.process is not None:
        seconds = running.stop()
        assert seconds < 8, f"the server took {seconds:.1f} s to end"


class Console:
    """What pages write to their consoles goes into the log of the test that runs."""

    path = OUTPUT / "console.log"

    def __call__(self, line):
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%H:%M:%S')} {line}\n")


_console = Console()


@pytest.fixture(autouse=True)
def _console_of_this_test(directory):
    _console.path = directory / "console.log"


class Browsers:
    """Starts each browser when it is first asked for, and again when it has died."""

    def __init__(self):
        self._running = {}

    def get(self, kind):
        if kind not in self._running:
            self._running[kind] = self._start(kind)
        return self._running[kind]

    def forget(self, kind):
        """Ends one, so that the next test gets a fresh one."""
        running = self._running.pop(kind, None)
        if running is not None:
            try:
                running.close()
            except Exception as error:  # whatever state it is in, it is not needed any more
                _console(f"closing {kind}: {error}")

    def close(self):
        for kind in list(self._running):
            self.forget(kind)
        Driver.stop()

    def _start(self, kind):
        OUTPUT.mkdir(parents=True, exist_ok=True)
        if kind == "chromium":
            return Chromium(_console)
        with (OUTPUT / "firefox.log").open("ab") as log:
            return Firefox(_console, log)


@pytest.fixture(scope="session")
def browsers():
    running = Browsers()
    yield running
    running.close()


@pytest.fixture
def open_page(request, browsers, directory):
    """Opens windows: open_page("chromium"). They are closed at the end of the test, and photographed if it failed."""
    pages = []

    def open_one(kind, title="page", **options):
        page = browsers.get(kind).new_page(title=title, **options)
        pages.append((title, page))
        return page

    yield open_one
    report = getattr(request.node, "report_call", None)
    for number, (title, page) in enumerate(pages):
        try:
            if report is not None and report.failed:
                page.screenshot(str(directory / f"failed-{number}-{title}.png"))
                state = page.evaluate(
                    "async () => ({ received: await window.watch?.received(), connection: await window.watch?.connection(),"
                    " wire: { sent: window.wire?.sent, received: window.wire?.received } })")
                (directory / f"failed-{number}-{title}.json").write_text(json.dumps(state, indent=1), encoding="utf-8")
        except Exception as error:
            _console(f"{title}: no picture of the failure: {error}")
        try:
            page.close()
        except Exception as error:
            _console(f"{title}: {error}; this {page.browser} is given up")
            browsers.forget(page.browser)


@pytest.fixture
def room(request):
    """A room of this test's own."""
    return re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:60]


@pytest.fixture
def person(server, open_page, room):
    """Makes people: person("Ada", "firefox").join()."""

    def make(name, kind="chromium", **options):
        return Person(server, open_page(kind, title=name, **options), name, room)

    return make


@pytest.fixture(scope="session")
def screenshots():
    """Where pictures of the page are kept: out/screenshots."""
    path = OUTPUT.parent / "screenshots"
    path.mkdir(parents=True, exist_ok=True)
    return path
