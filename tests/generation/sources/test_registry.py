from __future__ import annotations

import os
import subprocess
import sys

import pytest

from generation.sources import (
    NAMES,
    AccessError,
    Folder,
    Samples,
    SourceError,
    UrlList,
    open_source,
)


def test_every_source_opens_by_its_name(tmp_path, providers):
    (tmp_path / "list.csv").write_text("url\n")
    roots = {"folder": tmp_path, "csv": tmp_path / "list.csv"}
    kinds = {"folder": Folder, "csv": UrlList, "samples": Samples}
    for name in NAMES:
        source = open_source(name, providers.settings(name), root=roots.get(name))
        assert source.name == name
        assert isinstance(source, kinds.get(name, object))


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(SourceError, match=r"expected one of \['openverse', .*'samples'\] as sou"):
        open_source("google", {})


@pytest.mark.parametrize("name", ["folder", "csv"])
def test_files_need_a_root(name):
    with pytest.raises(SourceError, match=f"expected the folder or file of the source '{name}'"):
        open_source(name, {})


@pytest.mark.parametrize(
    ("name", "settings", "variable"),
    [
        ("brave", {}, "TEXTURESTUDY_BRAVE_KEY"),
        ("bing", {}, "TEXTURESTUDY_BING_KEY"),
        ("brave", {"key": "two words"}, "TEXTURESTUDY_BRAVE_KEY"),
        ("bing", {"key": "鍵"}, "TEXTURESTUDY_BING_KEY"),
        ("commons", {}, "TEXTURESTUDY_CONTACT"),
        ("commons", {"contact": "山田"}, "TEXTURESTUDY_CONTACT"),
        ("openverse", {"client_id": "x"}, "TEXTURESTUDY_OPENVERSE_CLIENT_SECRET"),
        ("openverse", {"client_secret": "x"}, "TEXTURESTUDY_OPENVERSE_CLIENT_ID"),
    ],
)
def test_what_is_missing_is_named_and_no_key_is_shown(name, settings, variable):
    with pytest.raises(AccessError, match=variable) as caught:
        open_source(name, settings)
    assert settings.get("key", "-----") not in str(caught.value)


def test_the_environment_sets_the_sources():
    values = {
        "TEXTURESTUDY_CONTACT": "someone@example.org ",
        "TEXTURESTUDY_OPENVERSE_CLIENT_ID": "id",
        "TEXTURESTUDY_BRAVE_KEY": "key\n",
        "TEXTURESTUDY_BING_BUILDER": "a.b",
    }
    command = "from texturestudy.env import SOURCES as s; print(s['brave'], s['openverse'], *s)"
    shown = subprocess.run(
        [sys.executable, "-c", command], env=os.environ | values, capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    assert shown.strip() == (
        "{'contact': 'someone@example.org', 'url': '', 'key': 'key'} "
        "{'contact': 'someone@example.org', 'url': '', 'client_id': 'id', 'client_secret': ''} "
        "openverse commons brave bing"
    )
