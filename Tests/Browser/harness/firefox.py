"""Debian's Firefox ESR, driven by WebDriver BiDi without any driver between."""

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .bidi import BiDi
from .page import Page, ScriptError, call_text

PREFERENCES = {
    # Fake devices, and no question about them.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    # Addresses instead of names in multicast DNS, which a namespace of one has nobody to answer for.
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    # Windows that nobody looks at go on as if somebody did.
    "media.suspend-background-video.enabled": False,
    "media.suspend-bkgnd-video.enabled": False,
    "dom.min_background_timeout_value": 4,
    "dom.timeout.enable_budget_timer_throttling": False,
    "widget.windows.window_occlusion_tracking.enabled": False,
    # Quiet: no updates, no first-run pages, no requests of its own.
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.safebrowsing.downloads.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:9/",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "remote.active-protocols": 1,
}


class Firefox:
    """A running Firefox. Each page is a window in a user context of its own: no storage is shared."""

    name = "firefox"

    def __init__(self, log, log_file, preferences=None, path=None):
        self._log = log
        self._titles = {}
        self._profile = tempfile.mkdtemp(prefix="roost-firefox-")
        text = "".join(
            f"user_pref({json.dumps(key)}, {json.dumps(value)});\n"
            for key, value in {**PREFERENCES, **(preferences or {})}.items())
        Path(self._profile, "user.js").write_text(text, encoding="utf-8")
        port = _free_port()
        self._process = subprocess.Popen(
            [path or os.environ.get("FIREFOX", "/usr/bin/firefox-esr"), "--headless", "--no-remote",
             "--profile", self._profile, "--remote-debugging-port", str(port), "about:blank"],
            stdin=subprocess.DEVNULL, stdout=log_file, stderr=log_file,
            env={**os.environ, "MOZ_CRASHREPORTER_DISABLE": "1", "HOME": self._profile})
        self._bidi = self._connect(f"ws://127.0.0.1:{port}/session")
        self.version = self._bidi.capabilities["browserVersion"]
        self._bidi.command("session.subscribe", events=["log.entryAdded"])

    def new_page(self, *, title="page"):
        """A fresh window."""
        user = self._bidi.command("browser.createUserContext")["userContext"]
        context = self._bidi.command("browsingContext.create", type="window", userContext=user)["context"]
        self._titles[context] = title
        page = FirefoxPage(self._bidi, context, user)
        page.resize(640, 480)
        return page

    def close(self):
        self._bidi.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)

    def _connect(self, url, patience=60.0):
        deadline = time.monotonic() + patience
        while True:
            try:
                return BiDi(url, self._event)
            except OSError:
                if self._process.poll() is not None:
                    raise RuntimeError(f"Firefox ended at once with {self._process.returncode}") from None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _event(self, method, parameters):
        if method == "log.entryAdded":
            title = self._titles.get(parameters.get("source", {}).get("context"), "?")
            kind = parameters.get("method", parameters.get("type"))
            self._log(f"{title}: {kind}: {parameters.get('text')}")


class FirefoxPage(Page):
    browser = "firefox"

    def __init__(self, bidi, context, user):
        self._bidi = bidi
        self._context = context
        self._user = user

    def goto(self, url):
        self._bidi.command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, function, *arguments):
        done = self._bidi.command(
            "script.callFunction", functionDeclaration=call_text(function, arguments), awaitPromise=True,
            target={"context": self._context}, userActivation=True)
        if done["type"] == "exception":
            raise ScriptError(done["exceptionDetails"]["text"])
        return json.loads(done["result"]["value"])

    def before_load(self, script):
        self._bidi.command(
            "script.addPreloadScript", functionDeclaration=f"() => {{ {script} }}", contexts=[self._context])

    def resize(self, width, height):
        self._bidi.command(
            "browsingContext.setViewport", context=self._context, viewport={"width": width, "height": height})

    def screenshot(self, path):
        done = self._bidi.command("browsingContext.captureScreenshot", context=self._context)
        Path(path).write_bytes(base64.b64decode(done["data"]))

    def close(self):
        self._bidi.command("browsingContext.close", context=self._context)
        self._bidi.command("browser.removeUserContext", userContext=self._user)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
