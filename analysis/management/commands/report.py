from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import QueryDict
from django.urls import reverse

from analysis import frames, reports
from analysis.made import HTML, Wish, ask
from analysis.models import ImportedStudy
from analysis.plan import plan_of
from analysis.report.files import require_writable, write_text
from analysis.selecting import FILTERS, SelectionError, selection_of
from jobs.management.arguments import add_wait
from jobs.management.waiting import raise_failures, tell_of, wait_for
from jobs.models import Item
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
        add_wait(parser)
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
            if options["wait"]:
                require_writable(path)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from error
        wish = _wish(study, options)
        item, _new = ask(wish)
        if not options["wait"]:
            tell_of([item], self.stdout)
            self.stdout.write(f"then it is among {reverse('analysis:exports', args=[study.slug])}")
            return
        ended = wait_for([item], name="report", unit="reports", stages={"report": "parts"})
        raise_failures(ended)
        for each in ended:
            self._write(each, path)

    def _write(self, item: Item, path: Path) -> None:
        with item.made.get().file.open() as file:
            text = file.read().decode()
        try:
            write_text(path, text)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from error
        found = json.loads(item.outcome)
        self.stdout.write(
            f"{path}: {found['answers']} answers about words of {found['people']} people"
        )
        if not found["shows_p"]:
            self.stdout.write("no p values: answers still come in (see --peek)")


def _wish(study: Study, options: dict[str, Any]) -> Wish:
    """The report that is asked for; a look at p values is logged before it is computed."""
    reader = _reader(options["peek"], study)
    conditions = reports.conditions(frames.load(study).layout.cells)
    try:
        selection = selection_of(_asked(options), study, plan_of(study), conditions)
    except SelectionError as error:
        raise CommandError(str(error)) from error
    if reader is not None:
        peek(study=study, user=reader)
    return Wish(
        study=study, name=HTML, selection=selection, language=options["language"],
        reader=reader.pk if reader else None, with_mixed=not options["no_mixed"],
    )  # fmt: skip


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


def _reader(username: str | None, study: Study) -> User | None:
    """Who looks: somebody who may see the study's pages."""
    if username is None:
        return None
    user = User.objects.filter(username=username, is_active=True, is_staff=True).first()
    if user is None:
        raise CommandError(f"no active member of staff is called {username}")
    if not may_see(user, study.slug):
        raise CommandError(f"{username} is no researcher of study {study}, and no admin")
    return user
