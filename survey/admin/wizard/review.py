"""The last step: what was decided, a question as people will see it, and storing it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.utils import label_for_field
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from survey.admin.labels import CHANGED, in_words
from survey.admin.wizard.walk import Walk
from survey.design import grid_shape, place_options
from survey.errors import SurveyError
from survey.models import Study, StudyDraft
from survey.services.questions import DraftQuestion
from survey.services.set_up import change, set_up
from survey.services.versions import Change, changes, met_now, to_be_met, under_way


def reviewed(walk: Walk, request: HttpRequest) -> dict[str, Any]:
    """What the page shows; every step before it is done."""
    composing = walk.composing
    questions = composing.questions() if composing else []
    texts = walk.form("texts")
    study = walk.draft.study
    name = walk.form("name").cleaned_data
    return {
        "name": name,
        "languages": [label for code, label in settings.LANGUAGES if code in name["languages"]],
        "composing": composing,
        "texts": texts.values(),
        "plan": texts.plan.instance if texts.decisions() else None,
        "may_have_plan": texts.plan is not None,
        "preview": _preview(walk, questions, request.GET.get("question", "")),
        "changes": _changes(walk, study, questions) if study else [],
        "under_way": under_way(study) if study and study.live_at else None,
        "next_version": study.version + 1 if study else 1,
    }


def finish(request: HttpRequest, walk: Walk) -> Study | None:
    """Store what was decided; None where that is not possible, which is told."""
    draft, texts, composing = walk.draft, walk.form("texts"), walk.composing
    goes_live = request.POST.get("_store") == "live"
    if draft.study and draft.study.live_at and "confirmed" not in request.POST:
        messages.error(request, _("Confirm the new version first: tick the box above the button."))
        return None
    try:
        if draft.study:
            study = change(
                draft=draft, composing=composing, fields=walk.fields(), plan=texts.decisions()
            )
        elif composing:
            study = set_up(
                draft=draft, slug=walk.form("name").cleaned_data["slug"], composing=composing,
                fields=walk.fields(), plan=texts.decisions(), live=goes_live,
            )  # fmt: skip
        else:
            return None
    except SurveyError as error:
        text = _("Nothing is stored, and what you typed is kept: %(reason)s")
        messages.error(request, text % {"reason": in_words(error)})
        return None
    except StudyDraft.DoesNotExist:  # a second click: the first one stored it
        return None
    messages.success(request, _told(study, draft))
    return study


def _told(study: Study, draft: StudyDraft) -> str:
    facts = {"study": study.name, "version": study.version}
    if draft.study_id and study.live_at:
        return _("The study %(study)s is version %(version)s now.") % facts
    if study.status == Study.Status.LIVE:
        return _("The study %(study)s is live.") % facts
    return _("The study %(study)s is stored as a draft.") % facts


def _preview(walk: Walk, questions: list[DraftQuestion], wanted: str) -> dict[str, Any] | None:
    """A question's heading and images, in the order that a person could get."""
    composing = walk.composing
    if not questions or composing is None:
        return None
    number = int(wanted) if wanted.isdecimal() and 0 < int(wanted) <= len(questions) else 1
    question = questions[number - 1]
    options = question.options()
    targets = [option for option in options if option.is_target]
    others = [option for option in options if not option.is_target]
    beside = composing.options - len(targets)  # distractors redrawn: an example
    offered = [*targets, *others[:beside]]
    order = place_options(options=range(len(offered)), seed=f"{composing.seed}:{number}")
    columns, _rows = grid_shape(len(offered))
    languages = walk.form("name").cleaned_data["languages"]
    spoken = translation.get_language() or "en"
    return {
        "number": number,
        "total": len(questions),
        "before": number - 1,
        "after": number + 1 if number < len(questions) else 0,
        "is_catch": question.word is None,
        "text": question.word.text if question.word else "",
        "reading": question.word.reading if question.word else "",
        "language": spoken if spoken in languages else languages[0],
        "columns": columns,
        "images": [offered[place].image.file.url for place in order],
    }


def _changes(walk: Walk, study: Study, questions: list[DraftQuestion]) -> list[dict[str, Any]]:
    """What participants of the new version meet otherwise, and which rules are others."""
    now = met_now(study)
    fields = walk.fields()
    texts = {name: fields.get(name, now.texts[name]) for name in Study.FROZEN}
    to_be = to_be_met(texts=texts, questions=questions)
    found = changes(now, to_be) if questions else changes(now, type(now)(texts, now.asked))
    rules = [
        Change(name, getattr(study, name), value)
        for name, value in fields.items()
        if name not in Study.FROZEN and getattr(study, name) != value
    ]
    return [told(each) for each in [*found, *rules]]


def told(found: Change) -> dict[str, Any]:
    """A change with its field's name, and values as a page shows them."""
    label = CHANGED.get(found.name) or label_for_field(found.name, Study)
    added, gone = _difference(found)
    return {
        "name": found.name,
        "label": label,
        "before": _shown(found.before),
        "after": _shown(found.after),
        "added": added,
        "gone": gone,
    }


def _difference(found: Change) -> tuple[list[str], list[str]]:
    """Of lists of names, which came and which went."""
    if found.name not in ("words", "contents", "conditions"):
        return [], []
    return (
        [name for name in found.after if name not in found.before],
        [name for name in found.before if name not in found.after],
    )


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return " / ".join(f"{language}: {text}" for language, text in value.items()) or "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "–"
    return "–" if value in (None, "") else str(value)
