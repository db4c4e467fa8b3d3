"""What a report says in words, case by case."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from django.utils import timezone, translation

from analysis import stats
from analysis.frames import Selection
from analysis.report import findings, methods, planned, record, text
from analysis.report.accuracies import Overall
from analysis.report.paper import paper
from analysis.stats import Interval, NotEstimable, PeopleMean, Reason
from analysis.stats.careless import Rules
from analysis.stats.evalues import EValue
from generation.models import Recipe, StylisedImage
from generation.nst.recipe import PRESETS
from survey.models import Familiarity, Study
from survey.services.lifecycle import close, go_live
from survey.services.plan import write_plan
from tests.analysis.factories import add_people, make_study
from tests.survey.studies import make_conditions
from tests.survey.studies import make_study as compose_study

NBSP = "\N{NO-BREAK SPACE}"

# The figures of the reference answers.
REFERENCE = Overall(
    people=9,
    answers=621,
    estimate=stats.Proportion(344, 621, Interval(0.515, 0.593), 1 / 3),
    mean=PeopleMean(9, 344 / 621, Interval(0.467335, 0.640555)),
    design_effect=3.5,
    test=stats.ChanceTest(1.5e-29, 2.7e-29),
    people_test=NotEstimable(Reason.NO_VARIANCE),
    evidence=EValue(30.0),
)


def headline(overall, *, is_mixed=False, shows_p=True):
    return findings.headline(overall, is_mixed=is_mixed, shows_p=shows_p).replace(NBSP, " ")


def test_the_headline():
    assert headline(REFERENCE) == (
        "Accuracy was 55.4% (344 of 621 answers; 95% CI clustered by participant 46.7–64.1%, "
        "9 participants), exact binomial one-sided p < .001 against chance 33.3%."
    )


def test_the_headline_in_japanese():
    with translation.override("ja"):
        assert headline(REFERENCE) == (
            "正答率は55.4%であった（回答621件中344件、参加者をクラスタとした95%信頼区間 "
            "46.7–64.1%、参加者9名。チャンスレベル 33.3% に対する片側の正確二項検定、p < .001）。"
        )


def test_a_mean_of_people_that_is_another_figure_is_named():
    other = replace(REFERENCE, mean=PeopleMean(9, 0.571, Interval(0.4, 0.7)))
    assert "mean of 9 participants 57.1%, 95% CI clustered by participant 40.0–70.0%" in (
        headline(other)
    )


def test_mixed_chance_levels():
    assert "exact Poisson-binomial one-sided p < .001 against a mean chance of 33.3%" in (
        headline(REFERENCE, is_mixed=True)
    )


def test_hidden_p_values_give_way_to_the_e_value():
    shown = headline(REFERENCE, shows_p=False)
    assert shown.endswith("e-value > 10¹³ against chance 33.3%.")
    assert "p <" not in shown


def test_what_cannot_be_estimated_says_why():
    alone = replace(REFERENCE, mean=NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE))
    assert (
        "95% CI clustered by participant not estimable: an interval needs at least two people"
    ) in headline(alone)
    nobody = replace(REFERENCE, estimate=NotEstimable(Reason.NO_ANSWERS))
    assert headline(nobody) == "The accuracy is not estimable: no answers yet."


@pytest.mark.parametrize(
    ("p", "shown"),
    [(1e-9, "p < .001"), (0.0244, "p = .024"), (0.62, "p = .62"), (1.0, "p = 1.00")],
)
def test_p_values_as_papers_write_them(p, shown):
    assert text.p_text(p).replace(NBSP, " ") == shown


@pytest.mark.parametrize(
    ("log10", "shown"), [(1.5, "e = 32"), (9.3, "e > 10⁹"), (-5.0, "e < 0.01")]
)
def test_e_values_with_their_relation(log10, shown):
    found = findings.evidence_text(EValue(log10 * math.log(10)))
    assert found.replace(NBSP, " ") == shown


def test_words_above_chance(study, report_of):
    report = report_of(study)
    sentence = findings.words(report.results, report.labels, shows_p=True, alpha=0.05)
    assert "exact binomial one-sided, Holm-adjusted over 4 words, alpha 0.05" in sentence
    named = set(re.findall(r"(\w+) \(\d", sentence.split("): ")[1]))
    assert named == {
        report.labels[group.index].reading
        for group in report.results.accuracies.words
        if group.p_holm < 0.05
    }
    nothing = findings.words(report.results, report.labels, shows_p=True, alpha=1e-300)
    assert nothing.startswith("No word was recognised above chance")


def test_words_by_e_values_while_p_is_hidden(study, report_of):
    report = report_of(study)
    sentence = findings.words(report.results, report.labels, shows_p=False, alpha=0.05)
    assert "e-value of 80 or more: 4 words over alpha 0.05" in sentence
    strong = [g for g in report.results.accuracies.words if g.evidence.value >= 80]
    assert len(re.findall(rf"e{NBSP}[=>]", sentence)) == len(strong) > 0
    assert not re.search(rf"p[ {NBSP}][<=]", sentence)


def test_design(study, report_of):
    report = report_of(study)
    found = methods.design(report.facts, report.results)
    for part in (
        "3 content images were combined with 4 words.", "from 9 images of one content image",
        "3 of them were made from the asked word", "The chance level was 33.3%.",
        "3 style clusters, in all by 36 stylised images", "asked 12 questions about words",
        "3 questions of another kind served as attention checks",
        "The images of a question were the same for everybody.",
    ):  # fmt: skip
        assert part in found


@pytest.mark.parametrize(
    ("design", "how", "asked"), [("within", "within", 12), ("between", "between", 6)]
)
def test_design_of_conditions(db, report_of, design, how, asked):
    study = make_conditions("other", design=design, distractors="redrawn")
    report = report_of(study)
    found = methods.design(report.facts, report.results)
    assert f"2 recipes (conditions test, other), varied {how} participants." in found
    assert f"asked {asked} questions about words." in found
    assert "drawn anew for each participant" in found


def test_stimuli_of_the_original_recipe(study, report_of):
    paper_like = PRESETS["paper"]
    Recipe.objects.update(parameters=paper_like.to_json(), sha256=paper_like.sha256)
    StylisedImage.objects.update(device="cpu, 2 threads")
    found = methods.stimuli(report_of(study).facts)
    for part in (
        "VGG19", "content from relu4_2 (0.01)", "relu5_1 (10)", "absolute losses",
        "history 100", "starting from the content image: 500 iterations at 256 px",
        "computed on cpu, 2 threads", "grouped into style clusters (features test)",
    ):  # fmt: skip
        assert part in found


def test_stimuli_that_were_made_elsewhere(study, report_of):
    Recipe.objects.update(imported=True, parameters={"method": "CycleGAN"})
    found = methods.stimuli(report_of(study).facts)
    assert "Images of “test” were made elsewhere (CycleGAN) and imported." in found
    assert "VGG19" not in found


def test_participants_and_who_is_left_out(study, report_of):
    found = methods.participants
    everybody = report_of(study)
    usual = Selection()
    shown = found(everybody.facts, everybody.results, usual)
    assert "11 participants gave" in shown
    assert "Nobody was left out by a rule" in shown
    strict = Selection(rules=Rules(), keeps_incomplete=False, language="ja", condition="test")
    shown = found(everybody.facts, everybody.results, strict)
    for part in (
        "Only those who answered in the language “ja” are counted.", "in the condition test",
        "Left out were: People who did not finish.", "failed 2 or more catch questions",
    ):  # fmt: skip
        assert part in shown


def test_simulated_people_are_said_to_be(db, report_of):
    study = make_study(counted_origins=["bot"])
    add_people(study, 2, origin="bot")
    report = report_of(study)
    shown = methods.participants(report.facts, report.results, report.asked.selection)
    assert "All of them are simulated: no person took part." in shown
    assert "consent" not in shown


def planned_study(**decisions) -> Study:
    study = compose_study(slug="study", status="draft", words=4)
    write_plan(study=study, people=4, **decisions)
    study = go_live(study=study)
    add_people(study, 4, skill={"fusafusa": 0.95, "zarazara": 0.9, "mofumofu": 0.3})
    return study


def lines(report):
    found = planned.outcome(
        report.asked.plan, report.results, report.labels, shows_p=report.shows_p
    )
    return [line.replace(NBSP, " ") for line in found]


def closed(study):
    close(study=study)
    study.refresh_from_db()
    return study


@pytest.mark.django_db
def test_the_plan_waits_for_the_end(report_of):
    study = planned_study()
    assert lines(report_of(study)) == [
        "The planned test is made when the study is over; until then its p values are hidden."
    ]


@pytest.mark.django_db
def test_people_as_units_where_that_was_planned(report_of):
    report = report_of(closed(planned_study()))
    (line,) = lines(report)
    test = report.results.accuracies.overall.people_test
    assert f"t({test.df}) = {test.t:.2f}, one-sided" in line
    assert ("is above chance" in line) == (test.p_greater < 0.05)
    assert record.outcome(report).standing.is_planned
    assert line in paper(report, "en").parts[-1].text.replace(NBSP, " ")


@pytest.mark.django_db
@pytest.mark.parametrize(("correction", "adjust"), [("holm", "p_holm"), ("bh", "p_bh")])
def test_words_as_planned(report_of, correction, adjust):
    report = report_of(closed(planned_study(outcome="words", correction=correction)))
    above = [g for g in report.results.accuracies.words if getattr(g, adjust) < 0.05]
    first, *others = lines(report)
    assert first.startswith(f"{len(above)} of 4 words are above chance (alpha 0.05")
    assert len(others) == len(above) > 0


@pytest.mark.django_db
def test_named_words_are_corrected_among_themselves(report_of):
    study = planned_study(outcome="named", words=["fusafusa", "mofumofu"])
    report = report_of(closed(study))
    first, *others = lines(report)
    assert first.split(" are")[0].endswith("of 2 words")
    assert sorted(line.split(":")[0] for line in others) == ["fusafusa", "mofumofu"]
    p = {
        report.labels[g.index].reading: g.p
        for g in report.results.accuracies.words
        if report.labels[g.index].reading in ("fusafusa", "mofumofu")
    }
    expected = text.p_text(stats.holm(list(p.values()))[list(p).index("fusafusa")])
    assert next(each for each in others if "fusafusa" in each).endswith(
        expected.replace(NBSP, " ") + "."
    )


@pytest.mark.django_db
def test_conditions_as_planned(report_of):
    study = make_conditions("other", slug="study", status="draft")
    write_plan(study=study, people=4, outcome="conditions", baseline="other")
    study = go_live(study=study)
    add_people(study, 4, skill={"fusafusa@test": 0.9, "fusafusa@other": 0.2})
    (line,) = lines(report_of(study))
    assert re.fullmatch(
        r"The accuracy in test minus that in other was [+−]?[\d.]+ points \(95% CI .+ to .+\)\.",
        line,
    )


@pytest.mark.django_db
def test_a_draft_plan_is_no_plan(report_of):
    study = compose_study(slug="study", status="draft")
    write_plan(study=study, people=4)
    assert record.outcome(report_of(study)) is None


@pytest.mark.django_db
def test_familiarity_is_stated(report_of):
    study = make_study()
    add_people(study, 2)
    report = report_of(study, Selection(least_familiarity=Familiarity.Level.KNOWN))
    shown = methods.participants(report.facts, report.results, report.asked.selection)
    assert shown == "There are no counted answers yet."


def test_days(study, report_of):
    assert text.day(timezone.now()) in methods.participants(
        (report := report_of(study)).facts, report.results, Selection()
    )
