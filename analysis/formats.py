"""How figures are written, the same in tables, charts and labels."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis.stats import Interval, NotEstimable, Reason

_REASONS = {
    Reason.NO_ANSWERS: gettext_lazy("no answers yet"),
    Reason.FEWER_THAN_TWO_PEOPLE: gettext_lazy("an interval needs at least two people"),
    Reason.NO_VARIANCE: gettext_lazy("all people have the same accuracy"),
    Reason.NO_PAIRS: gettext_lazy("nobody answered in both conditions"),
    Reason.NO_CHANGES: gettext_lazy("nobody answered the conditions differently"),
    Reason.SAME_DIFFERENCE: gettext_lazy("all people have the same difference"),
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
