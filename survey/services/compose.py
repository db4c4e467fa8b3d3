"""A study from finished stylised images: its questions, their options, and the pinned images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from generation.models import ContentImage, Recipe, StylisedImage, Word
from generation.sources.licences import Demand
from survey.design import choose_catch, choose_distractors, choose_mixed_catch
from survey.errors import ComposeError
from survey.models import Option, Participant, Question, Study
from survey.services.lifecycle import go_live, revise
from survey.services.stimuli import Stimuli, finished_stimuli

# A question's kind, content, word and recipe, and each option's stylised image, content, truth
# and hash.
_Shape = tuple[
    str, int, int | None, int | None, tuple[tuple[int | None, int | None, bool, str], ...]
]


@dataclass(frozen=True)
class _Draft:
    """A question that is not stored yet."""

    kind: Question.Kind
    content: ContentImage
    word: Word | None
    recipe: Recipe | None
    targets: Sequence[StylisedImage | ContentImage]
    distractors: Sequence[StylisedImage]

    def options(self) -> list[Option]:
        images = [(image, True) for image in self.targets]
        images += [(image, False) for image in self.distractors]
        return [
            Option(
                index=index,
                stylised=image if isinstance(image, StylisedImage) else None,
                content=image if isinstance(image, ContentImage) else None,
                is_target=is_target,
                sha256=image.sha256,
            )
            for index, (image, is_target) in enumerate(images)
        ]

    def shape(self) -> _Shape:
        word = self.word.pk if self.word else None
        recipe = self.recipe.pk if self.recipe else None
        return self.kind.value, self.content.pk, word, recipe, _options_shape(self.options())


@transaction.atomic
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
    new_version: bool = False,
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

    With distractors redrawn, a question's options are its targets and every image that can be a
    distractor beside them; each person's are drawn from these when they start.

    Composing the same again changes nothing. While only previews have seen a study, composing
    it otherwise replaces its questions and raises its version. Once people have, that takes
    `new_version`: who has started goes on with the questions of their version, and who comes
    next gets the new ones. `fields` are further fields of Study, such as status or
    counted_origins; those that are not given stay as they are.

    Raises ComposeError where stylised images are missing, where one has its style from a web
    image whose licence does not meet the demand (any more), or where people have seen other
    questions and no new version is wanted, DesignError where there are too few images for the
    questions, LifecycleError where it is to go live and an image is missing or changed.
    """
    drafts = _drafts(
        contents=contents, words=words, recipes=recipes, design=design, options=options,
        distractors=distractors, seed=seed, licence=licence,
    )  # fmt: skip
    values = {
        "title": dict(title), "options": options, "seed": seed, "design": design,
        "distractors": distractors, "licence": licence, **fields,
    }  # fmt: skip
    goes_live = values.get("status") == Study.Status.LIVE and bool(values.pop("status"))
    study, created = Study.objects.select_for_update().get_or_create(slug=slug, defaults=values)
    if created:
        _store(study, drafts)
        _note(study, drafts)
    else:
        is_other = _stored_shape(study) != [draft.shape() for draft in drafts]
        if is_other:
            _replace(study, drafts, new_version)
            _note(study, drafts)
        revise(study=study, values=values, is_versioned=is_other)
    return go_live(study=study) if goes_live else Study.objects.get(pk=study.pk)


def _note(study: Study, drafts: Sequence[_Draft]) -> None:
    facts = {"version": study.version, "questions": len(drafts), "seed": study.seed}
    record(action=Action.COMPOSED, about=f"study {study}", facts=facts)


def _drafts(  # noqa: PLR0913 - all that decides the questions
    *,
    contents: Sequence[ContentImage],
    words: Sequence[Word],
    recipes: Sequence[Recipe],
    design: Study.Design,
    options: int,
    distractors: Study.Distractors,
    seed: int,
    licence: Demand,
) -> list[_Draft]:
    if design == Study.Design.BETWEEN and len(recipes) < 2:
        raise ComposeError(
            f"a design between people needs two recipes or more to compare, got {len(recipes)}"
        )
    stimuli = finished_stimuli(contents=contents, words=words, recipes=recipes, licence=licence)
    asked: list[_Draft] = []
    catches: list[_Draft] = []
    for content in contents:
        images = {recipe: stimuli[recipe][content] for recipe in recipes}
        # Named, not numbered: the same study in another database gets the same design.
        own_seed = f"{seed}:{content.name}"
        beside = {
            recipe: choose_distractors(images=own, options=options, seed=own_seed)
            for recipe, own in images.items()
        }
        if distractors == Study.Distractors.REDRAWN:  # that these can be chosen is checked now
            beside = {recipe: _others(own) for recipe, own in images.items()}
        asked += [
            _Draft(
                Question.Kind.WORD,
                content,
                word,
                recipe,
                images[recipe][word],
                beside[recipe][word],
            )
            for word in words
            for recipe in recipes
        ]
        catches += _catches(content, images, design, options, own_seed)
    return asked + catches


def _others(images: Stimuli) -> dict[Word, list[StylisedImage]]:
    return {
        word: [image for other, own in images.items() if other != word for image in own]
        for word in images
    }


def _catches(
    content: ContentImage,
    images: Mapping[Recipe, Stimuli],
    design: Study.Design,
    options: int,
    seed: str,
) -> list[_Draft]:
    """The content's catch questions, of which each person answers one."""
    beside: dict[Recipe | None, list[StylisedImage]]
    if design == Study.Design.BETWEEN:
        beside = {
            recipe: choose_catch(images=own, options=options, seed=seed)
            for recipe, own in images.items()
        }
    elif len(images) == 1:
        (own,) = images.values()
        beside = {None: choose_catch(images=own, options=options, seed=seed)}
    else:
        beside = {None: choose_mixed_catch(images=images, options=options, seed=seed)}
    return [
        _Draft(Question.Kind.CATCH, content, None, recipe, [content], distractors)
        for recipe, distractors in beside.items()
    ]


def _options_shape(options: Sequence[Option]) -> tuple[Any, ...]:
    return tuple((o.stylised_id, o.content_id, o.is_target, o.sha256) for o in options)


def _stored_shape(study: Study) -> list[_Shape]:
    return [
        (q.kind, q.content_id, q.word_id, q.recipe_id, _options_shape(list(q.options.all())))
        for q in study.questions.in_force().prefetch_related("options")
    ]


def _store(study: Study, drafts: Sequence[_Draft]) -> None:
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


def _replace(study: Study, drafts: Sequence[_Draft], new_version: bool) -> None:
    people = study.participants.exclude(origin=Participant.Origin.PREVIEW)
    if (count := people.count()) and not new_version:
        raise ComposeError(
            f"study {study.slug} has {count} participants who were asked other questions; "
            "make it a new version (--new-version), or give the new composition another slug"
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
