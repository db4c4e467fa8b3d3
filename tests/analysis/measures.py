"""Stimuli with distances and scores, as transfer and classifier would leave them."""

from __future__ import annotations

import random

from generation.models import StylisedImage, Word


def measure(seed: int = 0) -> None:
    """Distances and scores for every stimulus; the classifier takes half of them for their word."""
    chooser = random.Random(seed)
    words = list(Word.objects.order_by("pk"))
    for image in StylisedImage.objects.select_related("cluster__clustering__word").order_by("pk"):
        image.colour_distance = chooser.uniform(10, 90)
        image.style_distance = chooser.uniform(0.5, 3)
        image.style_remainder = chooser.uniform(0.1, 0.4)
        image.content_change = chooser.uniform(0.2, 0.9)
        image.recognised = chooser.random()
        image.recognised_as = image.cluster.word if image.recognised > 0.5 else words[0]
        image.save()
