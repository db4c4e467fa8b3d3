"""Tables of votes, as reports print them, with their statistics: who chose what is not needed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from analysis.stats import chance, power, sensitivity
from analysis.stats.chance import ChanceTest, holm
from analysis.stats.contingency import ExactTest, TableTest, freeman_halton, table_test
from analysis.stats.evalues import EValue, e_value
from analysis.stats.intervals import NotEstimable, Reason, clopper_pearson, wilson
from analysis.stats.power import Aim, Power
from analysis.summary.plain import plain
from analysis.summary.tallies import Grid, Tally
from analysis.vote_files import Report
from analysis.votes import QuestionVotes, WordVotes

Figures = dict[str, Any]

ALPHA = 0.05
# Accuracies that a study may hope for.
ACCURACIES = (0.5, 0.6, 0.7)


def votes_summary(report: Report, *, words: int | None = None, seed: int = 0) -> Figures:
    """Accuracies, tests and power of a report's tables.

    Every test is made for the number of options of the report and for its other reading. `words`
    is how many words the study asked, of which a report may print some: alpha is divided by it.
    """
    grids = _grids(report)
    found = {table.word: _word(table, grids, seed) for table in report.tables}
    for grid in grids:
        of_words = [figures[_name(grid)] for figures in found.values()]
        _add_holm(of_words, "p_greater", "p_greater_holm")
        _add_holm(of_words, "p_two_sided", "p_two_sided_holm")
        questions = [each for figures in found.values() for each in figures["per_content"]]
        p = f"p_greater_{_name(grid)}"
        _add_holm(questions, p, f"{p}_holm{len(questions)}")
    return dict(plain({"votes": found, "power": _power(report, grids, words)}))


def _grids(report: Report) -> list[Grid]:
    first = report.tables[0].questions[0]
    others = [report.other_options] if report.other_options else []
    return [(first.targets, options) for options in (first.options, *others)]


def _name(grid: Grid) -> str:
    return f"{grid[0]}of{grid[1]}"


def _word(table: WordVotes, grids: list[Grid], seed: int) -> Figures:
    rows = [list(row) for row in table.rows]
    correct = sum(question.correct for question in table.questions)
    n = sum(question.answers for question in table.questions)
    others = [question.others for question in table.questions]
    full = [row for row in (*rows, others) if any(row)]
    return (
        {
            "table_rows_cluster_cols_content": rows,
            "per_content": [_question(question, grids) for question in table.questions],
            "pooled": _share(correct, n),
        }
        | {_name(grid): _tests(correct, n, grid) for grid in grids}
        | {
            "content_x_cluster_own": _association(rows, seed),
            "content_x_response_full": {"table": full} | _association(full, seed),
        }
    )


def _share(correct: int, n: int) -> Figures:
    none = NotEstimable(Reason.NO_ANSWERS)
    return {
        "correct": correct,
        "n": n,
        "accuracy": correct / n if n else none,
        "wilson95": wilson(correct, n) if n else none,
        "clopper_pearson95": clopper_pearson(correct, n) if n else none,
    }


def _question(question: QuestionVotes, grids: list[Grid]) -> Figures:
    found = _share(question.correct, question.answers)
    for grid in grids:
        tally = Tally({grid: (question.correct, question.answers)})
        found[f"p_greater_{_name(grid)}"] = _p_values(tally)["p_greater"]
    return found


def _tests(correct: int, n: int, grid: Grid) -> Figures:
    tally = Tally({grid: (correct, n)})
    evidence = e_value(tally.by_chance)
    return (
        {"chance": grid[0] / grid[1]}
        | _p_values(tally)
        | {
            "dprime_mofk": sensitivity.dprime_mofk(correct, tally.grids),
            "e_value": evidence.value if isinstance(evidence, EValue) else evidence,
        }
    )


def _p_values(tally: Tally) -> Figures:
    test = chance.chance_test(tally.correct, tally.guessing)
    if isinstance(test, ChanceTest):
        return {"p_greater": test.p_greater, "p_two_sided": test.p_two_sided}
    return {"p_greater": test, "p_two_sided": test}


def _association(table: list[list[int]], seed: int) -> Figures:
    """Do the contents differ in which cluster is chosen?"""
    tested, exact = table_test(table), freeman_halton(table, seed)
    if not (isinstance(tested, TableTest) and isinstance(exact, ExactTest)):
        return dict(plain(tested))
    return {
        "G": tested.g,
        "fisher_freeman_halton_p": exact.p,
        "fisher_freeman_halton_is_sampled": exact.is_sampled,
        "chi2": tested.chi2,
        "chi2_p": tested.chi2_p,
        "df": tested.df,
        "least_expected": tested.least_expected,
    }


def _add_holm(figures: list[Figures], p: str, name: str) -> None:
    tested = [each for each in figures if isinstance(each[p], float)]
    for each in figures:
        each[name] = each[p]
    for each, adjusted in zip(tested, holm([each[p] for each in tested]), strict=True):
        each[name] = adjusted


def _power(report: Report, grids: list[Grid], words: int | None) -> Figures:
    """What a word's answers can show, at alpha for one word and divided among all of them."""
    contents = len(report.tables[0].questions)
    words = words or len(report.tables)
    found: Figures = {}
    for grid in grids:
        for alpha, shown in ((ALPHA, ".05"), (ALPHA / words, f".05/{words}")):
            for accuracy in ACCURACIES:
                aim = Aim(Fraction(*grid), accuracy, alpha)
                name = f"{_name(grid)} a={shown} p1={accuracy}"
                found[name] = _planned(aim, report.participants, contents)
    answers = words * contents
    for grid in grids:
        found[f"participant_{answers}_critical_{_name(grid)}_.05"] = power.critical_count(
            answers, Fraction(*grid), ALPHA
        )
    return found


def _planned(aim: Aim, participants: int, contents: int) -> Figures:
    n = participants * contents
    now, needed = power.power(n, aim), power.answers_needed(aim, per_participant=contents)
    return {
        f"power_n{n}": now.power if isinstance(now, Power) else now,
        f"critical_k_n{n}": now.critical if isinstance(now, Power) else now,
        "answers_per_word_for_80": needed,
        f"participants_at_{contents}_contents": (
            needed // contents if isinstance(needed, int) else needed
        ),
    }
