"""What a person can use of a page: the questionnaire's form, and the way on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

Attributes = list[tuple[str, str | None]]


@dataclass
class Page:
    """A page of the questionnaire.

    `choices` are the values of each group of radio buttons, of each list and each box to tick;
    `texts` are the fields to write in; `required` cannot be left out. `images` are those of the
    form; `upcoming` are the questions that the page has ahead.
    """

    path: str
    has_form: bool = False
    hidden: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    required: set[str] = field(default_factory=set)
    images: list[str] = field(default_factory=list)
    upcoming: list[dict[str, Any]] = field(default_factory=list)
    link: str = ""
    code: str = ""

    @property
    def stage(self) -> str:
        """The last part of its path; the landing page's is the study's slug."""
        return self.path.partition("?")[0].rstrip("/").rpartition("/")[2]


def read_page(path: str, html: str) -> Page:
    reader = _Reader(path)
    reader.feed(html)
    return reader.page


class _Reader(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.page = Page(path)
        self._inside = False
        self._select = ""
        self._reads = ""  # what the text of the present element is

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        values = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                self._inside = values.get("id") == "survey-form"
                self.page.has_form |= self._inside
            case "a" if values.get("id") == "survey-next":
                self.page.link = values["href"]
            case "script" if values.get("id") == "upcoming":
                self._reads = "upcoming"
            case "output" if "code" in values.get("class", "").split():
                self._reads = "code"
            case _ if self._inside:
                self._read_field(tag, values)

    def handle_endtag(self, tag: str) -> None:
        self._reads = ""
        if tag == "form":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._reads == "upcoming":
            self.page.upcoming = json.loads(data)
        elif self._reads == "code":
            self.page.code += data.strip()

    def _read_field(self, tag: str, values: dict[str, str]) -> None:
        page, name = self.page, values.get("name", "")
        if "required" in values:
            page.required.add(name)
        match tag, values.get("type", "text"):
            case "input", "hidden":
                page.hidden[name] = values.get("value", "")
            case "input", "radio" | "checkbox":
                page.choices.setdefault(name, []).append(values.get("value", "on"))
            case ("input", "text") | ("textarea", _):
                page.texts.append(name)
            case "select", _:
                self._select = name
            case "option", _ if values.get("value"):
                page.choices.setdefault(self._select, []).append(values["value"])
            case "img", _:
                page.images.append(values["src"])
