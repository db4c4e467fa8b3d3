"""Parts of pages that are asked for again and again, by static/jobs/live.js."""

from __future__ import annotations

import hashlib
import re
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response

_TOKEN = re.compile(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]*>')


def part(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The part as it is now; nothing is sent where nothing moved."""
    text = render_to_string(template, context, request)
    # Without the form's token, which is masked anew each time.
    tag = hashlib.sha256(_TOKEN.sub("", text).encode()).hexdigest()[:32]
    response = HttpResponse(text, headers={"ETag": f'"{tag}"', "Cache-Control": "no-cache"})
    return cast(HttpResponse, get_conditional_response(request, f'"{tag}"', None, response))
