"""The questions of a study before they are stored: to compose it, to check it, to look at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from generation.models import ContentImage, Recipe, StylisedImage, Word
from generation.sources.licences import Demand
from survey.design import choose_catch, choose_distractors, choose_mixed_catch
from survey.errors import ComposeError
from survey.models import Option, Question, Study
from survey.services.stimuli import Images, Stimuli, check_licences, finished_stimuli

# A question's kind, content, word and recipe, and each option's stylised image, content, truth
# and hash.
Shape = tuple[
    str, int, int | None, int | None, tuple[tuple[int | None, int | None, bool, str], ...]
]


@dataclass(frozen=True)
class DraftQuestion:
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

    def shape(self) -> Shape:
        word = self.word.pk if self.word else None
        recipe = self.recipe.pk if self.recipe else None
        return self.kind.value, self.content.pk, word, recipe, options_shape(self.options())


def draft_questions(  # noqa: PLR0913 - all that decides the questions
    *,
    contents: Sequence[ContentImage],
    words: Sequence[Word],
    recipes: Sequence[Recipe],
    design: Study.Design,
    options: int,
    distractors: Study.Distractors,
    seed: int,
    licence: Demand,
    clusters: int | None = None,
    images: Images | None = None,
) -> list[DraftQuestion]:
    """What `compose` would store, in its order, and raising what it would raise."""
    if design == Study.Design.BETWEEN and len(recipes) < 2:
        raise ComposeError(
            _("a design between people needs two recipes or more to compare, got %(n)s")
            % {"n": len(recipes)}
        )
    if images:
        check_licences(list(_each(images)), licence)
    stimuli = images or finished_stimuli(
        contents=contents, words=words, recipes=recipes, licence=licence, clusters=clusters
    )
    asked: list[DraftQuestion] = []
    catches: list[DraftQuestion] = []
    for content in contents:
        by_recipe = {recipe: stimuli[recipe][content] for recipe in recipes}
        # Named, not numbered: the same study in another database gets the same design.
        own_seed = f"{seed}:{content.name}"
        beside = {
            recipe: choose_distractors(images=own, options=options, seed=own_seed)
            for recipe, own in by_recipe.items()
        }
        if distractors == Study.Distractors.REDRAWN:  # that these can be chosen is checked now
            beside = {recipe: _others(own) for recipe, own in by_recipe.items()}
        asked += [
            DraftQuestion(
                Question.Kind.WORD,
                content,
                word,
                recipe,
                by_recipe[recipe][word],
                beside[recipe][word],
            )
            for word in words
            for recipe in recipes
        ]
        catches += _catches(content, by_recipe, design, options, own_seed)
    return asked + catches


def pinned_by(questions: Iterable[DraftQuestion]) -> dict[str, str]:
    """The SHA-256 of each image that these offer, by its file."""
    options = (option for question in questions for option in question.options())
    return {str(option.image.file.name): option.sha256 for option in options}


def _each(images: Images) -> Iterator[StylisedImage]:
    for by_content in images.values():
        for by_word in by_content.values():
            for own in by_word.values():
                yield from own


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
) -> list[DraftQuestion]:
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
        DraftQuestion(Question.Kind.CATCH, content, None, recipe, [content], distractors)
        for recipe, distractors in beside.items()
    ]


def options_shape(options: Sequence[Option]) -> tuple[Any, ...]:
    return tuple((o.stylised_id, o.content_id, o.is_target, o.sha256) for o in options)
