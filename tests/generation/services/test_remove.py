from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from generation import uses
from generation.models import ContentImage, StylisedImage
from generation.services.contents import keep_content
from generation.services.masks import set_mask
from generation.services.remove import ContentInUse, removal_of, remove_contents
from jobs.models import Item
from tests.generation.pictures import noise
from tests.generation.rows import make_done, make_queue
from tests.generation.services.test_masks import half
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db


def remove_now(capture, *contents):
    with capture(execute=True):
        return remove_contents(contents=contents)


def there(names) -> set[str]:
    return {name for name in names if default_storage.exists(name)}


def test_a_photograph_goes_with_its_stimuli_and_files(django_capture_on_commit_callbacks):
    rows = make_done(contents=2, clusters=2)
    content, other = rows[0].content, rows[1].content
    content = set_mask(content=content, image=half())
    own = {row.file.name for row in rows if row.content == content}
    rest = {row.file.name for row in rows if row.content == other} | {other.file.name}
    goes = removal_of([content])
    assert (goes.stimuli, set(goes.files)) == (2, {content.file.name, content.mask.name, *own})
    assert there(goes.files) == set(goes.files)
    assert remove_now(django_capture_on_commit_callbacks, content) == goes
    assert there(goes.files) == set()
    assert there(rest) == rest
    assert set(ContentImage.objects.all()) == {other}
    assert set(StylisedImage.objects.all()) == {row for row in rows if row.content == other}


def test_a_file_that_another_row_names_stays(django_capture_on_commit_callbacks):
    rows = make_done(contents=2)
    contents = [set_mask(content=row.content, image=half()) for row in rows]
    assert contents[0].mask.name == contents[1].mask.name
    StylisedImage.objects.filter(pk=rows[1].pk).update(file=rows[0].file.name)
    shared = {contents[0].mask.name, rows[0].file.name}
    goes = remove_now(django_capture_on_commit_callbacks, contents[0])
    assert (goes.stimuli, goes.files) == (1, [contents[0].file.name])
    assert there(shared) == shared
    remove_now(django_capture_on_commit_callbacks, contents[1])
    assert there({*shared, contents[1].file.name}) == set()


def test_files_stay_where_the_rows_do():
    content = make_done(contents=1)[0].content
    names = set(removal_of([content]).files)

    def remove_and_fail() -> None:
        with transaction.atomic():
            remove_contents(contents=[content])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        remove_and_fail()
    assert ContentImage.objects.filter(pk=content.pk).exists()
    assert there(names) == names


def test_what_is_being_made_is_called_off():
    row, other = make_queue(contents=2)
    remove_contents(contents=[row.content])
    assert Item.objects.get(pk=row.item_id).state == "cancelled"
    assert Item.objects.get(pk=other.item_id).state == "queued"


def test_what_a_study_uses_stays_whole(django_capture_on_commit_callbacks):
    study = make_study()
    used = ContentImage.objects.first()
    free = keep_content(name="free", image=noise(1))[0]
    counts = StylisedImage.objects.count()
    for status in ("live", "closed", "draft"):
        type(study).objects.update(status=status)
        with pytest.raises(ContentInUse, match=f"textures .{status}., in 4 questions"):
            remove_now(django_capture_on_commit_callbacks, free, used)
    assert StylisedImage.objects.count() == counts
    assert ContentImage.objects.filter(pk=free.pk).exists()


def test_a_study_that_came_in_this_moment_still_protects(monkeypatch):
    make_study()
    monkeypatch.setattr(uses, "_dependants", [])
    content = ContentImage.objects.first()
    with pytest.raises(ContentInUse, match="textures"):
        remove_contents(contents=[content])
    assert ContentImage.objects.filter(pk=content.pk).exists()
