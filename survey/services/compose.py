"""A study from finished stylised images: its questions, their options, and the pinned images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from generation.models import ContentImage, Recipe, StyleCluster, StylisedImage, Word
from survey.design import choose_catch, choose_distractors
from survey.errors import ComposeError
from survey.models import Option, Participant, Question, Study

Stimuli = Mapping[Word, Sequence[StylisedImage]]
# A question's kind, content and word, and each option's stylised image, content, truth and hash.
_Shape = tuple[str, int, int | None, tuple[tuple[int | None, int | None, bool, str], ...]]


@dataclass(frozen=True)
class _Draft:
    """A question that is not stored yet."""

    kind: Question.Kind
    content: ContentImage
    word: Word | None
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
        return self.kind.value, self.content.pk, word, _options_shape(self.options())


@transaction.atomic
def compose(  # noqa: PLR0913 - a study is that many decisions
    *,
    slug: str,
    title: Mapping[str, str],
    contents: Sequence[ContentImage],
    words: Sequence[Word],
    recipe: Recipe,
    options: int = 9,
    seed: int = 0,
    **fields: Any,
) -> Study:
    """The study `slug`: a question per content x word, and a catch question per content.

    Composing the same again changes nothing. While only previews have seen a study, composing
    it otherwise replaces its questions and raises its version. `fields` are further fields of
    Study, such as status or counted_origins; those that are not given stay as they are.

    Raises ComposeError where stylised images are missing or people have seen other questions,
    and DesignError where there are too few images for the questions.
    """
    drafts = _drafts(contents, words, recipe, options, seed)
    values = {"title": dict(title), "options": options, "seed": seed, **fields}
    study, created = Study.objects.select_for_update().get_or_create(slug=slug, defaults=values)
    if created:
        _store(study, drafts)
        return study
    if _stored_shape(study) != [draft.shape() for draft in drafts]:
        _replace(study, drafts)
    _update(study, values)
    return study


def _drafts(
    contents: Sequence[ContentImage],
    words: Sequence[Word],
    recipe: Recipe,
    options: int,
    seed: int,
) -> list[_Draft]:
    stimuli = _finished_stimuli(contents, words, recipe)
    asked, catches = [], []
    for content in contents:
        images = stimuli[content]
        # Named, not numbered: the same study in another database gets the same design.
        own_seed = f"{seed}:{content.name}"
        distractors = choose_distractors(images=images, options=options, seed=own_seed)
        for word in words:
            asked.append(_Draft(Question.Kind.WORD, content, word, images[word], distractors[word]))
        beside = choose_catch(images=images, options=options, seed=own_seed)
        catches.append(_Draft(Question.Kind.CATCH, content, None, [content], beside))
    return asked + catches


def _finished_stimuli(
    contents: Sequence[ContentImage], words: Sequence[Word], recipe: Recipe
) -> dict[ContentImage, dict[Word, list[StylisedImage]]]:
    _check_given(contents, "content image")
    _check_given(words, "word")
    clusters = list(
        StyleCluster.objects.in_use()
        .filter(clustering__word__in=words)
        .select_related("clustering__word")
        .order_by("clustering__word__reading", "index")
    )
    if bare := [w.reading for w in words if w not in {c.clustering.word for c in clusters}]:
        raise ComposeError(f"no style cluster in use for {', '.join(bare)}: cluster these first")
    made = {
        (image.content_id, image.cluster_id): image
        for image in StylisedImage.objects.filter(
            content__in=contents, cluster__in=clusters, recipe=recipe
        )
    }
    _check_finished(contents, clusters, made, recipe)
    return {
        content: {
            word: [made[content.pk, c.pk] for c in clusters if c.clustering.word == word]
            for word in words
        }
        for content in contents
    }


def _check_given(things: Sequence[ContentImage | Word], name: str) -> None:
    if not things:
        raise ComposeError(f"expected at least one {name}, got none")
    if twice := [str(thing) for thing, n in Counter(things).items() if n > 1]:
        raise ComposeError(f"expected each {name} once, got more of {', '.join(twice)}")


def _check_finished(
    contents: Sequence[ContentImage],
    clusters: Sequence[StyleCluster],
    made: Mapping[tuple[int, int], StylisedImage],
    recipe: Recipe,
) -> None:
    lacks = []
    for content in contents:
        images = [made.get((content.pk, cluster.pk)) for cluster in clusters]
        states = Counter(image.state if image else "not begun" for image in images)
        done = states.pop(StylisedImage.State.DONE.value, 0)
        if done < len(clusters):
            parts = ", ".join(f"{n} {state}" for state, n in states.items())
            lacks.append(f"{content.name} has {done} of {len(clusters)} ({parts})")
    if lacks:
        raise ComposeError(
            f"stylised images by recipe {recipe.name} are missing: {'; '.join(lacks)}"
        )


def _options_shape(options: Sequence[Option]) -> tuple[Any, ...]:
    return tuple((o.stylised_id, o.content_id, o.is_target, o.sha256) for o in options)


def _stored_shape(study: Study) -> list[_Shape]:
    return [
        (q.kind, q.content_id, q.word_id, _options_shape(list(q.options.all())))
        for q in study.questions.prefetch_related("options")
    ]


def _store(study: Study, drafts: Sequence[_Draft]) -> None:
    questions = Question.objects.bulk_create(
        Question(study=study, index=i, kind=d.kind, content=d.content, word=d.word)
        for i, d in enumerate(drafts)
    )
    options = []
    for question, draft in zip(questions, drafts, strict=True):
        for option in draft.options():
            option.question = question
            options.append(option)
    Option.objects.bulk_create(options)


def _replace(study: Study, drafts: Sequence[_Draft]) -> None:
    people = study.participants.exclude(origin=Participant.Origin.PREVIEW).count()
    if people:
        raise ComposeError(
            f"study {study.slug} has {people} participants who were asked other questions; "
            "give the new composition another slug"
        )
    study.participants.all().delete()
    study.questions.all().delete()
    _store(study, drafts)
    study.version += 1
    study.save(update_fields=["version"])


def _update(study: Study, values: Mapping[str, Any]) -> None:
    changed = [name for name, value in values.items() if getattr(study, name) != value]
    for name in changed:
        setattr(study, name, values[name])
    if changed:
        study.save(update_fields=changed)
