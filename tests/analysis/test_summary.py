from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis import tidy
from analysis.stats import Interval, NotEstimable, Reason, StatisticsError, holm
from analysis.summary import plain, summarise, votes_summary
from analysis.vote_files import read_json
from tests.analysis.tidyfiles import HEADER, REFERENCE, RIGHT, grid, lines, row

CLOSED_FORM = 1e-9
LUCE = 1e-4
MIXED, MIXED_ERROR = 1e-3, 2e-3
RANDOM = 0.02

FOLDER = REFERENCE.parent
SMALL = json.loads((FOLDER / "expected-small.json").read_text())
VOTES = json.loads((FOLDER / "expected-votes.json").read_text())
PAPER = Path(__file__).parents[2] / "analysis" / "fixtures" / "paper_votes.json"


def leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    children = (
        tree.items() if isinstance(tree, dict)
        else enumerate(tree) if isinstance(tree, list)
        else None
    )  # fmt: skip
    if children is None:
        yield path, tree
        return
    for key, child in children:
        yield from leaves(child, (*path, str(key)))


def at(tree: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        tree = tree[int(key)] if isinstance(tree, list) else tree[key]
    return tree


@pytest.fixture(scope="module")
def small() -> dict[str, Any]:
    found = tidy.read(REFERENCE)
    return summarise(found.answers, catches=found.catches)


@pytest.fixture(scope="module")
def votes() -> dict[str, Any]:
    return votes_summary(read_json(PAPER.read_text(encoding="utf-8")), words=23)


def in_reference_order(part: dict[str, Any], words: list[str]) -> dict[str, Any]:
    """The confusion with its words in another order: a file of answers has no order of words."""
    places = [part["words"].index(word) for word in words]
    return {
        "words": [part["words"][place] for place in places],
        "counts": np.array(part["counts"])[np.ix_(places, places)].tolist(),
        "exposure": np.array(part["exposure"])[np.ix_(places, places)].tolist(),
    }


def tolerance(path: tuple[str, ...]) -> tuple[float, float]:
    """Relative and absolute: closed forms are compared relatively, so that tiny p values count."""
    section, last = path[1], path[-1]
    if section == "luce":
        return 0.0, LUCE
    if section == "glmm":
        # z is a quotient of what may be off, at a standard error of 0.2.
        return 0.0, {"se": MIXED_ERROR, "z": 0.05}.get(last, MIXED)
    if last == "p_perm_holm":
        # Up to 23 times a permutation p, which is itself off by RANDOM.
        return 0.0, 23 * RANDOM
    if last.startswith("random1000") or last in ("p_perm", "sum_p_perm"):
        return 0.0, RANDOM
    # Of an accuracy at chance both are 0, or the rounding of either program.
    return CLOSED_FORM, 1e-13 if last in ("dprime_mofk", "chance_corrected") else 0.0


def is_close(found: Any, expected: Any, relative: float, absolute: float) -> bool:
    if isinstance(expected, float) and isinstance(found, float | int):
        return math.isclose(found, expected, rel_tol=relative, abs_tol=absolute)
    return type(found) is type(expected) and bool(found == expected)


@pytest.mark.parametrize("which", ["all", "clean"])
def test_every_figure_of_the_reference(small, which):
    expected, found = SMALL[which], dict(small[which])
    found["confusion"] = in_reference_order(found["confusion"], expected["confusion"]["words"])
    compared, off = 0, []
    for path, value in leaves(expected, (which,)):
        if path[1:] in {("luce", "settings"), ("glmm", "model")}:
            continue
        got = at(found, path[1:])
        compared += 1
        if not is_close(got, value, *tolerance(path)):
            off.append(("/".join(path), value, got))
    assert not off
    assert compared > 2700


def test_no_key_of_the_reference_is_left_out(small):
    def missing(expected: Any, found: Any, path: str = "") -> list[str]:
        if not isinstance(expected, dict):
            return []
        gone = [f"{path}/{key}" for key in expected if key not in found]
        return gone + [
            each
            for key in expected.keys() & found.keys()
            for each in missing(expected[key], found[key], f"{path}/{key}")
        ]

    assert missing(SMALL, small) == []
    assert small["excluded"] == SMALL["excluded"] == ["p08", "p09"]


def test_adjusted_permutation_p_values_are_those_of_holm(small):
    for which in ("all", "clean"):
        words = small[which]["content_x_cluster"]["per_word"].values()
        assert [each["p_perm_holm"] for each in words] == pytest.approx(
            holm([each["p_perm"] for each in words])
        )


def test_conditions_have_figures_of_their_own_where_there_are_two(small):
    assert "per_condition" not in small["all"]
    rows = [
        (*row(person=person, **(RIGHT if is_right else {})), condition)
        for person, condition, is_right in [
            ("p1", "plain", True), ("p1", "colour", False), ("p2", "plain", True),
            ("p2", "colour", False), ("p3", "plain", False), ("p3", "", True),
        ]
    ]  # fmt: skip
    answers = tidy.read_lines(lines(*rows, header=(*HEADER, "condition"))).answers
    found = summarise(answers, excluded=["p1", "p2"])
    # The answer to the question of no condition is part of everything alone.
    assert found["all"]["overall"]["n"] == 6
    conditions = found["all"]["per_condition"]
    assert {name: (part["correct"], part["n"]) for name, part in conditions.items()} == {
        "colour": (0, 2),
        "plain": (2, 3),
    }
    plain_one = conditions["plain"]
    # Of 1, 1, 0: a mean of 2/3 with the standard error 1/3 and t(2) = 4.303.
    assert plain_one["participant_t95"] == pytest.approx([2 / 3 - 1.4342, 2 / 3 + 1.4342], abs=1e-4)
    assert plain_one["chance"] == pytest.approx(1 / 3)
    assert plain_one["p_greater"] == pytest.approx(7 / 27)
    assert conditions["colour"]["deff"] == {"not_estimable": Reason.ALL_ALIKE}
    clean = found["clean"]["per_condition"]
    assert clean["colour"]["accuracy"] == {"not_estimable": Reason.NO_ANSWERS}
    assert_sound(found)


def test_every_figure_of_the_votes(votes):
    off = []
    for path, value in leaves(VOTES):
        found = at(votes, path)
        if value is None:
            assert set(found) == {"not_estimable"}
        elif not is_close(found, value, CLOSED_FORM, 0.0):
            off.append((path, value, found))
    assert not off


def test_one_reading_of_the_votes_has_one_kind_of_test():
    report = json.loads(PAPER.read_text(encoding="utf-8"))
    del report["other_options"]
    found = votes_summary(read_json(json.dumps(report)))
    assert "3of9" in found["votes"]["fusafusa"]
    assert "3of12" not in found["votes"]["fusafusa"]
    # Three printed words: alpha is divided by three, and a person answers nine questions.
    assert "3of9 a=.05/3 p1=0.5" in found["power"]
    assert "participant_9_critical_3of9_.05" in found["power"]


def test_votes_for_nothing():
    report = {"participants": 2, "targets": 1, "options": 3, "contents": ["a", "b"],
              "votes": {"fusa": [[0, 0]], "zara": [[2, 2]]}}  # fmt: skip
    found = votes_summary(read_json(json.dumps(report)))
    assert set(found["votes"]["fusa"]["1of3"]["dprime_mofk"]) == {"not_estimable"}
    assert set(found["votes"]["zara"]["content_x_cluster_own"]) == {"not_estimable"}


def test_chosen_exclusions(small):
    answers = tidy.read(REFERENCE).answers
    found = summarise(answers, excluded=["p01"])
    assert found["excluded"] == ["p01"]
    assert found["clean"]["n_answers"] == 621 - 69
    assert found["all"] == small["all"]
    nobody = summarise(answers, excluded=[])
    assert nobody["clean"] == nobody["all"]
    with pytest.raises(StatisticsError, match="unknown p99"):
        summarise(answers, excluded=["p99"])


def test_everybody_excluded():
    answers = tidy.read(REFERENCE).answers
    found = summarise(answers, excluded=answers.people)
    assert found["clean"]["n_participants"] == found["clean"]["n_answers"] == 0
    assert found["clean"]["overall"]["accuracy"] == {"not_estimable": "there are no answers"}
    assert_sound(found)


def test_failed_catches_flag_a_person():
    failing = [
        row(person="p9", content=content, word="", chosen_word="fusa", chosen_cluster="0")
        for content in ("a", "b")
    ]
    read = tidy.read_lines(lines(row(), row(person="p9"), *failing))
    found = summarise(read.answers, catches=read.catches)
    assert found["catches"] == {"answers": 2, "passed": 0}
    assert found["careless"] == {"p9": ["missed_catches"]}
    assert found["excluded"] == ["p9"]


def test_progress_is_told_each_part():
    told: list[str] = []
    answers = tidy.read_lines(lines(row())).answers
    summarise(answers, excluded=["p1"], progress=told.append)
    assert told[0] == "accuracy"
    assert told.count("glmm") == 2


WIDE = grid(("fusa", 0), ("zara", 1), ("zara", 0))
ONE = grid(("fusa", 0))


def people(number: int, correct: bool, options: str = WIDE, contents: int = 3) -> list[Any]:
    """People who answered fusa and zara on contents, all correctly or all wrongly."""
    rows = []
    for person in range(number):
        for content in range(contents):
            for word in ("fusa",) if options == ONE else ("fusa", "zara"):
                own, other = (0, 1) if word == "fusa" else (1, 0)
                position = str(own if correct or options == ONE else other)
                chosen = json.loads(options)[int(position)]
                rows.append(
                    row(
                        person=f"p{person}", word=word, content=f"c{content}", position=position,
                        options=options, chosen_word=chosen["word"],
                        chosen_cluster=str(chosen["cluster"]),
                    )
                )  # fmt: skip
    return rows


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([row(word="", chosen_word="", chosen_cluster="")], id="only catch questions"),
        pytest.param([row()], id="one answer"),
        pytest.param([row(rt_ms="")], id="no times"),
        pytest.param([row(rt_ms="0")], id="a time of zero"),
        pytest.param(people(1, True), id="one participant"),
        pytest.param(people(3, True), id="all correct"),
        pytest.param(people(3, False), id="all wrong"),
        pytest.param(people(2, True, ONE), id="one option"),
        pytest.param(people(3, True, contents=1), id="one content"),
        pytest.param([*people(2, True), *people(3, False)[12:]], id="a person who is all wrong"),
        pytest.param(
            [
                row(person="p1"),
                row(person="p2", options=grid(("fusa", 1), ("zara", 1), ("toge", 0))),
            ],
            id="other distractors for everybody",
        ),
        pytest.param(
            [row(), row(content="c1", options=grid(("fusa", 0), ("zara", 1)))],
            id="mixed chance levels",
        ),
    ],
)
def test_degenerate_answers_give_reasons_instead_of_numbers(rows):
    found = tidy.read_lines(lines(*rows))
    assert_sound(summarise(found.answers, catches=found.catches))


def assert_sound(found: dict[str, Any]) -> None:
    """No number is missing or infinite, and each reason is a sentence."""
    json.dumps(found, allow_nan=False)
    for path, value in leaves(found):
        assert value is not None, path
        if path[-1] == "not_estimable":
            assert value in set(Reason), path


def test_plain_values():
    assert plain({"a": Interval(0.0, 1.0), 1: np.arange(2), "b": [np.float64(0.5), None]}) == {
        "a": [0.0, 1.0],
        "1": [0, 1],
        "b": [0.5, None],
    }
    assert plain(NotEstimable(Reason.NO_ANSWERS)) == {"not_estimable": "there are no answers"}
    for bad in (math.nan, math.inf, np.float64("nan"), object()):
        with pytest.raises(StatisticsError, match="expected"):
            plain({"x": [bad]})
