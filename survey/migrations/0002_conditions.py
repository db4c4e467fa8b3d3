"""Recipes become the conditions of a study.

A question about a word gets the recipe that made its images; a study with several recipes asks
about a word once by each. Questions and answers that are there stay as they are.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Count, F, Max, Min


def take_recipes_from_options(apps, schema_editor):
    """Where all images of a question about a word are of one recipe, this is its condition."""
    Question = apps.get_model("survey", "Question")
    Option = apps.get_model("survey", "Option")
    found = (
        Option.objects.filter(question__kind="word", question__recipe=None, content=None)
        .order_by()
        .values("question")
        .annotate(least=Min("stylised__recipe"), most=Max("stylised__recipe"))
        .filter(least=F("most"))
        .values_list("question", "least")
    )
    questions = {}
    for question, recipe in found:
        questions.setdefault(recipe, []).append(question)
    for recipe, asked in questions.items():
        for start in range(0, len(asked), 500):
            Question.objects.filter(pk__in=asked[start : start + 500]).update(recipe=recipe)


def refuse_several_conditions(apps, schema_editor):
    """Before the way back: it has no place for a word that is asked by several recipes."""
    several = (
        apps.get_model("survey", "Question")
        .objects.filter(kind="word")
        .order_by()
        .values("study__slug", "content", "word")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    if slugs := sorted(set(several.values_list("study__slug", flat=True))):
        raise ValueError(
            f"studies with several conditions cannot be kept without them: {', '.join(slugs)}"
        )


class Migration(migrations.Migration):

    dependencies = [
        ('generation', '0002_masks_conditions_and_measures'),
        ('survey', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='participant',
            name='condition',
            field=models.ForeignKey(help_text='empty where everybody answers all conditions', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='participants', to='generation.recipe', verbose_name='condition'),
        ),
        migrations.AddField(
            model_name='question',
            name='recipe',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='generation.recipe', verbose_name='condition'),
        ),
        migrations.AddField(
            model_name='study',
            name='design',
            field=models.CharField(choices=[('within', 'within people: everybody answers all conditions'), ('between', 'between people: everybody answers one condition')], default='within', help_text='a condition is the recipe that made the images of a question', max_length=10, verbose_name='conditions'),
        ),
        # PostgreSQL changes no table that has rows waiting to be checked: the rows come last.
        migrations.RemoveConstraint(
            model_name='question',
            name='word_asked_once_per_content',
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'word')), fields=('study', 'content', 'word', 'recipe'), name='word_asked_once_per_condition'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'word'), ('recipe__isnull', True)), fields=('study', 'content', 'word'), name='word_asked_once_if_mixed'),
        ),
        migrations.RunPython(take_recipes_from_options, refuse_several_conditions),
    ]
