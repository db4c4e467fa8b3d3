"""A finished study of many people, made of rows: what the benchmark of the analysis reads."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from benchmarks.survey import make_stimuli

if TYPE_CHECKING:
    from survey.models import Participant, Study, Trial

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
AT_ONCE = 20_000  # rows of one INSERT's batch of objects


def make_large_study(people: int, *, slug: str = "large") -> Study:
    """People who all answered all 72 questions; skilled by word and by person, a few careless."""
    from survey.models import Participant, Trial
    from tests.survey.studies import make_study

    make_stimuli()
    study = make_study(slug=slug)
    Participant.objects.bulk_create(_people(study, people), batch_size=2_000)
    persons = study.participants.order_by("pk").iterator()
    trials = _trials(study, persons)
    while batch := list(islice(trials, AT_ONCE)):
        Trial.objects.bulk_create(batch, batch_size=2_000)
    return study


def _people(study: Study, count: int) -> Iterator[Participant]:
    from survey.models import Participant

    for number in range(count):
        started = BEGAN + timedelta(minutes=number)
        yield Participant(
            study=study, number=number, seed=number, language="ja" if number % 5 else "en",
            started_at=started, seen_at=started, consented_at=started, practised_at=started,
            finished_at=started + timedelta(minutes=7), completion_code=f"C{number:08d}",
        )  # fmt: skip


def _trials(study: Study, people: Iterator[Participant]) -> Iterator[Trial]:
    from survey.models import Trial

    chooser = random.Random(1)
    questions = [
        (question, [(o.pk, o.is_target) for o in question.options.all()])
        for question in study.questions.in_force().prefetch_related("options")
    ]
    skill = {q.word_id: chooser.uniform(-0.1, 0.7) for q, _ in questions}
    skill[None] = 0.98  # of the catch questions
    for person in people:
        careless = person.number % 40 == 0
        bent = chooser.gauss(0, 0.1)
        order = chooser.sample(questions, len(questions))
        for place, (question, options) in enumerate(order):
            grid = chooser.sample(options, len(options))
            able = not careless and chooser.random() < skill[question.word_id] + bent
            among = [i for i, (_, is_target) in enumerate(grid) if is_target or not able]
            cell = chooser.choice(among)
            took = 400 if careless else int(chooser.lognormvariate(8.2, 0.5))
            yield Trial(
                participant=person, question=question,
                token=uuid.UUID(int=chooser.getrandbits(128)),
                order=place, grid=[pk for pk, _ in grid], chosen_id=grid[cell][0], position=cell,
                answered_at=person.started_at + timedelta(seconds=5 * place), response_ms=took,
                load_ms=80, blurs=0, shown_at=person.started_at,
                screen={"viewport": [390, 844], "ratio": 3},
            )  # fmt: skip
