"""JSON from a provider's API: patient with what passes, bounded, and silent about keys."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from time import sleep
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import requests

from generation.sources.base import AccessError, QuotaError, SourceError
from generation.sources.limits import seconds_to_wait

# Seconds before the second, third and fourth try.
_PAUSES = (1.0, 2.0, 4.0)
_LONGEST_PAUSE = 60.0
_TIMEOUT = (5, 20)
_MOST_BYTES = 20 << 20
_CHUNK = 1 << 16
_NO_RESET = "it does not say when it resets"
# What a dropped connection raises while a body is read.
_DROPPED = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


class TemporaryError(Exception):
    """A fault that may pass: the error it becomes if it does not, and the seconds to wait."""

    def __init__(self, error: SourceError, wait: float = 0) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


@dataclass(frozen=True)
class Answer:
    """A JSON object and the headers that it came with."""

    json: dict[str, Any]
    headers: Mapping[str, str]


Check = Callable[[Answer], None]


class Client:
    """Asks one provider; errors begin with its name, and name `variable` where a key is refused.

    `secrets` are struck out of whatever comes back. `denials` are words in an error's body that
    mean a refused key, whatever the status.
    """

    def __init__(
        self,
        provider: str,
        *,
        variable: str,
        contact: str = "",
        secrets: tuple[str, ...] = (),
        denials: tuple[str, ...] = (),
    ) -> None:
        self.provider = provider
        self.variable = variable
        self.denials = denials
        self._secrets: list[str] = []
        for secret in secrets:
            self.hide(secret)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = user_agent(contact)

    def hide(self, secret: str) -> None:
        """Strike `secret` out of what comes from now on, also where it is quoted in a URL."""
        self._secrets += [s for s in {secret, quote(secret, safe=""), quote_plus(secret)} if s]

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
    ) -> Answer:
        """The answer to a GET; `check` raises for faults that come with status 200."""

        def ask() -> Answer:
            body, came = self._send("GET", url, params=params, headers=headers)
            answer = Answer(self._parse(self._clean(body)), came)
            if check:
                check(answer)
            return answer

        return self._patiently(ask)

    def post(self, url: str, data: Mapping[str, str]) -> Answer:
        """The answer to a form; secrets in it are what was asked for, and stay."""

        def ask() -> Answer:
            body, came = self._send("POST", url, data=data)
            return Answer(self._parse(body), came)

        return self._patiently(ask)

    def quota_error(self, words: str, headers: Mapping[str, str]) -> QuotaError:
        """What a reached limit becomes: whose, which in the provider's words, and its reset."""
        wait = seconds_to_wait(headers)
        resets_at = None if wait is None else datetime.now(UTC) + timedelta(seconds=wait)
        when = f"it resets at {resets_at:%Y-%m-%d %H:%M:%S} UTC" if resets_at else _NO_RESET
        limits = [f"{k}: {v}" for k, v in headers.items() if k.lower().startswith("x-ratelimit-l")]
        told = "; ".join([self._start(words), *limits])
        return QuotaError(f"{self.provider}: a limit is reached ({told}); {when}", resets_at)

    def temporary(self, error: SourceError, headers: Mapping[str, str]) -> TemporaryError:
        return TemporaryError(error, seconds_to_wait(headers) or 0)

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        for pause in (*_PAUSES, None):
            try:
                return ask()
            except TemporaryError as fault:
                if pause is None or fault.wait > _LONGEST_PAUSE:
                    raise fault.error from None
                sleep(max(pause, fault.wait) * random.uniform(1, 1.2))
        raise AssertionError("the last try returns or raises")

    def _send(self, method: str, url: str, **options: Any) -> tuple[str, Mapping[str, str]]:
        """The body and headers of a success.

        Redirects are not followed: a key in a header would go along to another host. Nor are
        causes kept, for they hold the URL and the headers.
        """
        options |= {"timeout": _TIMEOUT, "stream": True, "allow_redirects": False}
        try:
            with self._session.request(method, url, **options) as response:
                body = self._read(response)
        except _DROPPED as error:
            raise TemporaryError(self._no_answer(url, error)) from None
        except (requests.RequestException, ValueError) as error:
            raise self._no_answer(url, error) from None
        if response.status_code != 200:
            self._refuse(response, body)
        return body, response.headers

    def _read(self, response: requests.Response) -> str:
        data = bytearray()
        for chunk in response.iter_content(_CHUNK):
            data += chunk
            if len(data) > _MOST_BYTES:
                raise SourceError(f"{self.provider}: expected at most {_MOST_BYTES} bytes of JSON")
        return data.decode("utf-8", errors="replace")

    def _refuse(self, response: requests.Response, body: str) -> None:
        status, headers = response.status_code, response.headers
        words = f"status {status}: {body}"
        if status == 429:
            raise self.temporary(self.quota_error(words, headers), headers)
        if status in (402, 403) and "quota" in body.lower():  # Azure's, when it is used up
            raise self.quota_error(words, headers)
        if status in (401, 403) or any(denial in body for denial in self.denials):
            raise AccessError(
                f"{self.provider}: expected access, got {self._start(words)}: see {self.variable}"
            )
        error = SourceError(f"{self.provider}: expected JSON, got {self._start(words)}")
        raise self.temporary(error, headers) if status >= 500 else error

    def _parse(self, body: str) -> dict[str, Any]:
        try:
            # NaN and Infinity are no JSON, and no database would take them.
            value = json.loads(body, parse_constant=str)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise SourceError(
                f"{self.provider}: expected a JSON object, got status 200: {self._start(body)}"
            )
        return value

    def _no_answer(self, url: str, error: Exception) -> SourceError:
        host, kind = self._clean(urlsplit(url).netloc), type(error).__name__
        return SourceError(f"{self.provider}: expected an answer from {host!r}, got {kind}")

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return text

    def _start(self, text: str) -> str:
        """The first words, on one line; struck out before they are cut, so no key is halved."""
        return " ".join(self._clean(text).split())[:160]


def user_agent(contact: str) -> str:
    """`texturestudy/<version> (<contact>)`; AccessError where no header can carry the contact."""
    if contact and not (contact.isascii() and contact.isprintable()):
        raise AccessError(
            f"TEXTURESTUDY_CONTACT: expected an address in printable ASCII, got {contact!r}"
        )
    name = f"texturestudy/{version('texturestudy')}"
    return f"{name} ({contact})" if contact else name


def required_key(key: str, provider: str, variable: str) -> str:
    """The key; AccessError, without it, where there is none or no header can carry it."""
    if not key:
        raise AccessError(f"{provider}: expected a key in {variable}, got none")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise AccessError(
            f"{provider}: expected a key of printable ASCII without spaces in {variable}"
        )
    return key
