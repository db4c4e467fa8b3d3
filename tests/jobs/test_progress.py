from __future__ import annotations

import re

from jobs.progress import Progress


def test_into_a_file_each_state_is_a_line_of_its_own(capsys):
    with Progress("stylise", 4, "images") as bar:
        for _ in range(4):
            bar.add()
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"stylise +0% \| +\| 0/4 images, \? left", lines[0])
    assert re.fullmatch(r"stylise +100% \|=+\| 4/4 images, .*, 00:00 left", lines[-1])
    assert len(lines) == 2  # nothing between: it took no five seconds


def test_somebody_else_s_work_is_shown_as_it_stands(capsys):
    with Progress("stylise", 4, "images") as bar:
        bar.move_to(3)
        bar.move_to(2, 5)
    assert "2/5 images" in capsys.readouterr().err.splitlines()[-1]


def test_parts_of_an_image_count(capsys):
    with Progress("stylise", 1, "images") as bar:
        for _ in range(10):
            bar.add(0.1)
    assert "100%" in capsys.readouterr().err.splitlines()[-1]


def test_nothing_to_do_is_not_spoken_of(capsys):
    with Progress("describe", 0, "images") as bar:
        bar.move_to(0, 0)
    assert capsys.readouterr().err == ""


def test_the_pace_is_said_as_people_say_it(capsys):
    with Progress("stylise", 10, "images") as bar:
        bar._bar.start_t -= 60
        bar.add(5)
    assert "5/10 images, 12.0 s each, 01:00 left" in capsys.readouterr().err
