from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from analysis.imports import PAPER, Said, StudyImportError, import_study
from analysis.models import ImportedStudy
from analysis.stats import StatisticsError


class Command(BaseCommand):
    help = (
        "Show a study that was made elsewhere: tables of votes (JSON, or CSV with the columns "
        "word, cluster, content, votes), or single answers as a tidy CSV file. All or nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", metavar="FILE")
        parser.add_argument(
            "--paper", action="store_true", help="the votes that the original study reports"
        )
        parser.add_argument("--slug", help="its results are at /results/SLUG/")
        parser.add_argument("--title", "--title-en", dest="title", default="")
        parser.add_argument("--title-ja", default="")
        parser.add_argument("--citation", default="", help="where it was published")
        parser.add_argument("--url", default="", help="of the publication")
        parser.add_argument("--licence", default="", help="of its data")
        parser.add_argument("--notes", default="", help="what a reader of its page has to know")
        parser.add_argument("--participants", type=int, help="who voted once per question")
        parser.add_argument("--targets", type=int, help="correct images per question (3)")
        parser.add_argument("--options", type=int, help="images per question (9)")
        parser.add_argument(
            "--replace", action="store_true", help="the study of this slug by this file"
        )

    def handle(self, **options: Any) -> None:
        if options["paper"] == bool(options["file"]):
            raise CommandError("expected a FILE or --paper")
        slug = options["slug"] or ("paper" if options["paper"] else "")
        if not slug:
            raise CommandError("expected --slug SLUG: its results are at /results/SLUG/")
        try:
            study, outcome = import_study(
                path=PAPER if options["paper"] else options["file"],
                slug=slug,
                said=_said(options),
                replace=options["replace"],
            )
        except ValidationError as error:
            raise CommandError(f"nothing was imported: {_in_words(error)}") from error
        except (StudyImportError, StatisticsError, OSError) as error:
            raise CommandError(f"nothing was imported: {error}") from error
        self.stdout.write(f"{study.slug}: {outcome}; {_summary(study)}")
        self.stdout.write(f"results: {reverse('analysis:overview', args=[study.slug])}")


def _said(options: dict[str, Any]) -> Said:
    titles = {"en": options["title"], "ja": options["title_ja"]}
    return Said(
        title={language: title for language, title in titles.items() if title},
        notes={"en": options["notes"]} if options["notes"] else {},
        **{
            name: options[name]
            for name in ("citation", "url", "licence", "participants", "targets", "options")
        },
    )


def _summary(study: ImportedStudy) -> str:
    questions = [question for table in study.votes for question in table.questions]
    chances = sorted({(q.targets, q.options) for q in questions}, key=lambda pair: Fraction(*pair))
    levels = ", ".join(f"{targets}/{options}" for targets, options in chances)
    return (
        f"{study.participants} people, {len(study.tables)} words,"
        f" {sum(question.answers for question in questions)} answers, chance {levels}"
    )


def _in_words(error: ValidationError) -> str:
    return "; ".join(
        f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items()
    )
