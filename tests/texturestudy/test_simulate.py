"""manage.py simulate, which needs more of the project than the questionnaire."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest
from django.core.management import CommandError, call_command

from survey.models import Participant, Trial
from tests.survey.studies import make_study
from texturestudy import serving

pytestmark = pytest.mark.django_db(transaction=True)


def simulate(capsys, *more):
    call_command("simulate", "--study", "textures", "--participants", "2", *more)
    said = capsys.readouterr()
    return json.loads(said.out), said.err


def test_one_line_says_what_happened(live_server, capsys, tmp_path):
    make_study(contents=1)
    skill = tmp_path / "skill.json"
    skill.write_text('{"fusafusa": 1}')
    given = ("--url", live_server.url, "--skill", str(skill), "--concurrency", "2")
    found, progress = simulate(capsys, *given)
    assert list(found) == [
        "study", "participants", "answers_sent", "stored", "lost", "doubled", "retries",
        "p50_ms", "p95_ms", "p99_ms", "answers_per_second", "seconds",
    ]  # fmt: skip
    assert [found[name] for name in list(found)[:6]] == ["textures", 2, 8, 8, 0, 0]
    assert found["p50_ms"] > 0
    assert "8/8" in progress
    rights = Trial.objects.filter(question__word__reading="fusafusa", chosen__is_target=True)
    assert rights.count() == 2
    found, progress = simulate(capsys, *given)
    assert (found["answers_sent"], found["stored"], found["p50_ms"]) == (0, 8, None)


def test_what_is_wrong_is_said(live_server, capsys, tmp_path):
    make_study(contents=1)
    url = ["--url", live_server.url]
    with pytest.raises(CommandError, match="no study nono"):
        call_command("simulate", "--study", "nono", *url)
    with pytest.raises(CommandError, match="expected one participant or more, got 0"):
        simulate(capsys, *url, "--participants", "0")
    skill = tmp_path / "skill.json"
    for text, says in (("[", "expected JSON"), ("[]", "expected an object, got list")):
        skill.write_text(text)
        with pytest.raises(CommandError, match=says):
            simulate(capsys, *url, "--skill", str(skill))
    with pytest.raises(CommandError, match="No such file"):
        simulate(capsys, *url, "--skill", str(tmp_path / "nono"))


@pytest.fixture
def production(settings, tmp_path, monkeypatch):
    """The environment in which another process sees what this test made."""
    settings.MEDIA_ROOT = tmp_path / "media"
    database = settings.DATABASES["default"]
    url = f"sqlite:///{database['NAME']}"
    if database["ENGINE"] != "django.db.backends.sqlite3":
        url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "texturestudy.settings")
    monkeypatch.setenv("TEXTURESTUDY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TEXTURESTUDY_SECRET_KEY", settings.SECRET_KEY)
    monkeypatch.setenv("TEXTURESTUDY_DATABASE_URL", url)


@pytest.mark.slow
def test_without_an_address_it_brings_its_own_server(production, capsys):
    make_study(contents=1)
    found, _ = simulate(capsys, "--concurrency", "2", "--clumsy", "1")
    assert (found["stored"], found["lost"], found["doubled"]) == (8, 0, 0)
    assert Participant.objects.complete().count() == 2
    assert not [child for child in psutil.Process().children() if "gunicorn" in child.name()]


def gone(pids):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(map(psutil.pid_exists, pids)):
        time.sleep(0.1)
    return not any(map(psutil.pid_exists, pids))


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_the_server_ends_with_who_started_it(production, by):
    code = (
        "import time\n"
        "from texturestudy.serving import private_server\n"
        "with private_server() as url:\n"
        "    print(url, flush=True)\n"
        "    time.sleep(100)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        url = process.stdout.readline().decode().strip()
        assert urllib.request.urlopen(f"{url}/healthz").status == 200
        serving_it = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        assert len(serving_it) == 1 + os.cpu_count() + 1  # the first one, and its workers
        process.send_signal(by)
    assert gone(serving_it)


@pytest.mark.slow
def test_a_server_can_be_killed_and_started_again(production):
    server = serving.Server()
    try:
        for _ in range(2):
            server.start()
            assert urllib.request.urlopen(f"{server.url}/healthz").status == 200
            server.end(signal.SIGKILL)
    finally:
        server.end()
    with pytest.raises(OSError, match=r"refused|reset"):
        urllib.request.urlopen(f"{server.url}/healthz")


def test_a_server_that_does_not_come_up_is_an_error(monkeypatch):
    monkeypatch.setattr(serving, "gunicorn_command", lambda _: [sys.executable, "-c", "exit(3)"])
    with (
        pytest.raises(serving.ServerError, match="gunicorn ended with status"),
        serving.private_server(),
    ):
        pass
    assert os.environ["DJANGO_SETTINGS_MODULE"] == "tests.settings"
