"""What the questions in force ask and offer: where the columns of the answers point to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.files.storage import default_storage

from analysis.frames.tables import Cell, Content, Picture, WordLabel
from analysis.stats.answers import Asked, Ints, Stimulus
from generation.models import Word
from survey.models import Option, Question, Study


@dataclass(frozen=True, slots=True)
class Offered:
    """The options of the questions in force, sorted by primary key; all columns are (o,).

    `question` is an index of Layout.cells, `image` of Layout.images, -1 for a photograph that a
    catch question offers.
    """

    pk: Ints
    question: Ints
    image: Ints
    is_target: Ints


@dataclass(frozen=True, slots=True)
class Layout:
    """A study's questions, words, photographs and images.

    `cells` are all questions in their order, with no answers counted yet; `asked` are those
    about words, and `number` their indices of `cells`. Words that are asked come first. `stimuli`
    and `pictures` go with `images`.
    """

    cells: tuple[Cell, ...]
    asked: tuple[Asked, ...]
    number: Ints
    words: tuple[WordLabel, ...]
    word_pks: tuple[int, ...]
    contents: tuple[Content, ...]
    images: tuple[Stimulus, ...]
    stimuli: tuple[int, ...]
    pictures: tuple[Picture, ...]
    options: Offered

    @property
    def place(self) -> Ints:
        """The index of `asked` of each of `cells`, -1 for a catch question."""
        found = np.full(len(self.cells), -1, dtype=np.int32)
        found[self.number] = np.arange(len(self.number))
        return found


_OPTION = (
    "pk", "question", "is_target", "stylised", "stylised__cluster__clustering__word",
    "stylised__cluster__index", "stylised__recipe__name", "stylised__file", "stylised__width",
    "stylised__height",
)  # fmt: skip


def read_layout(study: Study) -> Layout:
    """In three queries."""
    questions = list(
        Question.objects.filter(study=study, version=study.composition)
        .select_related("word", "content", "recipe")
        .order_by("index")
    )
    options = list(
        Option.objects.filter(question__study=study, question__version=study.composition)
        .order_by("question__index", "index")
        .values_list(*_OPTION)
    )
    return _Builder(study, questions, options).build()


class _Builder:
    """Gives everything that the questions refer to its index."""

    def __init__(self, study: Study, questions: list[Question], options: list[Any]) -> None:
        self._study, self._questions, self._options = study, questions, options
        self._question = {question.pk: i for i, question in enumerate(questions)}
        asked = [question.word_id for question in questions if question.word_id]
        styles = sorted({row[4] for row in options if row[4]})
        self._word = {pk: i for i, pk in enumerate(dict.fromkeys([*asked, *styles]))}
        self._content = {
            pk: i for i, pk in enumerate(dict.fromkeys(q.content_id for q in questions))
        }
        # What is the same everywhere tells nothing apart.
        self._is_mixed = len({row[6] for row in options if row[6]}) > 1
        self._image: dict[int, int] = {}
        self._images: list[tuple[Stimulus, Picture]] = []

    def build(self) -> Layout:
        offered = self._offered()
        cells = tuple(self._cell(i, question) for i, question in enumerate(self._questions))
        number = [i for i, cell in enumerate(cells) if cell.word]
        contents = {q.content_id: q.content for q in self._questions}
        return Layout(
            cells=cells,
            asked=tuple(self._asked(i, cells[i], offered) for i in number),
            number=np.array(number, dtype=np.int32),
            words=self._labels(),
            word_pks=tuple(self._word),
            contents=tuple(
                Content(contents[pk].name, _picture(contents[pk].file.name, contents[pk]))
                for pk in self._content
            ),
            images=tuple(stimulus for stimulus, _ in self._images),
            stimuli=tuple(self._image),
            pictures=tuple(picture for _, picture in self._images),
            options=offered,
        )

    def _offered(self) -> Offered:
        rows = [
            (row[0], self._question[row[1]], self._index(row), int(row[2])) for row in self._options
        ]
        table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 4)
        pk, question, image, target = table.T
        return Offered(
            pk, question.astype(np.int32), image.astype(np.int32), target.astype(np.bool_)
        )

    def _index(self, row: tuple[Any, ...]) -> int:
        """The index of an option's image; -1 for a photograph."""
        _, question, _, stylised, word, cluster, recipe, file, width, height = row
        if stylised is None:
            return -1
        if stylised not in self._image:
            content = self._questions[self._question[question]].content_id
            self._image[stylised] = len(self._images)
            condition = recipe if self._is_mixed else ""
            stimulus = Stimulus(self._content[content], self._word[word], cluster, condition)
            picture = Picture(default_storage.url(file), width, height)
            self._images.append((stimulus, picture))
        return self._image[stylised]

    def _cell(self, index: int, question: Question) -> Cell:
        own = [row for row in self._options if row[1] == question.pk]
        is_drawn = self._study.distractors == self._study.Distractors.REDRAWN and question.word
        content = question.content
        return Cell(
            index=question.index,
            word=_label(question.word) if question.word else None,
            content=Content(content.name, _picture(content.file.name, content)),
            condition=question.recipe.name if question.recipe else None,
            targets=sum(row[2] for row in own),
            # Where distractors are redrawn, a question has more to draw from.
            options=self._study.options if is_drawn else len(own),
            answers=0,
            correct=0,
        )

    def _asked(self, index: int, cell: Cell, offered: Offered) -> Asked:
        question = self._questions[index]
        images = offered.image[offered.question == index]
        return Asked(
            word=self._word[question.word_id or 0],
            content=self._content[question.content_id],
            targets=cell.targets,
            options=cell.options,
            images=tuple(images.tolist()),
            condition=(cell.condition or "") if self._is_mixed else "",
        )

    def _labels(self) -> tuple[WordLabel, ...]:
        known = {q.word_id: q.word for q in self._questions if q.word}
        others = Word.objects.in_bulk([pk for pk in self._word if pk not in known])
        return tuple(_label(known.get(pk) or others[pk]) for pk in self._word)


def _label(word: Word) -> WordLabel:
    return WordLabel(word.text, word.reading, word.gloss)


def _picture(file: str | None, image: Any) -> Picture:
    return Picture(default_storage.url(file or ""), image.width, image.height)
