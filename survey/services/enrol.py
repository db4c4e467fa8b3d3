"""A new participant with all their trials."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from survey.design import assign_condition, choose_distractors, order_questions, place_grids
from survey.errors import EnrolError
from survey.models import Participant, Question, Study, Trial
from survey.services.composition import Asked, composition
from survey.services.places import leave, take_place

_MOST_NUMBERS = 1 << 31


@dataclass(frozen=True, kw_only=True)
class Recruited:
    """What the recruiter's link said: the person's id there, and its further parameters."""

    person: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def enrol(  # noqa: PLR0913 - a person comes in that many ways
    *,
    study: Study,
    language: str,
    origin: Participant.Origin = Participant.Origin.LIVE,
    label: str = "",
    token: UUID | None = None,
    recruited: Recruited | None = None,
    instead_of: Participant | None = None,
) -> Participant:
    """A participant of `study` with a trial per question, in an order and grids of their own.

    Between people, they are of the condition that has the fewest participants of their origin,
    and get its questions alone; among equals their seed decides. They keep it.

    The same token, label, or id of the recruiter gives the same participant: nobody is made
    twice. `instead_of` gives up its place in the same moment, if it is not complete.

    Raises StudyFullError where the quota has no place, EnrolError where the study has no word or
    no catch questions, is closed, or the label belongs to another origin.
    """
    # The lock makes the double click wait, keeps the questions as they are meanwhile, and lets
    # one start after the other count the places and the people of each condition.
    study = Study.objects.select_for_update().get(pk=study.pk)
    if instead_of:
        leave(instead_of)
    recruited = recruited or Recruited()
    if found := _find(study, label, token, recruited):
        if found.origin != origin:
            raise EnrolError(f"{found} is enrolled as {found.origin}, not as {origin}")
        return found
    _check_open(study, origin)
    questions = _questions(study)
    seed = _seed(study, label)
    condition = _condition(study, questions, origin, seed)
    participant = Participant.objects.create(
        study=study,
        token=token or uuid4(),
        label=label,
        origin=origin,
        language=language,
        seed=seed,
        version=study.version,
        number=seed % _MOST_NUMBERS if label else _number(study, origin, condition),
        condition_id=condition,
        recruiter_id=recruited.person,
        recruiter=dict(recruited.parameters),
    )
    Trial.objects.bulk_create(_trials(participant, questions))
    return participant


def find_recruited(study: Study, person: str) -> Participant | None:
    """Whom the recruiter calls so, among those who have not given up their place."""
    return study.participants.filter(recruiter_id=person, left_at=None).first() if person else None


def _find(study: Study, label: str, token: UUID | None, recruited: Recruited) -> Participant | None:
    if label:
        return study.participants.filter(label=label).first()
    known = study.participants.filter(token=token).first() if token else None
    return known or find_recruited(study, recruited.person)


def _check_open(study: Study, origin: Participant.Origin) -> None:
    now = timezone.now()
    if study.is_over(now):
        raise EnrolError(f"study {study.slug} is closed")
    if origin == Participant.Origin.LIVE:
        if study.is_early(now):
            raise EnrolError(f"study {study.slug} opens at {study.opens_at}")
        take_place(study)


def _seed(study: Study, label: str) -> int:
    """Random for people; for bots and pilots from their name, so that a run can be repeated."""
    if not label:
        return secrets.randbits(63)
    digest = hashlib.sha256(f"{study.seed}:{label}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def _questions(study: Study) -> list[Asked]:
    found = composition(study).questions.values()
    questions = [asked for asked in found if asked.version == study.composition]
    if {asked.is_catch for asked in questions} != {True, False}:
        raise EnrolError(
            f"study {study.slug} needs word and catch questions, "
            f"and has {len(questions)} questions: compose it first"
        )
    return questions


def _condition(
    study: Study, questions: Sequence[Asked], origin: Participant.Origin, seed: int
) -> int | None:
    """The recipe of the least filled condition; None where everybody answers all conditions.

    Only people of the same origin count: previews and bots would unbalance those who are real.
    """
    if study.design == Study.Design.WITHIN:
        return None
    people = Counter(study.participants.filter(origin=origin).values_list("condition", flat=True))
    # In the order of the questions, so that the seed means the same in another database.
    conditions = dict.fromkeys(q.recipe for q in questions if q.recipe)
    return assign_condition(counts={c: people[c] for c in conditions}, seed=seed)


def _number(study: Study, origin: Participant.Origin, condition: int | None) -> int:
    """One more than the last one's of this origin and condition; withdrawals leave gaps."""
    same = study.participants.filter(origin=origin, condition=condition, label="")
    last: int | None = same.aggregate(last=Max("number"))["last"]
    return 0 if last is None else last + 1


def _trials(participant: Participant, everything: Sequence[Asked]) -> list[Trial]:
    """Those of the participant's questions among `everything` that the study asks."""
    condition = participant.condition_id
    study = participant.study
    questions = [q for q in everything if condition is None or q.recipe == condition]
    offered = _offered(participant, questions)
    grids = place_grids(
        questions=[(offered[q.pk], q.targets) for q in questions],
        number=participant.number,
        seed=f"{study.seed}:{study.composition}",
    )
    words = [None if q.is_catch else q.word_reading for q in questions]
    order = order_questions(words=words, seed=participant.seed)
    return [
        Trial(
            participant=participant,
            question_id=questions[index].pk,
            order=place,
            grid=grids[index],
        )
        for place, index in enumerate(order)
    ]


def _offered(participant: Participant, questions: Sequence[Asked]) -> dict[int, list[int]]:
    """Each question's options for this person, the targets and the distractors."""
    if participant.study.distractors == Study.Distractors.FIXED:
        return {q.pk: sorted(q.stimuli) for q in questions}
    return {q.pk: sorted(q.stimuli) for q in questions if q.is_catch} | _redrawn(
        participant, [q for q in questions if not q.is_catch]
    )


def _redrawn(participant: Participant, questions: Sequence[Asked]) -> dict[int, list[int]]:
    """Distractors of one's own, by photograph and condition as when a study is composed."""
    groups: dict[tuple[int, int | None], list[Asked]] = {}
    contents = dict(
        Question.objects.filter(pk__in=[q.pk for q in questions]).values_list("pk", "content")
    )
    for question in questions:
        groups.setdefault((contents[question.pk], question.recipe), []).append(question)
    offered = {}
    for place, group in enumerate(groups.values()):
        images = {q.word_reading: [q.stimuli[pk].file for pk in sorted(q.targets)] for q in group}
        chosen = choose_distractors(
            images=images,
            options=participant.study.options,
            seed=f"{participant.seed}:{place}",
        )
        for question in group:
            by_file = {stimulus.file: pk for pk, stimulus in question.stimuli.items()}
            drawn = [by_file[file] for file in chosen[question.word_reading]]
            offered[question.pk] = [*sorted(question.targets), *drawn]
    return offered
