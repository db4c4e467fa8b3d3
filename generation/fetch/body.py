"""The bytes of an answer, within a bound that counts them decoded."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from generation.fetch.base import FetchError, PassingError

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_ENCODINGS = ("gzip", "x-gzip", "deflate")


def read_body(chunks: Iterable[bytes], *, encoding: str, limit: int) -> bytes:
    """The joined chunks, decoded; of a decompression bomb no more than `limit` is unpacked.

    Raises FetchError beyond the limit, received or decoded, and for an encoding that was not
    asked for.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return b"".join(_bounded(chunks, limit))
    if encoding not in _ENCODINGS:
        raise FetchError(
            f"expected an image as it is or gzipped, got the encoding {encoding[:40]!r}",
            for_good=True,
        )
    try:
        return b"".join(_bounded(_decoded(_bounded(chunks, limit), limit), limit))
    except zlib.error as error:
        raise FetchError(f"expected {encoding} data, got others: {error}", for_good=True) from error


def check_length(stated: str, limit: int) -> None:
    """Refuse what says itself that it is too large."""
    if stated.isdecimal() and int(stated[:20]) > limit:
        raise too_large(limit)


def too_large(limit: int) -> FetchError:
    return FetchError(f"expected at most {limit / 1e6:g} MB, got more", for_good=True)


def _bounded(chunks: Iterable[bytes], limit: int) -> Iterable[bytes]:
    left = limit
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise too_large(limit)
        yield chunk


def _decoded(chunks: Iterable[bytes], limit: int) -> Iterable[bytes]:
    decoder = zlib.decompressobj(_GZIP_OR_ZLIB)
    for chunk in chunks:
        # One byte beyond the limit is enough to know; what is left of the chunk is not needed then.
        yield decoder.decompress(chunk, limit + 1)
    if not decoder.eof:
        raise PassingError("expected a whole image, got the beginning of one")
