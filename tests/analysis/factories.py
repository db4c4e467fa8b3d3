"""Answered studies made of rows, without the questionnaire."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping

from django.utils import timezone

from generation.models import ContentImage, Recipe, StylisedImage, Word
from survey.models import Option, Participant, Question, Study, Trial
from tests import factories


def make_study(
    *,
    contents: int = 2,
    words: int = 3,
    clusters: int = 3,
    options: int = 9,
    catches: bool = True,
    seed: int = 0,
    slug: str = "study",
    **fields: object,
) -> Study:
    """A live study of every word on every photograph, and a catch question for each photograph."""
    chooser = random.Random(seed)
    stimuli = factories.make_stimuli(contents=contents, words=words, clusters=clusters)
    study = Study.objects.create(
        slug=slug,
        title={"en": "Textures", "ja": "質感の調査"},
        **({"status": "live", "options": options} | fields),
    )
    index = 0
    for content in ContentImage.objects.order_by("pk"):
        own = [image for image in stimuli if image.content_id == content.pk]
        for word in Word.objects.order_by("pk"):
            add_question(study, index, content, word, stimuli=own, options=options, chooser=chooser)
            index += 1
        if catches:
            add_question(study, index, content, None, stimuli=own, options=options, chooser=chooser)
            index += 1
    return study


def add_question(
    study: Study,
    index: int,
    content: ContentImage,
    word: Word | None,
    *,
    stimuli: list[StylisedImage],
    options: int,
    chooser: random.Random,
) -> Question:
    kind = "word" if word else "catch"
    recipes = {image.recipe for image in stimuli}
    question = Question.objects.create(
        study=study,
        index=index,
        kind=kind,
        content=content,
        word=word,
        recipe=recipes.pop() if word and len(recipes) == 1 else None,
    )
    targets = [image for image in stimuli if word and image.cluster.word == word]
    lures = [image for image in stimuli if image not in targets]
    offered: list[StylisedImage | ContentImage] = list(targets) if word else [content]
    offered += chooser.sample(lures, min(len(lures), options - len(offered)))
    is_target = set(targets) if word else {content}
    chooser.shuffle(offered)
    Option.objects.bulk_create(
        Option(
            question=question,
            index=place,
            stylised=image if isinstance(image, StylisedImage) else None,
            content=image if isinstance(image, ContentImage) else None,
            is_target=image in is_target,
            sha256=image.sha256,
        )
        for place, image in enumerate(offered)
    )
    return question


def add_people(
    study: Study,
    count: int,
    *,
    skill: float | Mapping[str, float] = 0.5,
    origin: str = "live",
    answered: float = 1.0,
    seed: int = 0,
    condition: Recipe | None = None,
) -> list[Participant]:
    """People who pick a target with probability `skill`.

    A mapping has the skill by reading, or by reading and condition: "fusafusa@test". Each
    answers a share `answered` of the questions, which are those of `condition` if they have
    one; who answers all of them has finished.
    """
    chooser = random.Random(seed)
    asked = study.questions.select_related("word", "recipe").prefetch_related("options")
    questions = list(asked.filter(recipe=condition) if condition else asked)
    joined = []
    for _number in range(count):
        person = Participant.objects.create(
            study=study,
            origin=origin,
            language="ja",
            seed=chooser.getrandbits(32),
            condition=condition,
        )
        Trial.objects.bulk_create(
            _trial(
                person,
                question,
                order=order,
                skill=skill,
                is_answered=chooser.random() < answered,
                chooser=chooser,
            )
            for order, question in enumerate(questions)
        )
        if answered == 1.0:  # last, as in life: a page may look meanwhile
            person.finished_at, person.completion_code = timezone.now(), uuid.uuid4().hex[:12]
            person.save()
        joined.append(person)
    return joined


def _skill(skill: Mapping[str, float], question: Question, reading: str) -> float:
    return skill.get(f"{reading}@{question.recipe}", skill.get(reading, 0.5))


def _trial(
    person: Participant,
    question: Question,
    *,
    order: int,
    skill: float | Mapping[str, float],
    is_answered: bool,
    chooser: random.Random,
) -> Trial:
    options = list(question.options.all())
    chosen = None
    if is_answered:
        reading = question.word.reading if question.word else ""
        wanted = skill if isinstance(skill, float) else _skill(skill, question, reading)
        knows = chooser.random() < wanted
        chosen = chooser.choice([option for option in options if option.is_target == knows])
    grid = chooser.sample([option.pk for option in options], len(options))
    return Trial(
        participant=person,
        question=question,
        order=order,
        grid=grid,
        answered_at=timezone.now() if is_answered else None,
        chosen=chosen,
        position=grid.index(chosen.pk) if chosen else None,
    )
