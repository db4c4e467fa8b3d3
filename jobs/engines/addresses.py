"""Where an existing scheduler is, and whether it may be spoken to: it runs whatever it is sent."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from jobs.engines.base import EngineError

_EXAMPLE = "tls://scheduler.example.org:8786"
FILES = {
    "tls_ca": "TEXTURESTUDY_DASK_TLS_CA",
    "tls_cert": "TEXTURESTUDY_DASK_TLS_CERT",
    "tls_key": "TEXTURESTUDY_DASK_TLS_KEY",
}


@dataclass(frozen=True, slots=True)
class Scheduler:
    """An address, and the files of certificate authority, certificate and key where it is tls://."""

    address: str
    files: Mapping[str, str]


def find_scheduler(given: Mapping[str, str], *, private_network: bool) -> Scheduler:
    """The scheduler of these settings, by their names without TEXTURESTUDY_DASK_ in small letters.

    Plain tcp:// is for loopback addresses only and, where `private_network` says so, for those of
    private networks. Raises EngineError.
    """
    address = given.get("scheduler", "")
    scheme, host = _parts(address)
    named = {name: given[name] for name in FILES if given.get(name)}
    if scheme == "tls":
        for name, variable in FILES.items():
            if not (name in named and Path(named[name]).is_file()):
                raise EngineError(
                    f"expected the file of {variable}, which {address} needs, got "
                    f"{named.get(name, '')!r}"
                )
        return Scheduler(address, named)
    if named:
        variables = ", ".join(FILES[name] for name in named)
        raise EngineError(f"expected tls:// where {variables} is set, got {address}")
    _refuse_public(address, host, private_network)
    return Scheduler(address, {})


def _parts(address: str) -> tuple[str, str]:
    """Scheme and host."""
    expected = f"expected TEXTURESTUDY_DASK_SCHEDULER as {_EXAMPLE}, got {address!r}"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise EngineError(expected) from error
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or not port:
        raise EngineError(expected)
    return parts.scheme, parts.hostname


def _refuse_public(address: str, host: str, private_network: bool) -> None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise EngineError(f"expected a host that is known, got {address}: {error}") from error
    for *_, place in found:
        ip = ipaddress.ip_address(str(place[0]).partition("%")[0])
        if ip.is_loopback or (private_network and ip.is_private):
            continue
        allowed = "a private or loopback" if private_network else "a loopback"
        raise EngineError(
            f"expected tls://, or {allowed} address, got {address} ({ip}): whoever reaches a plain "
            "scheduler runs what they like on its machines; see docs/growing/dask.md"
        )
