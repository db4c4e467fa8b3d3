"""Reads a tidy file of answers, one row an answer, into the table that statistics are made of.

The file is CSV in UTF-8, with or without a byte-order mark, its columns in any order:

participant     who answered
word            the asked word; empty for a catch question
content         the content image
position        the 0-based cell that was chosen, row by row
options         the grid cell by cell, as JSON: [{"word": "fusafusa", "cluster": 0}, ...]
chosen_word     whose style the chosen image has
chosen_cluster  which of its clusters
rt_ms           the response time in milliseconds; empty where it was not measured
condition       the recipe of the images; may be left out, as may "condition" in an option

Rows of one person are in the order of presentation. Other columns are ignored.
"""

from analysis.tidy.reader import COLUMNS, read, read_lines
from analysis.tidy.table import Catches, Tidy
from analysis.tidy.values import TidyError

__all__ = ["COLUMNS", "Catches", "Tidy", "TidyError", "read", "read_lines"]
