import socket
from contextlib import closing

import pytest

from survey.errors import SimulationError
from survey.simulation.wire import Line, Site


@pytest.fixture
def pair():
    """A line, and the server's end of it."""
    ours, theirs = socket.socketpair()

    class Here(Site):
        def connect(self):
            return ours

    line = Line(Here(("127.0.0.1", 80), False, "localhost"))
    with ours, closing(theirs), closing(line):
        line.send(b"GET / HTTP/1.1\r\n\r\n")
        yield line, theirs


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (b"Content-Length: 4\r\n\r\nbody", b"body"),
        (b"Content-Length: 0\r\n\r\n", b""),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\nbod\r\n1;x=1\r\ny\r\n0\r\nX: 1\r\n\r\n", b"body"),
    ],
)
def test_replies_that_leave_the_line_open(pair, sent, body):
    line, server = pair
    for _ in range(2):
        server.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nVARY: x\r\n" + sent)
        reply = line.receive()
        assert (reply.status, reply.body, reply.cookies) == (200, body, ["a=1; Path=/"])
        assert reply.headers["vary"] == "x"


def test_a_reply_up_to_the_end_of_the_connection(pair):
    line, server = pair
    server.sendall(b"HTTP/1.0 404 Not Found\r\n\r\nbody")
    server.shutdown(socket.SHUT_WR)
    reply = line.receive()
    assert (reply.status, reply.body) == (404, b"body")


@pytest.mark.parametrize(
    "sent",
    [b"", b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody",
     b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"],
)  # fmt: skip
def test_a_broken_reply_is_an_error_of_the_connection(pair, sent):
    line, server = pair
    server.sendall(sent)
    server.shutdown(socket.SHUT_WR)
    with pytest.raises(ConnectionError):
        line.receive()


@pytest.mark.parametrize(
    ("url", "address", "host"),
    [
        ("http://127.0.0.1:8000", ("127.0.0.1", 8000), "study.example.org"),
        ("http://study.example.org", ("study.example.org", 80), "study.example.org"),
        ("https://study.example.org/", ("study.example.org", 443), "study.example.org"),
        ("http://study.example.org:81", ("study.example.org", 81), "study.example.org:81"),
    ],
)
def test_a_site_is_asked_under_a_name_that_it_admits(settings, url, address, host):
    settings.ALLOWED_HOSTS = ["study.example.org"]
    site = Site.at(url)
    assert (site.address, site.host) == (address, host)
    assert site.scheme == url.partition(":")[0]
    settings.SECURE_SSL_REDIRECT = True
    assert site.scheme == "https"


def test_an_address_is_needed():
    with pytest.raises(SimulationError, match="expected an address such as"):
        Site.at("ftp://example.org")
