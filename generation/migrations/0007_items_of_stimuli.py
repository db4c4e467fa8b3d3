"""What stood in the rows of stimuli and jobs about their making becomes jobs with items."""

from django.db import migrations

_TAKEN = (
    "priority", "attempts", "not_before", "fence", "error", "created_at", "finished_at",
)  # fmt: skip
# Nobody works while the database changes: what was leased is claimed anew.
_STATES = {"leased": "queued"}


def forwards(apps, schema_editor):
    Image, OldJob = (apps.get_model("generation", name) for name in ("StylisedImage", "Job"))
    Job, Item = (apps.get_model("jobs", name) for name in ("Job", "Item"))
    waiting = Image.objects.filter(sha256="").select_related("content").order_by("pk")
    jobs = {}
    for image in waiting.iterator():
        job = jobs.get(image.content_id)
        if job is None:
            job = jobs[image.content_id] = Job.objects.create(
                kind="stylise", about=image.content.name, created_at=image.created_at,
                priority=image.priority,
            )  # fmt: skip
        key = f"{image.content_id}-{image.cluster_id}-{image.recipe_id}"
        image.item = _item(Item, image, job, key=key, group=str(image.recipe_id), label=key)
        image.save(update_fields=["item"])
    for old in OldJob.objects.select_related("word").order_by("pk"):
        word = old.word
        about = f"{word.text} ({word.reading})" if word else ""
        job = Job.objects.create(
            kind=old.kind, about=about, priority=old.priority, asked_by=old.asked_by,
            created_at=old.created_at,
        )  # fmt: skip
        _item(
            Item, old, job, key=str(word.pk) if word else "all", label=about,
            parameters=old.parameters, stage=old.stage, done=old.done, total=old.total,
            stage_began_at=old.stage_began_at, outcome=old.outcome,
        )  # fmt: skip


def _item(Item, row, job, **values):
    taken = {name: getattr(row, name) for name in _TAKEN}
    state = _STATES.get(row.state, row.state)
    return Item.objects.create(job=job, kind=job.kind, state=state, **taken, **values)


def backwards(apps, schema_editor):
    """Stimuli get their states again; jobs that were asked for on a page are not written back."""
    Image = apps.get_model("generation", "StylisedImage")
    Image.objects.exclude(sha256="").update(state="done")
    for image in Image.objects.filter(sha256="").select_related("item"):
        item = image.item
        image.state = item.state if item and item.state in ("queued", "failed") else "queued"
        if item:
            image.priority, image.attempts, image.error = item.priority, item.attempts, item.error
            image.fence, image.not_before = item.fence, item.not_before
        image.item = None
        image.save()
    apps.get_model("jobs", "Job").objects.filter(kind__in=("stylise", "cluster", "style-map")).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0006_item_of_a_stimulus"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
