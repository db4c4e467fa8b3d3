"""How figures are written, the same in tables, charts and labels."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis.stats import Interval, NotEstimable, Reason
from analysis.stats.evalues import EValue

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_REASONS = {
    Reason.NO_ANSWERS: gettext_lazy("no answers yet"),
    Reason.FEWER_THAN_TWO_PEOPLE: gettext_lazy("an interval needs at least two people"),
    Reason.NO_VARIANCE: gettext_lazy("all people have the same accuracy"),
    Reason.NO_PAIRS: gettext_lazy("nobody answered in both conditions"),
    Reason.NO_CHANGES: gettext_lazy("nobody answered the conditions differently"),
    Reason.SAME_DIFFERENCE: gettext_lazy("all people have the same difference"),
    Reason.FEWER_THAN_TWO_QUESTIONS: gettext_lazy("an error over questions needs two of them"),
    Reason.NO_QUESTION_VARIANCE: gettext_lazy("all questions have the same accuracy"),
    Reason.ALL_ALIKE: gettext_lazy("all answers are correct, or all are wrong"),
    Reason.NEGATIVE_VARIANCE: gettext_lazy("the estimate of the variance is negative"),
    Reason.ALL_CORRECT: gettext_lazy("all answers are correct"),
    Reason.ALL_WRONG: gettext_lazy("all answers are wrong"),
    Reason.CERTAIN_CHANCE: gettext_lazy("guessing is always correct or always wrong"),
    Reason.TOO_LARGE: gettext_lazy("the number is too large to be written"),
    Reason.TABLE_TOO_SMALL: gettext_lazy("votes in two rows and two columns are needed"),
    Reason.NEVER_SIGNIFICANT: gettext_lazy("too few answers to differ from guessing"),
    Reason.NOT_ABOVE_CHANCE: gettext_lazy("the accuracy is not above chance"),
    Reason.TOO_MANY_ANSWERS: gettext_lazy("more answers are needed than any study has"),
    Reason.NO_POSITIONS: gettext_lazy("the chosen positions are not known"),
    Reason.ONE_OPTION: gettext_lazy("only one option was offered"),
    Reason.NO_GRID: gettext_lazy("the offered images are not known"),
    Reason.NO_TIMES: gettext_lazy("no response times"),
    Reason.TIME_ZERO: gettext_lazy("a response time is zero"),
    Reason.NEVER_SHOWN: gettext_lazy("it was never shown"),
    Reason.OPTIONS_DIFFER: gettext_lazy("people were offered different images"),
    Reason.NO_COMMON_QUESTION: gettext_lazy("no question was answered by two people"),
    Reason.ONE_CATEGORY: gettext_lazy("all answers are of one kind"),
    Reason.UNDEFINED_RESAMPLES: gettext_lazy("too few people or questions to resample"),
    Reason.NO_EQUAL_CHANCE: gettext_lazy("its categories are not equally likely by chance"),
    Reason.FEWER_THAN_THREE_WORDS: gettext_lazy("at least three words are needed"),
    Reason.WORDS_ALIKE: gettext_lazy("the words do not differ"),
    Reason.FEWER_THAN_TWO_COMPLETE: gettext_lazy("fewer than two people answered everything"),
    Reason.ONE_CONTENT: gettext_lazy("only one photograph was asked about"),
    Reason.CHOICES_ALIKE: gettext_lazy("all choices are of one kind"),
    Reason.NOT_CONVERGED: gettext_lazy("the fit did not converge"),
    Reason.TOO_FEW_GROUPS: gettext_lazy("at least two people and two words are needed"),
    Reason.ONE_ANSWER_EACH: gettext_lazy("everybody gave only one answer"),
    Reason.CONTENT_ALIKE: gettext_lazy("all answers about a photograph are alike"),
    Reason.ONE_CONTENT_EACH: gettext_lazy("each word was asked on one photograph"),
    Reason.FEWER_THAN_FIVE_VALUES: gettext_lazy("at least five values are needed"),
    Reason.FEWER_THAN_FIVE_WORDS: gettext_lazy("an interval needs at least five words"),
    Reason.VALUES_ALIKE: gettext_lazy("all values are alike"),
    Reason.ALIKE_WITHIN_WORDS: gettext_lazy("no word has images that differ in both"),
}


def percent(share: float, n: int) -> str:
    """A share in percent, with no more digits than n answers allow; halves are rounded up."""
    digits = Decimal(1) if n < 1000 else Decimal("0.1")
    # The shortest decimal of a float: 0.435 is meant as 0.435, though it is stored a bit below.
    return f"{(Decimal(repr(float(share))) * 100).quantize(digits, ROUND_HALF_UP)}%"


def points(difference: float, n: int) -> str:
    """A difference of shares in percentage points, with its sign; as many digits as a share."""
    shown = percent(abs(difference), n)[:-1]
    if not float(shown):
        return shown
    return f"{'+' if difference > 0 else '−'}{shown}"


def points_interval(interval: Interval, n: int) -> str:
    """From end to end within what shares can differ by."""
    low, high = (min(max(end, -1.0), 1.0) for end in (interval.low, interval.high))
    return _("%(low)s to %(high)s") % {"low": points(low, n), "high": points(high, n)}


def interval(interval: Interval, n: int) -> str:
    shown = interval.clipped()
    return f"{percent(shown.low, n)[:-1]}–{percent(shown.high, n)}"


def p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def p_relation(p: float) -> str:
    """What follows the letter p in a sentence: = 0.024, or < 0.001."""
    shown = p_value(p)
    return shown if shown.startswith("<") else f"= {shown}"


def why_not(figure: NotEstimable) -> str:
    """Why there is no figure, in the reader's language."""
    return _("not estimable: %(reason)s") % {"reason": _REASONS[figure.reason]}


def reported(share: float) -> str:
    """A share with one decimal, as reports print it, so that both can be compared."""
    return percent(share, 1000)


def decimals(value: float) -> str:
    """A figure without a unit, as d': two decimals."""
    shown = f"{value:.2f}"
    return "0.00" if shown == "-0.00" else shown.replace("-", "−")


def evidence(e_value: EValue) -> str:
    """An e-value with the digits that matter; very large ones by their power of ten."""
    if e_value.log10 >= 6:
        return f"> 10{str(int(e_value.log10)).translate(_SUPERSCRIPTS)}"
    value = math.exp(e_value.log)
    return "< 0.01" if value < 0.01 else f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def seconds(milliseconds: float) -> str:
    """A time in seconds with two digits that matter: 0.64 s, 2.3 s, 12 s."""
    value = milliseconds / 1000
    digits = 0 if value >= 9.95 else 1 if value >= 0.995 else 2
    return _("%(n)s s") % {"n": f"{value:.{digits}f}"}
