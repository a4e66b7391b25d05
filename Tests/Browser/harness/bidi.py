"""WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/) over one WebSocket: as much of it as the tests use."""

import json
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from .page import ScriptError


class BiDi:
    """A session with a browser: commands with their results, and events as they come in between."""

    def __init__(self, url, on_event=None):
        self._socket = connect(url, max_size=64 << 20, open_timeout=10, compression=None, legacy=True)
        self._next = 0
        self._on_event = on_event or (lambda method, parameters: None)
        self.capabilities = self.command("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})[
            "capabilities"]

    def command(self, method, timeout=60.0, **parameters):
        """Sends a command and waits for its result."""
        self._next += 1
        number = self._next
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        deadline = time.monotonic() + timeout
        while True:
            try:
                message = json.loads(self._socket.recv(timeout=max(0.0, deadline - time.monotonic())))
            except TimeoutError:
                raise ScriptError(f"the browser did not answer {method} within {timeout:g} s") from None
            if message.get("type") == "event":
                self._on_event(message["method"], message["params"])
            elif message.get("id") == number:
                if message["type"] == "error":
                    raise ScriptError(f"{method}: {message['error']}: {message['message']}")
                return message["result"]

    def close(self):
        try:
            self.command("browser.close", timeout=10)
        except (ScriptError, ConnectionClosed):
            pass
        self._socket.close()
