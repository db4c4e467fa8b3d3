"""What a newcomer does: `make demo`, then the three addresses that it prints.

The demo's data are made anew, which takes minutes, or gone on with where DEMO_DATA_DIR names them.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.demo
ROOT = Path(__file__).parents[2]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> Iterator[str]:
    """All that the command prints until it serves; it goes on serving."""
    folder = os.environ.get("DEMO_DATA_DIR") or str(tmp_path_factory.mktemp("demo"))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TEXTURESTUDY_", "DJANGO_"))}
    demo = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", str(_free_port())],
        cwd=ROOT, env=kept | {"TEXTURESTUDY_DATA_DIR": folder}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    lines = []
    with demo:
        for line in demo.stdout:
            lines.append(line)
            if "Serving on" in line:
                break
        yield "".join(lines)
        demo.terminate()


def _address(said: str, name: str) -> str:
    return re.search(rf"{name}\s+(http://\S+)", said)[1]


@pytest.fixture
def page(chromium, said):
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    page = context.new_page()
    # Gunicorn's processes begin a moment after the command has said so.
    for _ in range(100):
        try:
            page.request.get(_address(said, "Questionnaire").partition("/s/")[0] + "/healthz")
            break
        except Exception:
            page.wait_for_timeout(200)
    yield page
    context.close()


def test_the_questionnaire_begins(page, said):
    page.goto(_address(said, "Questionnaire"))
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/consent/")


def test_the_dashboard_and_the_admin_open_with_the_printed_password(page, said):
    user, password = re.search(r"user: (\S+)\s+password: (\S+)", said).groups()
    page.goto(_address(said, "Dashboard"))
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Do people see the textures?")).to_be_visible()
    expect(page.get_by_text("All 30 people in these results are simulated.")).to_be_visible()
    page.goto(_address(said, "Admin"))
    expect(page.get_by_role("link", name="Words for textures (demo)")).to_be_visible()
    page.get_by_role("link", name="Stylised images").click()
    pictures = page.locator("#result_list img")
    expect(pictures.first).to_be_visible()
    assert pictures.count() == 54
    assert pictures.first.evaluate("image => image.complete && image.naturalWidth > 0")
