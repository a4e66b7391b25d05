"""Debian's Chromium, driven by Playwright."""

import json
import os

from playwright.sync_api import Error, sync_playwright

from .page import Page, ScriptError, call_text

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--no-first-run", "--autoplay-policy=no-user-gesture-required",
]
FAKE_DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


class Driver:
    """Playwright itself: one for all Chromiums of the process, started when first needed."""

    _running = None

    @classmethod
    def get(cls):
        if cls._running is None:
            cls._running = sync_playwright().start()
        return cls._running

    @classmethod
    def stop(cls):
        if cls._running is not None:
            cls._running.stop()
            cls._running = None


class Chromium:
    """A running Chromium. Each page is a context of its own: nothing is shared but the process."""

    name = "chromium"

    def __init__(self, log, devices=FAKE_DEVICES, path=None):
        self._log = log
        self._browser = Driver.get().chromium.launch(
            executable_path=path or os.environ.get("CHROMIUM", "/usr/bin/chromium"), headless=True,
            args=[*FLAGS, *devices])
        self.version = self._browser.version

    def new_page(self, *, dark=False, mobile=False, bypass_csp=False, title="page"):
        """A fresh window. With `bypass_csp` scripts of the test may do what the page's own may not."""
        context = self._browser.new_context(
            color_scheme="dark" if dark else "light", has_touch=mobile, is_mobile=mobile, bypass_csp=bypass_csp,
            viewport={"width": 640, "height": 480})
        page = context.new_page()
        page.on("console", lambda message: self._log(f"{title}: console.{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self._log(f"{title}: uncaught {error}"))
        return ChromiumPage(context, page)

    def close(self):
        self._browser.close()


class ChromiumPage(Page):
    browser = "chromium"

    def __init__(self, context, page):
        self._context = context
        self._page = page

    def goto(self, url):
        self._page.goto(url)

    def evaluate(self, function, *arguments):
        try:
            return json.loads(self._page.evaluate(call_text(function, arguments)))
        except Error as error:
            raise ScriptError(error.message) from None

    def before_load(self, script):
        self._page.add_init_script(script)

    def resize(self, width, height):
        self._page.set_viewport_size({"width": width, "height": height})

    def appear(self, *, dark):
        """Changes between day and night."""
        self._page.emulate_media(color_scheme="dark" if dark else "light")

    def press(self, key):
        """Presses a key, as a person would."""
        self._page.keyboard.press(key)

    def screenshot(self, path):
        self._page.screenshot(path=path)

    def close(self):
        self._context.close()
