"""Messages over data channels: the chat, binary data, messages to one member, and what the status says of it."""

import pytest

from harness.link import Link
from harness.waiting import eventually
from test_page import DESKTOP, PHONE, expect_everything_in_sight

LISTEN = """() => {
  window.heard = [];
  roost.client.addEventListener("message", ({ detail: { from, label, protocol, data, isDirect } }) => {
    const sender = roost.client.participants.get(from)?.name ?? from;
    heard.push([sender, label, protocol, typeof data === "string" ? data : [...new Uint8Array(data)], isDirect]);
  });
}"""


def listen(*people):
    for person in people:
        person.page.evaluate(LISTEN)


def heard(person):
    return person.page.evaluate("() => window.heard")


def send(person, data, **options):
    person.page.evaluate("(data, options) => roost.client.send(data, options)", data, options)


def identifier(person, name):
    """The participant id of `name` as `person` knows it."""
    return person.page.evaluate(
        "(name) => [...roost.client.participants.values()].find((other) => other.name === name).id", name)


def chat(person, text):
    person.page.fill("chat-field", text)
    person.page.click("chat-send")


def lines(person):
    return person.page.evaluate("() => [...document.querySelectorAll('.chat-text')].map((node) => node.textContent)")


@pytest.mark.parametrize("first, second", [("chromium", "firefox"), ("firefox", "chromium")])
def test_chat_both_ways(person, first, second):
    ada = person("Ada", first).join()
    ben = person("Ben", second).join()
    ada.page.click("dock-chat")
    chat(ada, "Hello <b>Ben</b> javascript:alert(1)")
    label = "() => document.getElementById('dock-chat').getAttribute('aria-label')"
    eventually(lambda: ben.page.evaluate(label) == "Chat, 1 unread", 10, "Ben is told of a message")
    ben.page.click("dock-chat")
    assert lines(ben) == ["Hello <b>Ben</b> javascript:alert(1)"]
    assert ben.page.evaluate("() => document.querySelectorAll('.chat-text *, .chat-text a').length") == 0
    assert ben.page.evaluate("() => document.querySelector('.chat-name').textContent") == "Ada"
    assert ben.page.evaluate(label) == "Chat"
    words = "See (https://example.org/notes?page=1), and <a href='javascript:alert(1)'>this</a>."
    chat(ben, words)
    eventually(lambda: lines(ada)[1:] == [words], 10, "the answer at Ada")
    links = ada.page.evaluate("() => [...document.querySelectorAll('.chat-text a')].map(({ href, target, rel }) => [href, target, rel])")
    assert links == [["https://example.org/notes?page=1", "_blank", "noopener noreferrer"]]


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_one_member_and_late_joiner(person, kind):
    ada = person("Ada", kind).join()
    ben = person("Ben", "firefox").join()
    eve = person("Eve").join()
    listen(ada, ben, eve)
    eventually(lambda: ada.people() == ["Ben", "Eve"], 10, "everybody")
    send(ada, "to all")
    send(ada, "psst", to=identifier(ada, "Ben"))
    send(eve, "from Eve", label="other", protocol="v1")
    eventually(lambda: len(heard(ben)) == 3, 15, "three at Ben")
    eventually(lambda: len(heard(eve)) == 1, 15, "one at Eve")
    assert sorted(heard(ben)) == [
        ["Ada", "messages", "", "psst", True], ["Ada", "messages", "", "to all", False],
        ["Eve", "other", "v1", "from Eve", False]]
    assert heard(eve) == [["Ada", "messages", "", "to all", False]]
    dan = person("Dan", kind).join()
    listen(dan)
    eventually(lambda: "Dan" in ada.people(), 10, "Dan")
    send(ada, "welcome")
    eventually(lambda: heard(dan) == [["Ada", "messages", "", "welcome", False]], 15, "the late one hears Ada")


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_binary_large_empty_and_unordered(person, server, room, kind):
    ada = person("Ada", kind).join()
    ben = person("Ben", "chromium" if kind == "firefox" else "firefox").join()
    listen(ada, ben)
    eventually(lambda: ada.people() == ["Ben"], 10, "Ben")
    ada.page.evaluate("() => roost.client.send(new Uint8Array([0, 255, 7]))")
    ada.page.evaluate("() => roost.client.send('')")
    ada.page.evaluate("() => roost.client.send('x'.repeat(65536))")
    ada.page.evaluate("() => roost.client.send('quick', { label: 'game', ordered: false, maxRetransmits: 0 })")
    eventually(lambda: len(heard(ben)) == 4, 20, "four messages")
    received = {entry[1]: [] for entry in heard(ben)}
    for entry in heard(ben):
        received[entry[1]].append(entry[3])
    assert received["game"] == ["quick"]
    assert received["messages"][:2] == [[0, 255, 7], ""] and received["messages"][2] == "x" * 65536
    figures = server.participant(room, "Ada")["media"]["dataChannels"]
    assert figures["connected"] and figures["messagesReceived"] == 4 and figures["bytesReceived"] == 65536 + 8
    assert server.participant(room, "Ben")["media"]["dataChannels"]["messagesSent"] == 4


