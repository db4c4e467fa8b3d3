"""How the figures were computed and what they are, in the words of a paper."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analysis import formats, stats
from analysis.frames import WordLabel
from analysis.report import text
from analysis.report.accuracies import Group, Overall
from analysis.report.results import Results
from analysis.report.structure import Mixed
from analysis.stats.agreement import Agreement, By
from analysis.stats.evalues import EValue
from analysis.stats.intervals import NotEstimable
from analysis.stats.reliability import Reliability


def headline(overall: Overall, *, is_mixed: bool, shows_p: bool) -> str:
    """Accuracy was 55.4% (344 of 621 answers ...), exact binomial one-sided p < .001 ..."""
    estimate = overall.estimate
    if isinstance(estimate, NotEstimable):
        return _("The accuracy is %(why)s.") % {"why": formats.why_not(estimate)}
    return _("Accuracy was %(accuracy)s (%(correct)s of %(answers)s; %(interval)s), %(test)s.") % {
        "accuracy": formats.reported(estimate.accuracy),
        "correct": estimate.correct,
        "answers": text.answers(estimate.n),
        "interval": _interval(overall, estimate),
        "test": _against_chance(overall, estimate, is_mixed=is_mixed, shows_p=shows_p),
    }


def _interval(overall: Overall, estimate: stats.Proportion) -> str:
    """The interval over people; it is of their mean, which is named where it is another figure."""
    mean = overall.mean
    if isinstance(mean, NotEstimable):
        return _("95%% CI clustered by participant %(why)s") % {"why": formats.why_not(mean)}
    shown = {
        "interval": formats.interval(mean.interval, 1000),
        "mean": formats.reported(mean.mean),
        "people": text.people(mean.people),
    }
    if shown["mean"] == formats.reported(estimate.accuracy):
        return _("95%% CI clustered by participant %(interval)s, %(people)s") % shown
    return _("mean of %(people)s %(mean)s, 95%% CI clustered by participant %(interval)s") % shown


def _against_chance(
    overall: Overall, estimate: stats.Proportion, *, is_mixed: bool, shows_p: bool
) -> str:
    chance = formats.reported(estimate.chance)
    if not shows_p:
        return _("e-value %(e)s against chance %(chance)s") % {
            "e": evidence(overall.evidence),
            "chance": chance,
        }
    p = overall.test.p_greater if isinstance(overall.test, stats.ChanceTest) else overall.test
    shown = {"p": text.p_text(p), "chance": chance}
    if is_mixed:
        return _("exact Poisson-binomial one-sided %(p)s against a mean chance of %(chance)s") % (
            shown
        )
    return _("exact binomial one-sided %(p)s against chance %(chance)s") % shown


def evidence(found: EValue | NotEstimable) -> str:
    """An e-value, or why there is none."""
    return formats.why_not(found) if isinstance(found, NotEstimable) else formats.evidence(found)


def evidence_text(found: EValue | NotEstimable) -> str:
    """e = 30, e > 10⁶, e < 0.01; or why there is none."""
    shown = evidence(found)
    relation = "" if isinstance(found, NotEstimable) or shown[0] in "<>" else "= "
    return f"e {relation}{shown}".replace(" ", "\N{NO-BREAK SPACE}")


def words(results: Results, labels: Sequence[WordLabel], *, shows_p: bool, alpha: float) -> str:
    """How many words were recognised above chance, and which."""
    groups = [g for g in results.accuracies.words if isinstance(g.estimate, stats.Proportion)]
    if not groups:
        return ""
    count = len(groups)
    if shows_p:
        found = [g for g in groups if isinstance(g.p_holm, float) and g.p_holm < alpha]
        how = ngettext(
            "exact binomial one-sided, Holm-adjusted over %(n)s word, alpha %(alpha)s",
            "exact binomial one-sided, Holm-adjusted over %(n)s words, alpha %(alpha)s",
            count,
        )
        if results.accuracies.is_mixed:
            how = ngettext(
                "exact Poisson-binomial one-sided, Holm-adjusted over %(n)s word, alpha %(alpha)s",
                "exact Poisson-binomial one-sided, Holm-adjusted over %(n)s words, alpha %(alpha)s",
                count,
            )
    else:
        least = count / alpha
        found = [g for g in groups if _log10(g) >= math.log10(least)]
        how = ngettext(
            "e-value of %(least)s or more: %(n)s word over alpha %(alpha)s",
            "e-value of %(least)s or more: %(n)s words over alpha %(alpha)s",
            count,
        )
    shown = {"n": count, "alpha": f"{alpha:g}", "least": f"{count / alpha:.0f}"}
    if not found:
        return _("No word was recognised above chance (%(how)s).") % {"how": how % shown}
    return ngettext(
        "%(found)s of %(all)s was recognised above chance (%(how)s): %(words)s.",
        "%(found)s of %(all)s were recognised above chance (%(how)s): %(words)s.",
        len(found),
    ) % {
        "found": len(found),
        "all": text.words(count),
        "how": how % shown,
        "words": text.listed(_word(group, labels, shows_p=shows_p) for group in found),
    }


def _word(group: Group, labels: Sequence[WordLabel], *, shows_p: bool) -> str:
    estimate = group.estimate
    if isinstance(estimate, NotEstimable):
        return text.named(labels[group.index])
    test = text.p_text(group.p_holm) if shows_p else evidence_text(group.evidence)
    return _("%(word)s (%(accuracy)s, %(correct)s of %(n)s, %(test)s)") % {
        "word": text.named(labels[group.index]),
        "accuracy": formats.reported(estimate.accuracy),
        "correct": estimate.correct,
        "n": estimate.n,
        "test": test,
    }


def _log10(group: Group) -> float:
    return float("-inf") if isinstance(group.evidence, NotEstimable) else group.evidence.log10


def analysis(results: Results, *, shows_p: bool, seed: int) -> str:
    return text.joined(_analysis(results, shows_p=shows_p, seed=seed))


def _analysis(results: Results, *, shows_p: bool, seed: int) -> Iterator[str]:
    yield _("An answer was correct when the chosen image was made from the asked word.")
    yield _(
        "The interval of the accuracy of all answers is Student’s over the accuracies of "
        "participants, because the answers of one person are alike; intervals of single words, "
        "content images and questions are Wilson’s (1927) of independent answers, all at 95%."
    )
    if shows_p:
        yield (
            _(
                "Accuracies were compared with guessing by exact one-sided tests: "
                "Poisson-binomial, because questions differ in their chance level."
            )
            if results.accuracies.is_mixed
            else _("Accuracies were compared with guessing by exact one-sided binomial tests.")
        )
        tested = sum(isinstance(group.p, float) for group in results.accuracies.words)
        yield ngettext(
            "p values of words were adjusted over %(n)s word (Holm, 1979).",
            "p values of words were adjusted over %(n)s words (Holm, 1979).",
            tested,
        ) % {"n": tested}
    else:
        yield _(
            "Answers still come in, and testing at every look finds effects that are not there "
            "(Armitage et al., 1969): p values are therefore not given before the study is over."
        )
    yield _(
        "e-values compare skill (uniform between chance and 1) with guessing and are valid at "
        "every look (Ville, 1939; Robbins, 1970; Ramdas et al., 2023)."
    )
    yield _(
        "d′ is the distance of targets from distractors in standard deviations of an image’s "
        "strength, where the strongest of all options is chosen (Green & Swets, 1966)."
    )
    yield _(
        "Agreement is Krippendorff’s alpha (Krippendorff, 2018) and Fleiss’ kappa (1971) on the "
        "identity of the chosen image, with bootstrap intervals over questions; reliability is "
        "that of the words’ accuracies by split halves (Spearman, 1910; Brown, 1910) and "
        "Cronbach’s alpha (1951). Random numbers have the seed %(seed)s."
    ) % {"seed": seed}
    if results.mixed is not None:
        yield _(
            "A mixed logistic model with the logit of the chance level as offset and random "
            "effects of participant, word and word on content image was fitted by the Laplace "
            "approximation (as lme4’s glmer; Bates et al., 2015)."
        )


def structure(results: Results, *, shows_p: bool) -> str:
    """Agreement, reliability and the mixed model in sentences."""
    return text.joined([
        *_agreement(dict(results.agreements)[By.IMAGE]),
        *_reliability(results.reliability),
        *_mixed(results.mixed, shows_p=shows_p),
    ])  # fmt: skip


def _agreement(found: Agreement | NotEstimable) -> Iterator[str]:
    if isinstance(found, NotEstimable):
        yield _("Agreement on images is %(why)s.") % {"why": formats.why_not(found)}
        return
    yield _(
        "Pairs of participants chose the same image in %(observed)s of cases (Krippendorff’s "
        "alpha %(alpha)s, Fleiss’ kappa %(kappa)s; %(people)s, %(questions)s)."
    ) % {
        "observed": formats.reported(found.observed),
        "alpha": coefficient_with(found.alpha, found.alpha_interval),
        "kappa": coefficient_with(found.kappa, found.kappa_interval),
        "people": text.people(found.people),
        "questions": text.questions(found.questions),
    }


def coefficient_with(value: object, interval: object) -> str:
    """0.16 [0.12, 0.20]; where there is no interval, the value alone."""
    if isinstance(value, NotEstimable):
        return formats.why_not(value)
    shown = formats.decimals(value)  # type: ignore[arg-type]
    if isinstance(interval, stats.Interval):
        low, high = formats.decimals(interval.low), formats.decimals(interval.high)
        return f"{shown} [{low}, {high}]"
    return shown


def _reliability(found: Reliability | NotEstimable) -> Iterator[str]:
    if isinstance(found, NotEstimable):
        yield _("The reliability of the words’ accuracies is %(why)s.") % {
            "why": formats.why_not(found)
        }
        return
    yield _(
        "The split-half reliability of the words’ accuracies was %(odd_even)s (odd and even "
        "participants, Spearman-Brown), Cronbach’s alpha %(alpha)s."
    ) % {
        "odd_even": text.coefficient(found.odd_even),
        "alpha": text.coefficient(found.alpha),
    }


def _mixed(found: Mixed | NotEstimable | None, *, shows_p: bool) -> Iterator[str]:
    if found is None:
        return
    if isinstance(found, NotEstimable):
        yield _("The mixed model is %(why)s.") % {"why": formats.why_not(found)}
        return
    model = found.model
    shown = {
        "mean": formats.decimals(model.intercept.value),
        "error": formats.decimals(model.intercept.error),
        "person": formats.decimals(model.sd_person),
        "word": formats.decimals(model.sd_word),
        "pair": text.coefficient(model.sd_question),
    }
    yield (
        _(
            "In the mixed model answers were %(mean)s logits above chance (SE %(error)s); the "
            "standard deviations were %(person)s over participants, %(word)s over words and "
            "%(pair)s over words on content images."
        )
        % shown
    )
    if model.singular:
        yield _("The fit is singular: a standard deviation is estimated as 0.")
    if shows_p:
        z, p = formats.decimals(model.intercept.z), text.p_text(model.intercept.p)
        yield _("Wald’s test of the mean: z = %(z)s, two-sided %(p)s.") % {"z": z, "p": p}
