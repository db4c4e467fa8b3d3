"""Computations keep their results; who computes is the jobs' business."""

from django.db import migrations, models


def remove_unfinished(apps, schema_editor):
    """What was not done is computed when somebody looks."""
    apps.get_model("analysis", "Computation").objects.exclude(state="done").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("analysis", "0002_computation"),
    ]

    operations = [
        migrations.RunPython(remove_unfinished, migrations.RunPython.noop),
        migrations.RemoveConstraint("computation", "who_computes_has_a_lease"),
        migrations.RemoveConstraint("computation", "ended_computation_has_an_end"),
        migrations.RenameField("computation", "asked_at", "read_at"),
        *(
            migrations.RemoveField("computation", name)
            for name in ("claim", "error", "finished_at", "lease_until", "stage", "started_at",
                         "state", "step")
        ),
        migrations.AlterField(
            "computation", "result", models.JSONField(editable=False, default=dict),
            preserve_default=False,
        ),
    ]
