"""What a reader has to know before taking the figures further."""

from __future__ import annotations

from django.utils.translation import gettext as _

from analysis import formats
from analysis.report.results import Results


def limitations(results: Results) -> list[str]:
    """A paragraph each."""
    found = [
        _(
            "Circularity: an answer counts as correct by the word that an image was made from, not "
            "by what it looks like. A low accuracy can mean that the Web images of a word did not "
            "suit it, that the transfer failed on a content image, or that people do not see the "
            "texture; accuracy alone does not tell these apart, and nobody is left out for a low "
            "accuracy."
        ),
        _(
            "Clustering: a participant answers many questions, and their answers are alike. "
            "Exact tests, Wilson’s intervals and e-values take answers as independent and are "
            "too optimistic where the same people answer several times; the interval over "
            "participants and the mixed model are not."
        ),
        _(
            "The words, content images and Web images are those of this study; the interval over "
            "participants says nothing of other words or images. The mixed model does for words."
        ),
    ]
    effect = results.accuracies.overall.design_effect
    if isinstance(effect, float):
        found.append(
            _(
                "Here the clustered variance of the accuracy is %(effect)s times that of "
                "independent answers (design effect; Kish, 1965)."
            )
            % {"effect": formats.decimals(effect)}
        )
    return found
