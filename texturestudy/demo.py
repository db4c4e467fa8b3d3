"""The study that `manage.py demo` makes, from the photographs inside scikit-image."""

from __future__ import annotations

from generation.models import ContentImage, Word
from generation.services.contents import add_content
from generation.sources.samples import CONTENTS

SLUG = "demo"
TITLE = {"ja": "質感のことばと写真（デモ）", "en": "Words for textures (demo)"}
RECIPE = "demo"
SEED = 1
PARTICIPANTS = 30

# Word, reading, gloss, the sample photograph that shows it, and the share of questions about it
# that a simulated participant answers correctly.
WORDS = [
    ("ふさふさ", "fusafusa", "soft, long, thick hair", "fur", 0.85),
    ("わさわさ", "wasawasa", "dense and restless, as leaves", "grass", 0.65),
    ("ごつごつ", "gotsugotsu", "hard, rough and rugged", "gravel", 0.75),
    ("でこぼこ", "dekoboko", "uneven, with bumps and dents", "brick", 0.55),
    ("きらきら", "kirakira", "glittering", "stars", 0.90),
    ("ぼこぼこ", "bokoboko", "full of hollows", "craters", 0.40),
]
SKILLS = {reading: skill for _, reading, _, _, skill in WORDS}


def make_words() -> None:
    """The demo's words; one that is there stays as it is."""
    for text, reading, gloss, sample, _ in WORDS:
        Word.objects.get_or_create(
            reading=reading,
            defaults={"text": text, "gloss": gloss, "phrases": {"samples": [sample]}},
        )


def make_contents() -> None:
    """The demo's photographs, cut square; one that is there stays as it is."""
    present = set(ContentImage.objects.values_list("name", flat=True))
    for name, (photograph, box) in CONTENTS.items():
        if name not in present:
            add_content(
                name=name,
                image=photograph.open().crop(box),
                credit=f"{photograph.title}, {photograph.creator}",
                licence=photograph.licence[0],
            )
