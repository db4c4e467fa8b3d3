"""A study from finished stylised images: its questions, their options, and the pinned images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actions import Action
from audit.services import record
from generation.models import ContentImage, Recipe, Word
from generation.sources.licences import Demand
from survey.errors import ComposeError
from survey.models import Option, Participant, Question, Study
from survey.services.lifecycle import go_live, refuse_damaged, revise
from survey.services.questions import (
    DraftQuestion,
    Shape,
    draft_questions,
    options_shape,
    pinned_by,
)
from survey.services.stimuli import Images


def compose(  # noqa: PLR0913 - a study is that many decisions
    *,
    slug: str,
    title: Mapping[str, str],
    contents: Sequence[ContentImage],
    words: Sequence[Word],
    recipes: Sequence[Recipe],
    design: Study.Design = Study.Design.WITHIN,
    options: int = 9,
    distractors: Study.Distractors = Study.Distractors.FIXED,
    seed: int = 0,
    licence: Demand = "any",
    clusters: int | None = None,
    images: Images | None = None,
    new_version: bool = False,
    is_new: bool = False,
    **fields: Any,
) -> Study:
    """The study `slug`: a question per content x word x recipe, and catch questions.

    Recipes are the study's conditions. All images of a question about a word are of its
    condition: in a grid of several, people would choose by a style that strikes the eye. Every
    condition is drawn from the same seed, so that where conditions have the same clusters, a
    word's questions differ in the recipe alone, for the targets and the distractors alike.

    Attention checks do not multiply by the conditions: everybody answers one catch question per
    content. Within people its distractors are mixed evenly from the conditions; between people
    each condition has its own, for nobody is to see images of another one.

    With a demand of licences, only web images that meet it may have given the images their style:
    each word's clusters are those of its last clustering that was made with it, or with a
    stricter one. Images made elsewhere have no web images, and are taken as they are.

    With a number of `clusters`, a word's targets are its images of the first so many of its
    clusters; without one, of all. `images` are asked about in place of all that are finished, as
    those of another study.

    With distractors redrawn, a question's options are its targets and every image that can be a
    distractor beside them; each person's are drawn from these when they start.

    Composing the same again changes nothing. While only previews have seen a study, composing
    it otherwise replaces its questions and raises its version. Once people have, that takes
    `new_version`: who has started goes on with the questions of their version, and who comes
    next gets the new ones. `fields` are further fields of Study, such as status or
    counted_origins; those that are not given stay as they are.

    Raises ComposeError where it has to be new and there is a study of this slug, where stylised
    images are missing, where one has its style from a web image whose licence does not meet the
    demand (any more), or where people have seen other questions and no new version is wanted,
    DesignError where there are too few images for the questions, LifecycleError where it is to go
    live and an image is missing or changed.
    """
    drafts = draft_questions(
        contents=contents, words=words, recipes=recipes, design=design, options=options,
        distractors=distractors, seed=seed, licence=licence,
        clusters=clusters, images=images,
    )  # fmt: skip
    values = {
        "title": dict(title), "options": options, "seed": seed, "design": design,
        "distractors": distractors, "licence": licence, "clusters": clusters, **fields,
    }  # fmt: skip
    if values.get("status") != Study.Status.LIVE:
        return _compose(slug, values, drafts, new_version=new_version, is_new=is_new)
    del values["status"]
    refuse_damaged(slug=slug, pinned=pinned_by(drafts))
    with transaction.atomic():
        study = _compose(slug, values, drafts, new_version=new_version, is_new=is_new)
        return go_live(study=study, is_checked=True)


@transaction.atomic
def _compose(
    slug: str,
    values: dict[str, Any],
    drafts: Sequence[DraftQuestion],
    *,
    new_version: bool,
    is_new: bool,
) -> Study:
    study, created = Study.objects.select_for_update().get_or_create(slug=slug, defaults=values)
    if is_new and not created:
        raise ComposeError(
            _("expected a slug that no study has yet, got %(slug)s") % {"slug": repr(slug)}
        )
    if created:
        _store(study, drafts)
        _note(study, drafts)
    else:
        is_other = _stored_shape(study) != [draft.shape() for draft in drafts]
        if is_other:
            _replace(study, drafts, new_version)
            _note(study, drafts)
        revise(study=study, values=values, is_versioned=is_other)
    return Study.objects.get(pk=study.pk)


def _note(study: Study, drafts: Sequence[DraftQuestion]) -> None:
    facts = {"version": study.version, "questions": len(drafts), "seed": study.seed}
    record(action=Action.COMPOSED, about=f"study {study}", facts=facts)


def _stored_shape(study: Study) -> list[Shape]:
    return [
        (q.kind, q.content_id, q.word_id, q.recipe_id, options_shape(list(q.options.all())))
        for q in study.questions.in_force().prefetch_related("options")
    ]


def _store(study: Study, drafts: Sequence[DraftQuestion]) -> None:
    questions = Question.objects.bulk_create(
        Question(
            study=study,
            version=study.composition,
            index=i,
            kind=d.kind,
            content=d.content,
            word=d.word,
            recipe=d.recipe,
        )
        for i, d in enumerate(drafts)
    )
    options = []
    for question, draft in zip(questions, drafts, strict=True):
        for option in draft.options():
            option.question = question
            options.append(option)
    Option.objects.bulk_create(options)


def _replace(study: Study, drafts: Sequence[DraftQuestion], new_version: bool) -> None:
    people = study.participants.exclude(origin=Participant.Origin.PREVIEW)
    if (count := people.count()) and not new_version:
        raise ComposeError(
            _(
                "study %(study)s has %(n)s participants who were asked other questions; make it a "
                "new version (--new-version), or give the new composition another slug"
            )
            % {"study": study.slug, "n": count}
        )
    study.participants.filter(origin=Participant.Origin.PREVIEW).delete()
    before = study.questions.in_force()
    if not before.filter(trials__participant__in=people).exists():
        before.delete()
    study.version += 1
    study.composition = study.version
    study.composed_at = timezone.now()
    study.save(update_fields=["version", "composition", "composed_at"])
    _store(study, drafts)
