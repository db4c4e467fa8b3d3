"""A study, or a new version of one, from all that somebody decided about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from generation.models import ContentImage, Recipe, StylisedImage, Word
from generation.sources.licences import Demand
from survey.errors import ComposeError
from survey.models import AnalysisPlan, Option, Study, StudyDraft
from survey.services.access import own
from survey.services.compose import compose
from survey.services.lifecycle import go_live, refuse_damaged, revise
from survey.services.plan import decisions_of, write_plan
from survey.services.questions import DraftQuestion, draft_questions, pinned_by
from survey.services.stimuli import Images

# Of a study what another one like it begins with. Its dates, and the address that holds the
# recruiter's code of just this study, are left out.
COPIED = (
    "contact", "introduction", "consent_text", "consent_version", "languages", "quota",
    "abandoned_minutes", "returning", "resume_hours", "asks_familiarity", "closing",
    "recruiter_parameters", "counted_origins",
)  # fmt: skip
_SLUG = 60


@dataclass(frozen=True, kw_only=True)
class Composing:
    """All that decides a study's questions."""

    contents: Sequence[ContentImage]
    words: Sequence[Word]
    recipes: Sequence[Recipe]
    design: Study.Design
    options: int
    distractors: Study.Distractors
    seed: int
    licence: Demand
    clusters: int | None

    def questions(self) -> list[DraftQuestion]:
        """As they would be stored; raises ComposeError and DesignError as `compose` does."""
        return draft_questions(**vars(self))


def set_up(  # noqa: PLR0913 - what was decided in each of the steps
    *,
    draft: StudyDraft,
    slug: str,
    composing: Composing,
    fields: Mapping[str, Any],
    plan: Mapping[str, Any] | None,
    live: bool = False,
) -> Study:
    """The new study, its plan and its researcher; the draft is over. All of it or nothing.

    Raises what `compose`, `write_plan` and `go_live` raise, StudyDraft.DoesNotExist where
    somebody stored or discarded the draft in this moment.
    """
    if live:
        refuse_damaged(slug=slug, pinned=pinned_by(composing.questions()))
    with transaction.atomic():
        draft = StudyDraft.objects.select_for_update().get(pk=draft.pk)
        study = compose(slug=slug, is_new=True, **vars(composing), **fields)
        if plan is not None:
            write_plan(study=study, **plan)
        own(study=study, user=draft.user)
        draft.delete()
        return go_live(study=study, is_checked=True) if live else study


@transaction.atomic
def change(
    *,
    draft: StudyDraft,
    composing: Composing | None,
    fields: Mapping[str, Any],
    plan: Mapping[str, Any] | None = None,
) -> Study:
    """The draft's study with other questions, if there are any, and other texts and rules.

    Once it was live that is another version: who has started goes on with theirs.
    """
    draft = StudyDraft.objects.select_for_update().get(pk=draft.pk)
    study = draft.study
    if study is None:
        raise ComposeError(
            _("expected a draft that changes a study, got %(draft)s") % {"draft": draft}
        )
    if composing is None:
        study = revise(study=study, values=dict(fields))
    else:
        study = compose(slug=study.slug, new_version=True, **vars(composing), **fields)
    if plan is not None:
        write_plan(study=study, **plan)
    draft.delete()
    return study


@transaction.atomic
def duplicate(*, study: Study, user: User) -> Study:
    """A draft with the same stimuli, design, texts and plan, and a slug and a seed of its own.

    The stimuli are those that the study shows now, also where the words were clustered anew
    since. By the other seed each question has other distractors. Answers, people, versions,
    invitations and the log stay with the study, and so do its dates.
    """
    images = images_of(study)
    if not images:
        raise ComposeError(
            _("study %(study)s has no questions that could be asked again") % {"study": study}
        )
    contents = list(next(iter(images.values())))
    copy = compose(
        slug=free_slug(study.slug),
        title=study.title,
        contents=contents,
        words=list(next(iter(images.values()))[contents[0]]),
        recipes=list(images),
        design=Study.Design(study.design),
        options=study.options,
        distractors=Study.Distractors(study.distractors),
        seed=study.seed + 1,
        licence=study.licence,  # type: ignore[arg-type]
        clusters=study.clusters,
        images=images,
        is_new=True,
        **{name: getattr(study, name) for name in COPIED},
    )
    if plan := AnalysisPlan.objects.filter(study=study).first():
        write_plan(study=copy, **decisions_of(plan))
    own(study=copy, user=user)
    return copy


def images_of(study: Study) -> Images:
    """What the study asks about now, as `finished_stimuli` has it."""
    targets = Option.objects.filter(
        question__in=study.questions.in_force().about_words(), is_target=True
    ).select_related("question__word", "question__content", "question__recipe", "stylised")
    found: dict[Recipe, dict[ContentImage, dict[Word, list[StylisedImage]]]] = {}
    for option in targets.order_by("question__index", "index"):
        asked, image = option.question, option.stylised
        if asked.recipe and asked.word and image:
            by_word = found.setdefault(asked.recipe, {}).setdefault(asked.content, {})
            by_word.setdefault(asked.word, []).append(image)
    return found


def free_slug(slug: str) -> str:
    """The slug with the next number that no study has."""
    stem = re.sub(r"-\d+$", "", slug)
    taken = set(
        Study.objects.filter(slug__startswith=stem[: _SLUG - 5]).values_list("slug", flat=True)
    )
    number = 2
    while (found := f"{stem[: _SLUG - 1 - len(str(number))]}-{number}") in taken:
        number += 1
    return found
