"""What the browser tests stand on: a network namespace, the server, two kinds of browser, and people in rooms."""
