"""Which schedulers are spoken to."""

from __future__ import annotations

import socket

import pytest

from jobs.engines import EngineError
from jobs.engines.addresses import find_scheduler


def find(address: str, private_network: bool = False, **files: str) -> str:
    given = {"scheduler": address, **files}
    return find_scheduler(given, private_network=private_network).address


@pytest.mark.parametrize(
    "address", ["", "host:8786", "tcp://host", "tcp://:8786", "ucx://host:1", "tcp://host:x"]
)
def test_an_address_that_is_none_is_named(address):
    with pytest.raises(EngineError) as raised:
        find(address)
    assert str(raised.value) == (
        f"expected TEXTURESTUDY_DASK_SCHEDULER as tls://scheduler.example.org:8786, got {address!r}"
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "[::1]", "localhost"])
def test_plain_connections_may_stay_on_this_machine(host):
    assert find(f"tcp://{host}:8786") == f"tcp://{host}:8786"


@pytest.mark.parametrize("host", ["10.1.2.3", "192.168.0.9", "[fd00::7]"])
def test_a_private_network_is_to_be_named_as_such(host):
    with pytest.raises(EngineError, match="expected tls://, or a loopback address, got tcp://"):
        find(f"tcp://{host}:8786")
    assert find(f"tcp://{host}:8786", private_network=True)


def test_no_setting_allows_a_plain_connection_to_a_public_address():
    with pytest.raises(EngineError, match=r"a private or loopback address, got .* \(8\.8\.8\.8\)"):
        find("tcp://8.8.8.8:8786", private_network=True)


def test_every_address_of_a_name_counts(monkeypatch):
    found = [(0, 0, 0, "", (ip, 0)) for ip in ("127.0.0.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(EngineError, match=r"\(10\.0\.0\.1\)"):
        find("tcp://both:8786")


def test_a_host_that_nobody_knows_is_named(monkeypatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror("not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(EngineError, match="a host that is known, got tcp://nono:8786: not known"):
        find("tcp://nono:8786")


def test_tls_needs_all_its_files(tmp_path):
    file = tmp_path / "some.pem"
    file.touch()
    with pytest.raises(EngineError, match="expected the file of TEXTURESTUDY_DASK_TLS_CA,"):
        find("tls://8.8.8.8:8786")
    gone = {"tls_ca": str(file), "tls_cert": str(tmp_path / "gone.pem")}
    with pytest.raises(EngineError, match=r"TEXTURESTUDY_DASK_TLS_CERT, .* got '.*gone\.pem'"):
        find("tls://8.8.8.8:8786", **gone)
    files = dict.fromkeys(("tls_ca", "tls_cert", "tls_key"), str(file))
    assert find("tls://8.8.8.8:8786", **files)


def test_certificates_without_tls_are_a_mistake():
    with pytest.raises(EngineError, match="expected tls:// where TEXTURESTUDY_DASK_TLS_KEY is set"):
        find("tcp://127.0.0.1:8786", tls_key="key.pem")
