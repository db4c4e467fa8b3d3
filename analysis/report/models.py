"""The section of the mixed model."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from analysis import formats
from analysis.charts import word_label
from analysis.report import details, text
from analysis.report.build import Report
from analysis.report.layout import Section, Table
from analysis.report.structure import Mixed
from analysis.standing import Shows
from analysis.stats.intervals import NotEstimable
from analysis.stats.mixed import Effect, MixedModel, WordEffect


def mixed(report: Report) -> Section:
    found = report.results.mixed
    title = _("The mixed model: what holds beyond these people and words")
    standing = report.standing(Shows.OTHER)
    if found is None:
        command = f"manage.py report {report.facts.study.slug}"
        sentence = _(
            "This report was made without the mixed model, which takes too long for a page with so "
            "many answers. The command “%(command)s” computes it."
        ) % {"command": command}
        return Section("mixed", title, standing, paragraphs=(sentence,))
    if isinstance(found, NotEstimable):
        return Section("mixed", title, standing, paragraphs=(details.sentence(found),))
    return Section(
        name="mixed",
        title=title,
        standing=standing,
        tables=(*_model(report, found), _word_effects(report, found.model)),
        method=_(
            "Logits of a correct answer minus the logit of its chance level. Word accuracies are "
            "drawn towards the mean of all words, the more the fewer answers they have, and "
            "averaged over people and content images, new ones included."
        ),
    )


def _model(report: Report, found: Mixed) -> Iterator[Table]:
    model = found.model
    zero = _("(estimated as 0: a singular fit)")
    rows = [
        (_("mean above chance"), _effect(model.intercept, shows_p=report.shows_p)),
        (_("standard deviation over participants"), formats.decimals(model.sd_person)),
        (_("standard deviation over words"), formats.decimals(model.sd_word)),
        (_("standard deviation over words on content images"), text.coefficient(model.sd_question)),
    ]
    for at, name in enumerate(("person", "word", "question"), start=1):
        if name in model.singular:
            rows[at] = (rows[at][0], f"{rows[at][1]} {zero}")
    rows += _contents(report, found)
    yield Table(_("The model"), (_("Logits"), _("Value")), tuple(rows))


def _contents(report: Report, found: Mixed) -> list[tuple[str, str]]:
    """Each content image's own mean, and whether they differ."""
    if isinstance(found.contents, NotEstimable):
        return [(_("means of content images"), formats.why_not(found.contents))]
    rows = [
        (
            _("%(content)s above chance") % {"content": name},
            formats.why_not(effect)
            if isinstance(effect, NotEstimable)
            else _effect(effect, shows_p=report.shows_p),
        )
        for name, effect in zip(
            report.results.answers.contents, found.contents.contents, strict=True
        )
    ]
    if isinstance(found.differ, NotEstimable):
        return rows
    test = f"χ²({found.differ.df}) = {formats.decimals(found.differ.statistic)}"
    p = f", {text.p_text(found.differ.p)}" if report.shows_p else ""
    return [*rows, (_("content images differ, likelihood ratio"), f"{test}{p}")]


def _effect(effect: Effect, *, shows_p: bool) -> str:
    shown = f"{formats.decimals(effect.value)} (SE {formats.decimals(effect.error)}"
    return f"{shown}, {text.p_text(effect.p)})" if shows_p else f"{shown})"


def _word_effects(report: Report, model: MixedModel) -> Table:
    rows = []
    for group in report.results.accuracies.words:
        found = model.words[group.index]
        if isinstance(found, WordEffect):
            rows.append((
                word_label(report.labels[group.index]),
                formats.decimals(found.value),
                formats.decimals(found.error),
                formats.reported(found.accuracy),
                formats.interval(found.interval, 1000),
            ))  # fmt: skip
    head = (_("Word"), _("Effect"), "SE", _("Accuracy"), _("Interval at 95%"))
    return Table(_("Words, drawn towards their mean"), head, tuple(rows))
