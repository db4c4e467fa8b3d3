import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0005_curation_and_jobs"),
        ("jobs", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="stylisedimage",
            name="item",
            field=models.OneToOneField(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="stylised",
                to="jobs.item",
            ),
        ),
    ]
