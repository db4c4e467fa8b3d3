"""Studies that demand something of the licences of the web images behind their stimuli."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from generation.models import (
    Clustering,
    ClusterMember,
    ContentImage,
    StyleCluster,
    StylisedImage,
    WebImage,
    Word,
)
from survey.errors import ComposeError
from tests.factories import add_members, make_condition, make_stimuli
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def stimuli():
    """Of clusterings that admitted only images that may be changed."""
    images = make_stimuli(contents=2, words=3)
    add_members(licence="CC BY 4.0")
    Clustering.objects.update(licence="derivatives")
    return images


@pytest.mark.parametrize("licence", ["any", "known", "derivatives"])
def test_a_strict_clustering_is_right_for_every_study(stimuli, licence):
    study = make_study(licence=licence)
    assert study.licence == licence
    assert study.questions.count() == 2 * 3 + 2
    assert make_study(licence=licence).version == 1


def test_a_strict_study_keeps_its_clusters_when_others_are_chosen(stimuli):
    before = make_study(licence="derivatives")
    for word in Word.objects.all():
        loose = Clustering.objects.create(
            word=word, descriptor="test", parameters={}, fingerprint=f"{word} any"
        )
        StyleCluster.objects.create(clustering=loose, index=0)
    with pytest.raises(ComposeError, match="stylised images by recipe test are missing"):
        make_study()
    assert make_study(licence="derivatives").version == before.version


def test_words_without_such_clusters_are_named_with_the_commands(stimuli):
    Clustering.objects.filter(word__reading__in=["zarazara", "mofumofu"]).update(licence="known")
    says = (
        r"made with --licence derivatives for mofumofu, zarazara: run manage\.py cluster "
        r"--licence derivatives --words mofumofu zarazara, then manage\.py stylise "
        r"--licence derivatives --recipe test"
    )
    with pytest.raises(ComposeError, match=says):
        make_study(licence="derivatives")
    assert make_study(licence="known").licence == "known"


def test_missing_images_are_named_with_the_command(stimuli):
    StylisedImage.objects.filter(pk=stimuli[0].pk).delete()
    with pytest.raises(ComposeError, match=r"run manage\.py stylise --licence known --recipe"):
        make_study(licence="known")


def test_a_licence_that_was_corrected_since_is_noticed(stimuli):
    member = ClusterMember.objects.filter(cluster__clustering__word__reading="zarazara").first()
    WebImage.objects.filter(pk=member.web_image_id).update(licence="CC BY-ND 2.0", title="A wall")
    says = (
        rf"got zarazara: A wall \(#{member.web_image_id}, licence CC BY-ND 2\.0\); without these: "
        r"manage\.py cluster --licence derivatives --words zarazara, then manage\.py stylise"
    )
    with pytest.raises(ComposeError, match=says):
        make_study(licence="derivatives")
    assert make_study(licence="known")
    WebImage.objects.update(licence="")
    with pytest.raises(ComposeError, match=r"licence unknown\).*; and 8 more; without these"):
        make_study(licence="known")
    ClusterMember.objects.update(outlier=True)  # they give no style
    assert make_study(licence="derivatives")


def test_images_made_elsewhere_are_taken_as_they_are():
    make_stimuli(contents=2, words=3)
    elsewhere = make_condition("elsewhere", imported=True)
    assert make_study(recipes=[elsewhere], licence="derivatives").questions.exists()


def test_the_command_and_the_admin_tell_the_demand(stimuli, admin_client, capsys):
    call_command("compose", study="strict", recipe=["test"], licence="derivatives")
    assert capsys.readouterr().out == "strict: 8 questions, draft, licences derivatives\n"
    study = ContentImage.objects.first().questions.first().study
    page = admin_client.get(reverse("admin:survey_study_change", args=[study.pk])).text
    assert "known to allow changed images" in page
    Clustering.objects.update(licence="any")
    with pytest.raises(CommandError, match=r"run manage\.py cluster --licence known"):
        call_command("compose", study="strict", recipe=["test"], licence="known")
