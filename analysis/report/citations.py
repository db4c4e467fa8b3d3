"""The sources of the methods that a report uses."""

from __future__ import annotations

from collections.abc import Iterable

_SOURCES = {
    "armitage": "Armitage, P., McPherson, C. K., & Rowe, B. C. (1969). Repeated significance tests "
    "on accumulating data. Journal of the Royal Statistical Society A, 132(2), 235–244.",
    "bates": "Bates, D., Mächler, M., Bolker, B., & Walker, S. (2015). Fitting linear "
    "mixed-effects models using lme4. Journal of Statistical Software, 67(1), 1–48.",
    "benjamini": "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate: A "
    "practical and powerful approach to multiple testing. Journal of the Royal Statistical "
    "Society B, 57(1), 289–300.",
    "brown": "Brown, W. (1910). Some experimental results in the correlation of mental abilities. "
    "British Journal of Psychology, 3(3), 296–322.",
    "cronbach": "Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. "
    "Psychometrika, 16(3), 297–334.",
    "fleiss": "Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. "
    "Psychological Bulletin, 76(5), 378–382.",
    "fu": "Fu, J. C., & Koutras, M. V. (1994). Distribution theory of runs: A Markov chain "
    "approach. Journal of the American Statistical Association, 89(427), 1050–1058.",
    "gatys": "Gatys, L. A., Ecker, A. S., & Bethge, M. (2015). A neural algorithm of artistic "
    "style. arXiv:1508.06576.",
    "gatys-control": "Gatys, L. A., Ecker, A. S., Bethge, M., Hertzmann, A., & Shechtman, E. "
    "(2016). Controlling perceptual factors in neural style transfer. arXiv:1611.07865.",
    "green": "Green, D. M., & Swets, J. A. (1966). Signal detection theory and psychophysics. "
    "Wiley.",
    "holm": "Holm, S. (1979). A simple sequentially rejective multiple test procedure. "
    "Scandinavian Journal of Statistics, 6(2), 65–70.",
    "kish": "Kish, L. (1965). Survey sampling. Wiley.",
    "krippendorff": "Krippendorff, K. (2018). Content analysis: An introduction to its methodology "
    "(4th ed.). Sage.",
    "liu": "Liu, D. C., & Nocedal, J. (1989). On the limited memory BFGS method for large scale "
    "optimization. Mathematical Programming, 45, 503–528.",
    "matsuo": "Matsuo, S., & Yanai, K. (2016). CNN-based style vector for style image retrieval. "
    "Proceedings of the ACM International Conference on Multimedia Retrieval.",
    "newcombe": "Newcombe, R. G. (1998). Interval estimation for the difference between "
    "independent proportions: Comparison of eleven methods. Statistics in Medicine, 17(8), "
    "873–890.",
    "ramdas": "Ramdas, A., Grünwald, P., Vovk, V., & Shafer, G. (2023). Game-theoretic statistics "
    "and safe anytime-valid inference. Statistical Science, 38(4), 576–601.",
    "robbins": "Robbins, H. (1970). Statistical methods related to the law of the iterated "
    "logarithm. Annals of Mathematical Statistics, 41(5), 1397–1409.",
    "simonyan": "Simonyan, K., & Zisserman, A. (2015). Very deep convolutional networks for "
    "large-scale image recognition. International Conference on Learning Representations.",
    "spearman": "Spearman, C. (1910). Correlation calculated from faulty data. British Journal of "
    "Psychology, 3(3), 271–295.",
    "ville": "Ville, J. (1939). Étude critique de la notion de collectif. Gauthier-Villars.",
    "wilson": "Wilson, E. B. (1927). Probable inference, the law of succession, and statistical "
    "inference. Journal of the American Statistical Association, 22(158), 209–212.",
}

ALWAYS = frozenset({
    "wilson", "holm", "green", "ville", "robbins", "ramdas", "krippendorff", "fleiss", "spearman",
    "brown", "cronbach", "kish", "fu", "bates",
})  # fmt: skip
TRANSFER = frozenset({"gatys", "simonyan", "liu"})


def references(keys: Iterable[str]) -> list[str]:
    """The sources in the order of their authors."""
    wanted = frozenset(keys)
    if unknown := wanted - _SOURCES.keys():
        raise KeyError(f"expected known sources, got {', '.join(sorted(unknown))}")
    return [text for key, text in _SOURCES.items() if key in wanted]
