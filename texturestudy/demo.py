"""The study that `manage.py demo` makes, from the photographs inside scikit-image."""

from __future__ import annotations

from generation.models import ContentImage, Word
from generation.services.contents import add_content
from generation.services.words import read_words, save_words
from generation.sources.samples import CONTENTS, Samples
from survey.models import AnalysisPlan, Study
from survey.services.plan import write_plan

SLUG = "demo"
TITLE = {"ja": "質感のことばと写真（デモ）", "en": "Words for textures (demo)"}
RECIPE = "demo"
SEED = 1
PARTICIPANTS = 30

# Of the default list of words: the sample photograph that shows it, and the share of questions
# about it that a simulated participant answers correctly.
WORDS = {
    "fusafusa": ("fur", 0.85),
    "wasawasa": ("grass", 0.65),
    "gotsugotsu": ("gravel", 0.75),
    "dekoboko": ("brick", 0.55),
    "kirakira": ("stars", 0.90),
    "bokoboko": ("craters", 0.40),
}
SKILLS = {reading: skill for reading, (_, skill) in WORDS.items()}


def make_words() -> None:
    """The demo's words; to one that is there only its sample is added, where it has none."""
    there = set(Word.objects.values_list("reading", flat=True))
    save_words(rows=[row for row in read_words() if row.reading in WORDS.keys() - there])
    for word in Word.objects.filter(reading__in=WORDS):
        if Samples.name not in word.phrases:
            word.phrases[Samples.name] = [WORDS[word.reading][0]]
            word.save(update_fields=["phrases"])


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


def make_plan(study: Study) -> None:
    """The demo's analysis plan; one that is there stays, and after the data there is none."""
    if study.live_at is None and not AnalysisPlan.objects.filter(study=study).exists():
        write_plan(study=study, people=PARTICIPANTS, outcome="words")
