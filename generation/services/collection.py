"""Collecting as long work: asked for word by word, done by whoever claims it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

import storage
from generation.fetch import Fetcher, Limits
from generation.models import Word
from generation.services.collect import CollectReport, Supply, collect_from
from generation.sources import Filters, Samples, Source, SourceError, open_source
from generation.sources.http import user_agent
from generation.sources.licences import Demand
from jobs.models import Item
from jobs.services.ask import Wanted, ask_each
from jobs.services.batch import Batch

KIND = "collect"
# Providers whose images are sorted by word, not searched for.
SORTED = ("folder", "csv")

Searches = list[tuple[Supply, str]]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is wanted of which providers: `limit` images of each word, which they share."""

    providers: tuple[str, ...]
    limit: int
    root: str | None = None
    photo: bool = True
    min_side: int | None = None
    licence: Demand = "any"

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"providers": list(self.providers)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Order:
        return cls(**stored | {"providers": tuple(stored["providers"])})

    @property
    def filters(self) -> Filters:
        return Filters(photo=self.photo, min_side=self.min_side, licence=self.licence)

    def open(self, provider: str) -> Source:
        """Raises AccessError where it is not set up, SourceError."""
        return open_source(provider, settings.SOURCES.get(provider, {}), root=self.root)


def ask_collect(*, words: Iterable[Word], order: Order, asked_by: User | None = None) -> list[Item]:
    """An item for each word; a word that is being collected already keeps its order."""
    parameters = order.to_json()
    wanted = [Wanted(key=str(w.pk), label=str(w), parameters=parameters) for w in words]
    about = ", ".join(each.label for each in wanted)
    return ask_each(kind=KIND, items=wanted, about=about, asked_by=asked_by)


def phrases_of(word: Word, provider: str) -> list[str]:
    """A word's reading for sorted images, its sample textures, or one of each language in turn."""
    if provider in SORTED:
        return [word.reading]
    if provider == Samples.name:
        return list(word.phrases.get(provider, []))
    languages = [found for key, found in word.phrases.items() if key != Samples.name]
    longest = max(map(len, languages), default=0)
    in_turn = [found[i] for i in range(longest) for found in languages if i < len(found)]
    return list(dict.fromkeys(in_turn))  # the same in two languages is one search


def collect_words(batch: Batch) -> None:
    """Collect the images of each item's word; a provider at its limit is not asked again here.

    What came is stored row by row, so a batch that was killed goes on when it is claimed anew. An
    item of which a provider could not go on has failed: tried again, it goes on too.
    """
    storage.sweep("web")
    faults: dict[str, SourceError] = {}
    with _fetcher() as fetcher:
        for item in batch.items:
            order, word = Order.from_json(item.parameters), Word.objects.get(pk=item.key)
            try:
                searches = _searches(word, order, fetcher, set(faults))
            except SourceError as error:  # such as a key that this machine has not
                batch.fail(item, error, final=True)
                continue
            report = CollectReport(faults=dict(faults))
            if searches:
                report = _collect(batch, item, word, searches, order.limit)
                faults |= report.faults
            outcome = _written(report, word, order.limit)
            if report.faults:
                first = next(iter(report.faults.values()))
                batch.fail(item, first, outcome=outcome, final=True)
            else:
                batch.commit(item, outcome=outcome)


def _collect(batch: Batch, item: Item, word: Word, searches: Searches, limit: int) -> CollectReport:
    tally = batch.tally(item)
    tally.begin(KIND, limit)
    return collect_from(word=word, searches=searches, limit=limit, progress=tally.add)


def _searches(word: Word, order: Order, fetcher: Fetcher, without: set[str]) -> Searches:
    supplies = [
        Supply(order.open(name), order.filters, fetcher)
        for name in order.providers
        if name not in without
    ]
    return [(each, phrase) for each in supplies for phrase in phrases_of(word, each.provider)]


def _fetcher() -> Fetcher:
    size = round(settings.FETCH_MEGABYTES * 1_000_000)
    return Fetcher(
        user_agent=user_agent(settings.CONTACT),
        allow=frozenset(settings.FETCH_ALLOW),
        limits=Limits(total=settings.FETCH_SECONDS, size=size),
        polite=settings.FETCH_POLITE,
    )


def _written(report: CollectReport, word: Word, limit: int) -> str:
    """What came of a word, as JSON."""
    there, ends = report.kept + report.known, _ends(report)
    lacks = there < limit and ends
    facts = {
        "kept": report.kept, "known": report.known, "near_duplicates": report.near_duplicates,
        "reasons": dict(report.reasons), "faults": {k: str(v) for k, v in report.faults.items()},
        "lacking": f"{word}: {there} of {limit}; no more from {ends}" if lacks else "",
    }  # fmt: skip
    return json.dumps(facts, ensure_ascii=False)


def _ends(report: CollectReport) -> str:
    """Where there is nothing more to be had, of what was searched for on the web."""
    ends: dict[tuple[str, str], list[str]] = {}
    for (provider, query), why in report.ended.items():
        if provider not in (*SORTED, Samples.name):
            ends.setdefault((provider, why), []).append(repr(query))
    return "; ".join(
        f"{provider} for {', '.join(queries)} ({why})" for (provider, why), queries in ends.items()
    )


def told(items: Sequence[Item]) -> list[dict[str, Any]]:
    """What came of items that ended, as it was written."""
    return [json.loads(item.outcome) for item in items if item.outcome]
