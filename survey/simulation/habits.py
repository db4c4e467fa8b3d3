"""How people send an answer: properly, or with one clumsy habit of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from survey.simulation.browser import Acknowledgement, Browser

# The share of questions at which a clumsy person is clumsy.
HOW_OFTEN = 0.3
Form = dict[str, str | int]


@dataclass(frozen=True, kw_only=True)
class Sending:
    """An answer that is to be sent from the page at `path`, whose grid has `cells` cells."""

    path: str
    form: Form
    cells: int


Habit = Callable[[Browser, Sending], Iterator[Acknowledgement]]


def properly(browser: Browser, sending: Sending) -> Iterator[Acknowledgement]:
    yield browser.answer(sending.path, sending.form)


def double_click(browser: Browser, sending: Sending) -> Iterator[Acknowledgement]:
    """The same answer twice at the same time."""
    yield from browser.answer_twice(sending.path, sending.form)


def two_tabs(browser: Browser, sending: Sending) -> Iterator[Acknowledgement]:
    """The question still stands in another tab, and is answered there otherwise."""
    yield from properly(browser, sending)
    otherwise = (int(sending.form["position"]) + 1) % sending.cells
    yield browser.answer(sending.path, {**sending.form, "position": otherwise})


def reload(browser: Browser, sending: Sending) -> Iterator[Acknowledgement]:
    """The page is loaded again before the answer; it has to show the same question."""
    page = browser.open(sending.path)
    if page.hidden.get("trial") == sending.form["trial"]:
        yield from properly(browser, sending)
    else:
        yield Acknowledgement(refused=True, go=page.path)


def lose_connection(browser: Browser, sending: Sending) -> Iterator[Acknowledgement]:
    """The connection ends before the reply, and the answer is sent again."""
    browser.send_and_hang_up(sending.path, sending.form)
    yield from properly(browser, sending)


def no_javascript(browser: Browser, sending: Sending) -> Iterator[Acknowledgement]:
    """Forms and pages alone, without a measurement."""
    unmeasured = {name: sending.form[name] for name in ("csrfmiddlewaretoken", "trial", "position")}
    yield browser.answer_by_form(sending.path, unmeasured)


CLUMSY: tuple[Habit, ...] = (double_click, two_tabs, reload, lose_connection, no_javascript)
# What a browser has, not what a hand does now and then.
_ALWAYS = (no_javascript,)


def draw_habit(rng: Random, clumsy: float) -> Habit:
    """One person's habit: with the probability `clumsy`, a clumsy one."""
    return rng.choice(CLUMSY) if rng.random() < clumsy else properly


def now(habit: Habit, rng: Random) -> Habit:
    """How somebody with this habit sends one answer."""
    return habit if habit in _ALWAYS or rng.random() < HOW_OFTEN else properly
