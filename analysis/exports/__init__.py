"""A study's results as files that others read: tables, a codebook, folders, scripts.

Every file has the counted answers of `analysis.frames`; what columns they have, `columns` says.
"""

from analysis.exports.errors import ExportError

__all__ = ["ExportError"]
