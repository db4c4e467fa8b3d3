"""manage.py compose: a study from finished stylised images."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import models

from generation.models import ContentImage, Recipe, Word
from generation.sources.licences import DEMANDS
from survey.errors import SurveyError
from survey.models import AnalysisPlan, Participant, Study
from survey.services.compose import compose


class Command(BaseCommand):
    help = "Make a study's questions from finished stylised images; the same again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--study", required=True, help="its slug")
        parser.add_argument("--title-ja", default="")
        parser.add_argument("--title-en", default="")
        parser.add_argument(
            "--contents", nargs="+", action="extend", metavar="NAME", help="all, if not given"
        )
        parser.add_argument(
            "--words", nargs="+", action="extend", metavar="READING", help="all, if not given"
        )
        parser.add_argument(
            "--recipe",
            required=True,
            nargs="+",
            action="extend",
            metavar="NAME",
            help="which made the images; several are the study's conditions",
        )
        parser.add_argument(
            "--design",
            choices=Study.Design.values,
            default=Study.Design.WITHIN.value,
            help="of several recipes everybody answers all (within, the default) or one (between)",
        )
        parser.add_argument(
            "--clusters", type=int, help="of each word the first so many; all in use, if not given"
        )
        parser.add_argument("--options", type=int, default=9, help="images per question")
        parser.add_argument(
            "--distractors",
            choices=Study.Distractors.values,
            default=Study.Distractors.FIXED.value,
            help="the same for everybody (fixed, the default) or drawn for each person (redrawn)",
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--licence",
            choices=DEMANDS,
            default="any",
            help="only clusters made by cluster --licence with this demand, or a stricter one",
        )
        parser.add_argument(
            "--new-version",
            action="store_true",
            help="of a study that people have answered: they go on, who comes next gets this",
        )
        parser.add_argument("--live", action="store_true", help="open it to participants")
        parser.add_argument(
            "--count-bots", action="store_true", help="simulated people count in its results"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        titles = {"ja": options["title_ja"], "en": options["title_en"]}
        fields: dict[str, Any] = {}
        if options["live"]:
            fields["status"] = Study.Status.LIVE
        if options["count_bots"]:
            fields["counted_origins"] = [
                Participant.Origin.LIVE.value,
                Participant.Origin.BOT.value,
            ]
        try:
            study = compose(
                slug=options["study"],
                title={language: title for language, title in titles.items() if title},
                contents=_named(ContentImage, "name", options["contents"]),
                words=_named(Word, "reading", options["words"]),
                recipes=_named(Recipe, "name", options["recipe"]),
                design=Study.Design(options["design"]),
                options=options["options"],
                distractors=Study.Distractors(options["distractors"]),
                seed=options["seed"],
                licence=options["licence"],
                clusters=options["clusters"],
                new_version=options["new_version"],
                **fields,
            )
        except SurveyError as error:
            raise CommandError(str(error)) from error
        questions = study.questions.in_force().count()
        licences = "" if study.licence == "any" else f", licences {study.licence}"
        self.stdout.write(f"{study.slug}: {questions} questions, {study.status}{licences}")
        if options["live"] and not AnalysisPlan.objects.frozen().filter(study=study).exists():
            self.stderr.write(
                f"{study.slug} is live without an analysis plan: whatever its results show is "
                "exploratory. A plan is written in the admin, while a study is a draft."
            )


def _named(model: type[models.Model], field: str, names: Sequence[str] | None) -> list[Any]:
    """The rows of these names, in their order; every row, if none are given."""
    rows = {getattr(row, field): row for row in model._default_manager.all()}
    if names is None:
        return list(rows.values())
    if unknown := [name for name in names if name not in rows]:
        there = ", ".join(rows) or "none yet: run stylise"
        raise CommandError(f"no {model._meta.verbose_name} {', '.join(unknown)}; there are {there}")
    return [rows[name] for name in names]
