from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import QueryDict
from django.utils import translation

from analysis import frames, reports
from analysis.models import ImportedStudy
from analysis.peeking import p_values
from analysis.plan import plan_of
from analysis.report import PARTS, Asked, build, render
from analysis.report.files import require_writable, write_text
from analysis.selecting import FILTERS, SelectionError, selection_of
from generation.progress import Progress
from survey.models import Participant, Study
from survey.services.access import may_see
from survey.services.peeking import peek


class Command(BaseCommand):
    help = (
        "Write the report of a study: one HTML file with its plan, methods, results and charts. "
        "p values are in it once the study is over, or with --peek, which is logged."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG")
        parser.add_argument(
            "-o", "--output", type=Path, metavar="FILE", help="SLUG-report.html unless given"
        )
        languages = [code for code, _name in settings.LANGUAGES]
        parser.add_argument(
            "--language", choices=languages, default="ja", help="of the report (%(default)s)"
        )
        parser.add_argument(
            "--peek",
            metavar="USERNAME",
            help="show p values while answers come in; the look of this user is logged",
        )
        parser.add_argument("--no-mixed", action="store_true", help="without the mixed model")
        group = parser.add_argument_group(
            "filters", "as in the addresses of the pages; the plan or the study decides otherwise"
        )
        group.add_argument(
            "--origin", action="append", default=[], choices=Participant.Origin.values
        )
        for name, values in FILTERS.items():
            group.add_argument(f"--{name}", default="", choices=values)
        group.add_argument("--condition", default="", help="the name of a recipe")
        group.add_argument(
            "--answered-in",
            default="",
            choices=languages,
            help="the language of the questionnaire (“language” in the address of a page)",
        )

    def handle(self, **options: Any) -> None:
        study = _study(options["slug"])
        path = options["output"] or Path(f"{study.slug}-report.html")
        try:
            require_writable(path)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from error
        reader = _reader(options["peek"], study.slug)
        frame, plan = frames.load(study), plan_of(study)
        conditions = reports.conditions(frame.layout.cells)
        try:
            selection = selection_of(_asked(options), study, plan, conditions)
        except SelectionError as error:
            raise CommandError(str(error)) from error
        if isinstance(reader, User):
            peek(study=study, user=reader)
        asked = Asked(study, frame, plan, selection, p_values(study, reader))
        with (
            translation.override(options["language"]),
            Progress("report", PARTS, "parts") as bar,
        ):
            found = build(asked, with_mixed=not options["no_mixed"], progress=bar.add)
            html = render(found)
        try:
            write_text(path, html)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from error
        overall = found.results.accuracies.overall
        self.stdout.write(f"{path}: {overall.answers} answers of {overall.people} people")
        if not found.shows_p:
            self.stdout.write("no p values: answers still come in (see --peek)")


def _asked(options: dict[str, Any]) -> QueryDict:
    """The options as the address of a page has them."""
    asked = QueryDict(mutable=True)
    asked.update({name: options[name] for name in (*FILTERS, "condition")})
    asked["language"] = options["answered_in"]
    asked.setlist("origin", options["origin"])
    return asked


def _study(slug: str) -> Study:
    study = Study.objects.filter(slug=slug).first()
    if study is not None:
        return study
    if ImportedStudy.objects.filter(slug=slug).exists():
        raise CommandError(
            f"{slug} was made elsewhere and imported: a report needs questions, recipes and "
            f"people, which are not known of it; its results are at /results/{slug}/"
        )
    raise CommandError(f"no study {slug}")


def _reader(username: str | None, slug: str) -> User | AnonymousUser:
    """Who looks: somebody who may see the study's pages."""
    if username is None:
        return AnonymousUser()
    user = User.objects.filter(username=username, is_active=True, is_staff=True).first()
    if user is None:
        raise CommandError(f"no active member of staff is called {username}")
    if not may_see(user, slug):
        raise CommandError(f"{username} is no researcher of study {slug}, and no admin")
    return user
