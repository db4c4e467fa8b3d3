"""One simulated person's way through the pages, from the invitation to the completion code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from survey.errors import SimulationError
from survey.models import Participant, Study
from survey.services.invitations import invite
from survey.simulation.browser import Acknowledgement, Browser
from survey.simulation.habits import Habit, Sending, now
from survey.simulation.mind import Mind
from survey.simulation.pages import Page
from survey.simulation.tally import Tally

Progress = Callable[[int], object]
# Pages that one person can meet beside the questions, with room for a reload of each.
_MOST_PAGES = 40
# Of one person's answers, because an earlier one is missing.
_MOST_REFUSALS = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A trial as its page shows it: its place, and which option is in which cell."""

    order: int
    grid: list[int]
    answered: bool


FindTrials = Callable[[], Mapping[UUID, Shown]]


@dataclass
class Walk:
    """`find_trials` gives a person's trials by token, `tell` hears of answers that were added."""

    study: Study
    label: str
    browser: Browser
    mind: Mind
    habit: Habit
    find_trials: FindTrials
    tell: Progress

    def __post_init__(self) -> None:
        self.tally = Tally()
        self._trials: Mapping[UUID, Shown] | None = None
        self._pages = self._answers = 0

    def to_the_end(self) -> None:
        invitation = invite(study=self.study, origin=Participant.Origin.BOT, label=self.label)
        landing = reverse("survey:landing", args=[self.study.slug])
        page = self.browser.open(f"{landing}?as={invitation}")
        while page.stage != "done":
            page = self._questions(page) if page.stage == "question" else self._beyond(page)
        if not page.code:
            raise SimulationError(f"{self.label} expected a completion code on {page.path}")
        self._meet_trials()

    def _beyond(self, page: Page) -> Page:
        """Do what a page wants that does not ask a question of the study, and come to the next."""
        self._pages += 1
        if self._pages > _MOST_PAGES:
            raise SimulationError(f"{self.label} comes to no end, at last to {page.path}")
        if not page.has_form:
            if not page.link:
                raise SimulationError(f"{self.label} sees no way on from {page.path}")
            return self.browser.open(page.link)
        if page.stage == "practice":
            return self.browser.submit(page, {"position": self.mind.practice(page)})
        return self.browser.submit(page, self.mind.optional(self.label, page))

    def _questions(self, page: Page) -> Page:
        """Answer as long as the next question is at hand; then the next page."""
        token = page.hidden.get("trial")
        if not token:
            raise SimulationError(f"{page.path} asks {self.label} nothing")
        while True:
            said = self._answer(page, UUID(token))
            if not said.upcoming:
                return self.browser.open(said.go or page.path)
            token = said.upcoming[0]["trial"]

    def _answer(self, page: Page, token: UUID) -> Acknowledgement:
        """The last of what the server said; its first acknowledgement counts."""
        trials = self._meet_trials()
        self._answers += 1
        if self._answers > len(trials) + _MOST_REFUSALS:
            raise SimulationError(f"{page.path} asks {self.label} again and again")
        shown = trials.get(token)
        if shown is None:
            raise SimulationError(f"{page.path} shows {token}, which is no trial of {self.label}")
        self.tally.ask(token)
        position = self.mind.position(self.label, shown.grid)
        form = {
            **page.hidden,
            **self.mind.measurements(self.label, shown.order),
            "trial": str(token),
            "position": position,
        }
        habit = now(self.habit, self.mind.rng(self.label, shown.order, "habit"))
        sending = Sending(path=page.path, form=form, cells=len(shown.grid))
        for said in habit(self.browser, sending):
            if self.tally.acknowledge(token, shown.grid[position], said):
                self.tell(1)
        return said

    def _meet_trials(self) -> Mapping[UUID, Shown]:
        """The person's trials, which exist from the start on; those answered before are told."""
        if self._trials is None:
            self._trials = self.find_trials()
            self.tell(sum(shown.answered for shown in self._trials.values()))
        return self._trials
