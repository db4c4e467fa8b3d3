"""A new participant with all their trials, and the invitations that name bots and pilots."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.core import signing
from django.db import transaction
from django.db.models import prefetch_related_objects

from survey.design import assign_condition, order_questions, place_options
from survey.errors import EnrolError, InvitationError
from survey.models import Participant, Question, Study, Trial

_SALT = "survey.invitation"
_INVITED = (Participant.Origin.BOT, Participant.Origin.PILOT)


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """Who comes by a signed link: a bot or a pilot with a name of their own."""

    origin: Participant.Origin
    label: str


def invite(*, study: Study, origin: Participant.Origin, label: str) -> str:
    """The signed text for a landing page's `as`; nobody else can make one."""
    if origin not in _INVITED or not 1 <= len(label) <= 60:
        raise InvitationError(
            f"expected origin bot or pilot and a label of 1 to 60 characters, "
            f"got {origin!r} and {label!r}"
        )
    return signing.dumps([study.slug, str(origin), label], salt=_SALT, compress=True)


def read_invitation(*, study: Study, text: str) -> Invitation:
    """What `invite` signed for this study; anything else is an InvitationError."""
    try:
        slug, origin, label = signing.loads(text, salt=_SALT)
    except signing.BadSignature as error:
        raise InvitationError(f"not a signed invitation: {text[:80]!r}") from error
    if slug != study.slug:
        raise InvitationError(f"an invitation to study {slug!r}, not to {study.slug!r}")
    return Invitation(origin=Participant.Origin(origin), label=label)


@transaction.atomic
def enrol(
    *,
    study: Study,
    language: str,
    origin: Participant.Origin = Participant.Origin.LIVE,
    label: str = "",
    token: UUID | None = None,
) -> Participant:
    """A participant of `study` with a trial per question, in an order and grids of their own.

    Between people, they are of the condition that has the fewest participants of their origin,
    and get its questions alone; among equals their seed decides. They keep it.

    The same token, or the same label, gives the same participant: nobody is made twice.
    Raises EnrolError where the study has no word or no catch questions, is closed, or the
    label belongs to another origin.
    """
    # The lock makes the double click wait, keeps the questions as they are meanwhile, and lets
    # one start after the other count the people of each condition.
    study = Study.objects.select_for_update().get(pk=study.pk)
    if found := _find(study, label, token):
        if found.origin != origin:
            raise EnrolError(f"{found} is enrolled as {found.origin}, not as {origin}")
        return found
    if study.status == Study.Status.CLOSED:
        raise EnrolError(f"study {study.slug} is closed")
    questions = _questions(study)
    seed = _seed(study, label)
    participant = Participant.objects.create(
        study=study,
        token=token or uuid4(),
        label=label,
        origin=origin,
        language=language,
        seed=seed,
        condition_id=_condition(study, questions, origin, seed),
    )
    Trial.objects.bulk_create(_trials(participant, questions))
    return participant


def _find(study: Study, label: str, token: UUID | None) -> Participant | None:
    if label:
        return study.participants.filter(label=label).first()
    return study.participants.filter(token=token).first() if token else None


def _seed(study: Study, label: str) -> int:
    """Random for people; for bots and pilots from their name, so that a run can be repeated."""
    if not label:
        return secrets.randbits(63)
    digest = hashlib.sha256(f"{study.seed}:{label}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def _questions(study: Study) -> list[Question]:
    questions = list(study.questions.all())
    if {question.kind for question in questions} != set(Question.Kind.values):
        raise EnrolError(
            f"study {study.slug} needs word and catch questions, "
            f"and has {len(questions)} questions: compose it first"
        )
    return questions


def _condition(
    study: Study, questions: Sequence[Question], origin: Participant.Origin, seed: int
) -> int | None:
    """The recipe of the least filled condition; None where everybody answers all conditions.

    Only people of the same origin count: previews and bots would unbalance those who are real.
    """
    if study.design == Study.Design.WITHIN:
        return None
    people = Counter(study.participants.filter(origin=origin).values_list("condition", flat=True))
    # In the order of the questions, so that the seed means the same in another database.
    conditions = dict.fromkeys(q.recipe_id for q in questions if q.recipe_id)
    return assign_condition(counts={c: people[c] for c in conditions}, seed=seed)


def _trials(participant: Participant, everything: Sequence[Question]) -> list[Trial]:
    """Those of the participant's questions among `everything` that the study asks."""
    condition = participant.condition_id
    questions = [q for q in everything if condition is None or q.recipe_id == condition]
    prefetch_related_objects(questions, "options")
    order = order_questions(words=[q.word_id for q in questions], seed=participant.seed)
    return [
        Trial(
            participant=participant,
            question=questions[index],
            order=place,
            grid=place_options(
                options=[option.pk for option in questions[index].options.all()],
                seed=f"{participant.seed}:{questions[index].index}",
            ),
        )
        for place, index in enumerate(order)
    ]
