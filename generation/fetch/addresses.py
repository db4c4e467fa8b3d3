"""A session that reaches public addresses only, whatever a name resolves to."""

from __future__ import annotations

import ipaddress
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.util import parse_url

from generation.fetch.clock import WatchedPool, WatchedTlsPool

_PORTS = {"http": 80, "https": 443}
_HOSTS_KEPT = 64
_KEPT_PER_HOST = 16


def open_session(user_agent: str, allow: frozenset[str]) -> HTTPSession:
    """A session that sends `user_agent`, keeps no cookies and heeds no environment.

    The addresses behind `allow`, exact "host:port", are not checked.
    """
    session = _Session(
        Config(
            ip_filter_enable=False,  # its adapters are mounted here, as the two below
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,  # each redirect is a request of its own, with its own checks
            default_timeout=None,
            user_agent_override=user_agent,
        )
    )
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Images are compressed already, and an encoding would only hide their size.
    session.headers.update({"Accept": "image/*,*/*;q=0.5", "Accept-Encoding": "identity"})
    for scheme in _PORTS:
        session.mount(f"{scheme}://", _PublicAdapter(scheme, allow))
    return session


class _Session(HTTPSession):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Of no concern here: even without leave to follow, requests reads all that comes along."""
        return


class _PublicAdapter(IPFilterAdapter):
    """Connects to the address that was checked, except for what is in `allow`."""

    def __init__(self, scheme: str, allow: frozenset[str]) -> None:
        super().__init__(is_https_proto=scheme == "https")
        self._allow = allow

    def init_poolmanager(self, *_args: Any, **_options: Any) -> None:
        # More hosts at once than a pool manager keeps would close each other's connections.
        super().init_poolmanager(_HOSTS_KEPT, _KEPT_PER_HOST)
        self.poolmanager.pool_classes_by_scheme = {"http": WatchedPool, "https": WatchedTlsPool}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        if _netloc(request.url or "") in self._allow:
            return HTTPAdapter.build_connection_pool_key_attributes(self, request, verify, cert)
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        _check_global(host["host"])
        return host, tls


def _check_global(host: str) -> None:
    """Refuse what the filter knows no range for, such as ::7f00:1 and fec0::1."""
    address = ipaddress.ip_address(host.strip("[]"))
    local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    if local or address.is_reserved or not address.is_global:
        raise InvalidIPAddress(address)


def _netloc(url: str) -> str:
    parts = parse_url(url)
    return f"{parts.host}:{parts.port or _PORTS.get(parts.scheme or '')}"
