"""The report of a study: one self-contained HTML page with its plan, methods and results.

`build` computes it, from the functions that the pages use; `render` writes it in the active
language.
"""

from analysis.report.build import Asked, Report, build
from analysis.report.render import render
from analysis.report.results import PARTS, QUICK_ANSWERS

__all__ = ["PARTS", "QUICK_ANSWERS", "Asked", "Report", "build", "render"]
