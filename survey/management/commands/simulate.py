"""manage.py simulate: people of known accuracy answer a study through its real pages."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from generation.progress import Progress
from survey.errors import SurveyError
from survey.models import Study
from survey.simulation import simulate


class Command(BaseCommand):
    help = "Let simulated people answer a study; run again, it goes on where it stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--study", required=True, help="its slug")
        parser.add_argument("--participants", type=int, default=30)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--skill", type=Path, metavar="FILE.json", help='P(correct) by word: {"fusafusa": 0.8}'
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            study = Study.objects.get(slug=options["study"])
        except Study.DoesNotExist as error:
            raise CommandError(f"no study {options['study']}") from error
        total = options["participants"] * study.questions_per_person()
        with Progress("simulate", total, "answers") as bar:
            try:
                result = simulate(
                    study=study,
                    participants=options["participants"],
                    seed=options["seed"],
                    skills=_read_skills(options["skill"]),
                    progress=bar.add,
                )
            except SurveyError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(
            f"{result.participants} simulated people: {result.sent} answers sent now, "
            f"{result.stored} stored"
        )


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
