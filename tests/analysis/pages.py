"""What a reader sees of a page: its text, and the text of its tables and list items."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

Row = list[str]


@dataclass
class Page(HTMLParser):
    """Tables as rows of cells, the items of lists, and the whole text."""

    html: str
    tables: list[list[Row]] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag == "li":
            self.items.append("")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text or {"script", "style"} & set(self.open):
            return
        self.words.append(text)
        if {"td", "th"} & set(self.open):
            row = self.tables[-1][-1]
            row[-1] = f"{row[-1]} {text}".strip()
        if "li" in self.open:
            self.items[-1] = f"{self.items[-1]} {text}".strip()

    @property
    def text(self) -> str:
        return " ".join(self.words)
