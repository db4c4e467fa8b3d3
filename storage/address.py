"""The address of the storage, as the environment has it -> Django's setting."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_FORM = "s3://KEY:SECRET@host:port/bucket?region=REGION&tls=0"
_STYLES = ("path", "virtual")


def storage_at(url: str) -> dict[str, Any]:
    """The entry of STORAGES for `url`: a bucket, or for "" the folder MEDIA_ROOT.

    Without a host the bucket is Amazon's; without a key boto3 looks for one in its own places.
    What follows the bucket's name is a folder in it. Raises ValueError, which never tells the
    secret.
    """
    if not url:
        return {"BACKEND": "storage.local.LocalStorage"}
    parts, port = _split(url)
    bucket, _, folder = parts.path.strip("/").partition("/")
    if not bucket:
        raise ValueError(f"expected {_FORM}, got no bucket")
    said = _said(parts.query)
    options: dict[str, Any] = {"bucket_name": unquote(bucket), "location": unquote(folder)}
    options["addressing_style"] = said.pop("style", "path" if parts.hostname else "virtual")
    if parts.hostname:
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        scheme = "http" if said.pop("tls", "1") == "0" else "https"
        options["endpoint_url"] = f"{scheme}://{host}{f':{port}' if port else ''}"
    if parts.username:
        options["access_key"] = unquote(parts.username)
        options["secret_key"] = unquote(parts.password or "")
        options["security_token"] = None  # one in the environment belongs to another key
    # A server of one's own has none, but signatures need a name.
    options["region_name"] = said.pop("region", "us-east-1" if parts.hostname else None)
    return {"BACKEND": "storage.bucket.BucketStorage", "OPTIONS": options}


def _split(url: str) -> tuple[SplitResult, int | None]:
    rest = re.split("[/?#]", url.partition("://")[2], maxsplit=1)[1:]
    if "@" in "".join(rest):  # what seems to stand behind the host is of the secret
        raise ValueError(
            f"expected {_FORM}, got /, ? or # in the key or the secret: write them as %2F, %3F, %23"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # its message would quote the address
        raise ValueError(f"expected {_FORM}, got a host or port that is none") from None
    if parts.scheme != "s3":
        got = f"{parts.scheme}://" if parts.scheme else "no s3:// at its beginning"
        raise ValueError(f"expected {_FORM}, got {got}")
    if bool(parts.username) != bool(parts.password):
        raise ValueError(f"expected {_FORM}, got a key without a secret or a secret without a key")
    return parts, port


def _said(query: str) -> dict[str, str]:
    allowed: dict[str, tuple[str, ...]] = {"region": (), "tls": ("0", "1"), "style": _STYLES}
    said = dict(parse_qsl(query, keep_blank_values=True))
    for name, value in said.items():
        if name not in allowed:
            raise ValueError(f"expected {', '.join(allowed)} behind the ?, got {name!r}")
        if not value or (allowed[name] and value not in allowed[name]):
            wanted = " or ".join(allowed[name]) or "its name"
            raise ValueError(f"expected {name}={wanted}, got {name}={value}")
    return said