def test_too_much_is_refused(person, server, room):
    ada = person("Ada").join()
    ben = person("Ben").join()
    listen(ben)
    eventually(lambda: ada.people() == ["Ben"], 10, "Ben")
    code = ada.page.evaluate(
        "() => { try { roost.client.send('x'.repeat(65537)); return null; } catch (error) { return error.code; } }")
    assert code == "too-large"
    # At once and then for two seconds: what is refused is said, and what is not arrives, all of it.
    sent, codes = ada.page.evaluate(
        """async () => {
          let sent = 0;
          const codes = new Set();
          for (const end = performance.now() + 2000; performance.now() < end; await new Promise((done) => setTimeout(done))) {
            try {
              for (let n = 0; n < 5; n += 1) {
                roost.client.send(`${sent}`);
                sent += 1;
              }
            } catch (error) {
              codes.add(error.code);
            }
          }
          return [sent, [...codes]];
        }""")
    assert codes == ["too-fast"] and 350 <= sent <= 420
    eventually(lambda: len(heard(ben)) == sent, 15, "all of them")
    assert [int(entry[3]) for entry in heard(ben)] == list(range(sent))
    figures = server.participant(room, "Ada")["media"]["dataChannels"]
    assert figures["connected"] and figures["drops"] == {}
    assert ada.state() == "connected" and ben.state() == "connected"


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_a_client_that_knows_no_rate_is_told_of_its_end(person, server, room, kind):
    """Without the library's allowance: no hole among what arrives, but an end that the page says."""
    ada = person("Ada", kind).join()
    ben = person("Ben").join()
    listen(ben)
    eventually(lambda: ada.people() == ["Ben"], 10, "Ben")
    ada.page.evaluate(
        """async () => {
          const channel = roost.client.peerConnection.createDataChannel("raw");
          await new Promise((done) => { channel.onopen = done; });
          for (let n = 0; n < 3000; n += 1) channel.send(`${n}`);
        }""")
    eventually(lambda: ada.page.text("notice-messages"), 20, "Ada is told")
    figures = server.participant(room, "Ada")["media"]["dataChannels"]
    assert figures["endReason"] == "The participant sent reliable messages faster than it may."
    arrived = [int(entry[3]) for entry in heard(ben)]
    assert arrived == list(range(len(arrived))) and 1200 <= len(arrived) < 2000
    assert ada.state() == "connected" and ben.state() == "connected"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_screenshots_of_the_chat(person, screenshots, size, dark):
    suffix = f"{'phone' if size == PHONE else 'desktop'}-{'dark' if dark else 'light'}.png"
    ben = person("Ben", "firefox").join(width=640, height=360)
    ada = person("Ada", dark=dark, mobile=size == PHONE)
    ada.page.resize(*size)
    ada.join(width=640, height=360)
    eventually(lambda: ben.people() == ["Ada"], 10, "Ada")
    send(ben, "Hello Ada! The notes are at https://example.org/notes/2026/november?page=1")
    send(ben, "Only for you: the door code changes on Friday.", to=identifier(ben, "Ada"))
    label = "() => document.getElementById('dock-chat').getAttribute('aria-label')"
    eventually(lambda: ada.page.evaluate(label) == "Chat, 2 unread", 10, "two unread")
    ada.page.screenshot(str(screenshots / f"unread-{suffix}"))
    expect_everything_in_sight(ada.page, size[0])
    ada.page.click("dock-chat")
    chat(ada, "Thank you, I will have a look at them this afternoon.")
    expect_everything_in_sight(ada.page, size[0])
    ada.page.screenshot(str(screenshots / f"chat-{suffix}"))


class TestSlowReceiver:
    @pytest.fixture
    def server_options(self):
        return ["--data-buffer", "262144"]

    @pytest.mark.parametrize("kind", ["chromium", "firefox"])
    def test_a_line_for_messages_that_ended_is_told_and_can_be_had_again(self, person, server, room, screenshots, kind):
        """Ben's link is too narrow for what Ada sends: his channels end, his picture and sound do not."""
        ada = person("Ada").join()
        ben = person("Ben", kind).join(mic=0, cam=0)
        listen(ben)
        eventually(lambda: ada.people() == ["Ben"], 10, "Ben")
        send(ada, "before")
        eventually(lambda: len(heard(ben)) == 1, 10, "the line works")
        port = ben.page.evaluate("() => watch.connection().then(({ local }) => local.port)")
        with Link(port) as link:
            link.shape("down", rate=400_000, queue=300)
            ada.page.evaluate("() => { for (let n = 0; n < 16; n += 1) roost.client.send('x'.repeat(60000)); }")
            reason = "The participant took its messages too slowly."
            figures = lambda name: server.participant(room, name)["media"]["dataChannels"]
            eventually(lambda: figures("Ben").get("endReason") == reason, 15, "the end in the status")
        eventually(lambda: ben.page.text("notice-messages"), 20, "Ben is told")
        assert "You get no messages any more" in ben.page.text("notice-messages")
        assert ben.state() == "connected" and figures("Ada")["connected"]
        ben.page.resize(*PHONE)
        ben.page.click("dock-chat")
        chat(ben, "hello?")
        assert ben.page.text("chat-error") == "The server has closed this connection’s line for messages."
        assert ben.page.text("notice-messages"), "the notice stands above the chat"
        expect_everything_in_sight(ben.page, PHONE[0])
        ben.page.screenshot(str(screenshots / f"messages-ended-phone-{kind}.png"))
        ben.page.evaluate("() => document.querySelector(\"[data-testid='notice-messages'] button\").click()")
        eventually(lambda: ben.page.text("notice-messages") is None, 10, "the notice is gone")
        ben.wait_connected()
        chat(ben, "there again")
        eventually(lambda: lines(ben)[-1:] == ["there again"], 5, "Ben's own line")
        eventually(lambda: ada.people() == ["Ben"], 10, "one Ben")
        send(ada, "after")
        eventually(lambda: heard(ben)[-1:] and heard(ben)[-1][3] == "after", 10, "Ben hears again")
