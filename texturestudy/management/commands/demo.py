from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from jobs.progress import Progress
from survey.models import Study
from survey.models.study import CLOSING_QUESTIONS
from survey.services.lifecycle import go_live, revise
from survey.simulation import simulate
from texturestudy import demo
from texturestudy.serving import private_server


class Command(BaseCommand):
    help = "Make a whole study from sample photographs, simulate its participants, and serve it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="stop before serving")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        password = _administrator()
        if not _is_complete():
            self._make()
        self._say(options["port"], password)
        if not options["no_serve"]:
            call_command("serve", port=options["port"])

    def _make(self) -> None:
        """Every stage with the command that a researcher would use; each continues by itself."""
        demo.make_words()
        demo.make_contents()
        readings = list(demo.SKILLS)
        contents = list(demo.CONTENTS)
        call_command("collect", provider=["samples"], words=readings, limit=12)
        call_command("cluster", words=readings)
        call_command("stylise", contents=contents, recipe=demo.RECIPE)
        call_command(
            "compose", study=demo.SLUG, title_ja=demo.TITLE["ja"], title_en=demo.TITLE["en"],
            contents=contents, words=readings, recipe=[demo.RECIPE], seed=demo.SEED,
            count_bots=True,
        )  # fmt: skip
        study = Study.objects.get(slug=demo.SLUG)
        revise(study=study, values={"asks_familiarity": True, "closing": list(CLOSING_QUESTIONS)})
        demo.make_plan(study)
        go_live(study=study)
        answers = demo.PARTICIPANTS * study.questions.count()
        with private_server() as url, Progress("simulate", answers, "answers") as bar:
            simulate(
                study=study, url=url, participants=demo.PARTICIPANTS, seed=demo.SEED,
                skills=demo.SKILLS, concurrency=8, progress=bar.add,
            )  # fmt: skip

    def _say(self, port: int, password: str) -> None:
        site = f"http://127.0.0.1:{port}"
        self.stdout.write(
            f"\nThe study is ready.\n"
            f"  Questionnaire  {site}/s/{demo.SLUG}/\n"
            f"  Dashboard      {site}/results/{demo.SLUG}/\n"
            f"  Admin          {site}/admin/   user: admin   password: {password}\n"
        )


def _is_complete() -> bool:
    """Whether the last stage was reached: then every one before it was."""
    study = Study.objects.live().filter(slug=demo.SLUG).first()
    bots = study.participants.complete().filter(origin="bot").count() if study else 0
    return bots >= demo.PARTICIPANTS


def _administrator() -> str:
    """The password of the user admin, made on the first run and kept beside the database."""
    path = settings.DATA_DIR / "admin_password"
    users = get_user_model().objects
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(12))
    password = path.read_text()
    if not users.filter(username="admin").exists():
        users.create_superuser("admin", password=password)
    user = users.get(username="admin")
    return password if user.check_password(password) else "(changed since)"
