import socket
import time

import pytest

from survey.errors import SimulationError
from survey.simulation.browser import Browser, Patience, StoppedError
from survey.simulation.wire import Reply, Site


@pytest.fixture
def nobody():
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return Site.at(f"http://127.0.0.1:{port}")


def test_a_server_that_stays_away_is_given_up(nobody):
    browser = Browser(nobody, language="ja", patience=Patience(0.2))
    started = time.monotonic()
    with pytest.raises(SimulationError, match=r"no success for 0\.2 s: /s/textures/: .*refused"):
        browser.open("/s/textures/")
    assert 0.2 < time.monotonic() - started < 5
    assert browser.retries > 1


def test_nobody_waits_after_the_stop(nobody):
    patience = Patience(60)
    patience.stop()
    with pytest.raises(StoppedError):
        Browser(nobody, language="ja", patience=patience).open("/")


def test_cookies_are_kept_by_name_and_taken_back(nobody, monkeypatch):
    set_now = [["a=1; Path=/", "b=2"], ["a=3; HttpOnly"], ['b=""; Max-Age=0']]
    sent = []

    def receive(_):
        return Reply(200, {}, set_now.pop(0) if set_now else [], b"<p></p>")

    monkeypatch.setattr("survey.simulation.wire.Line.send", lambda _, request: sent.append(request))
    monkeypatch.setattr("survey.simulation.wire.Line.receive", receive)
    browser = Browser(nobody, language="ja", patience=Patience(0))
    for _ in range(4):
        browser.open("/")
    cookies = [request.partition(b"Cookie: ")[2].partition(b"\r\n")[0] for request in sent]
    assert cookies == [b"", b"a=1; b=2", b"a=3; b=2", b"a=3"]
