"""manage.py simulate: people of known accuracy answer a study through its real pages."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs.progress import Progress
from survey.errors import SurveyError
from survey.models import Study
from survey.simulation import DEFAULT_CLUMSY, simulate
from texturestudy.serving import ServerError, private_server


class Command(BaseCommand):
    help = "Let simulated people answer a study; run again, it goes on where it stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--study", required=True, help="its slug")
        parser.add_argument("--participants", type=int, default=30)
        parser.add_argument(
            "--concurrency", type=int, default=8, help="how many of them are there at a time"
        )
        parser.add_argument(
            "--url", help="of a running server on this database; without it, one is started"
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--skill", type=Path, metavar="FILE.json", help='P(correct) by word: {"fusafusa": 0.8}'
        )
        parser.add_argument(
            "--clumsy",
            type=float,
            metavar="SHARE",
            default=DEFAULT_CLUMSY,
            help="who click twice, answer in two tabs, reload, lose the connection, or have no "
            "JavaScript",
        )
        parser.add_argument("--images", action="store_true", help="each fetches every image once")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            study = Study.objects.get(slug=options["study"])
        except Study.DoesNotExist as error:
            raise CommandError(f"no study {options['study']}") from error
        skills = _read_skills(options["skill"])
        total = options["participants"] * study.questions_per_person()
        try:
            with (
                nullcontext(options["url"]) if options["url"] else private_server() as url,
                Progress("simulate", total, "answers") as bar,
            ):
                result = simulate(
                    study=study,
                    url=url,
                    skills=skills,
                    progress=bar.add,
                    **{name: options[name] for name in _PASSED_ON},
                )
        except (SurveyError, ServerError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(result.to_json()))


_PASSED_ON = ("participants", "concurrency", "seed", "clumsy", "images")


def _read_skills(path: Path | None) -> dict[str, float]:
    if path is None:
        return {}
    try:
        skills = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(
            f"{path}: expected JSON of word readings and numbers: {error}"
        ) from error
    if not isinstance(skills, dict):
        raise CommandError(f"{path}: expected an object, got {type(skills).__name__}")
    return skills
