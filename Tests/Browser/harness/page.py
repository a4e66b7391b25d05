"""A page in a browser, the same to a test whichever browser it is."""

import json
from abc import ABC, abstractmethod
from pathlib import Path

SCRIPTS = Path(__file__).parent / "js"


class ScriptError(AssertionError):
    """A script in the page threw."""


class Page(ABC):
    """One window of a browser with storage, permissions and a session of its own.

    Functions are given as JavaScript text, for example ``"(name) => document.title === name"``; arguments and results are
    whatever JSON can carry.
    """

    browser = "?"

    @abstractmethod
    def goto(self, url):
        """Opens an address and waits until it has loaded."""

    @abstractmethod
    def evaluate(self, function, *arguments):
        """Calls a function in the page, waits for what it promises, and returns that."""

    @abstractmethod
    def before_load(self, script):
        """Runs a script in every document to come, before the document's own."""

    @abstractmethod
    def resize(self, width, height):
        """Sets the size of the page in CSS pixels."""

    @abstractmethod
    def screenshot(self, path):
        """Writes what is seen to a PNG file."""

    @abstractmethod
    def close(self):
        """Closes the window, as a person would."""

    def before_load_file(self, name):
        """Runs one of our own scripts (harness/js) in every document to come."""
        self.before_load((SCRIPTS / name).read_text(encoding="utf-8"))

    def click(self, testid):
        """Clicks what carries a data-testid."""
        self.evaluate("(id) => document.querySelector(`[data-testid='${id}']`).click()", testid)

    def text(self, testid):
        """The visible text of what carries a data-testid; None when it is not there or hidden."""
        return self.evaluate(
            """(id) => {
              const node = document.querySelector(`[data-testid='${id}']`);
              return node && node.checkVisibility() ? node.innerText : null;
            }""", testid)

    def fill(self, testid, value):
        """Types into a field."""
        self.evaluate(
            """(id, value) => {
              const field = document.querySelector(`[data-testid='${id}']`);
              field.value = value;
              field.dispatchEvent(new Event("input", { bubbles: true }));
            }""", testid, value)


def call_text(function, arguments):
    """JavaScript that calls a function with JSON arguments and yields its result as JSON."""
    values = ", ".join(json.dumps(argument) for argument in arguments)
    return f"async () => JSON.stringify(await (({function})({values})) ?? null)"
