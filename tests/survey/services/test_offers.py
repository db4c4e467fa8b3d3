import pytest

from generation.models import ContentImage, Recipe, StylisedImage, Word
from jobs.models import Item
from survey.services.offers import have_made, offer
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def made():
    return factories.make_stimuli(contents=3, words=4)


def recipes():
    return list(Recipe.objects.order_by("pk"))


def test_what_is_finished_is_counted_by_word_and_photograph(made):
    factories.unmake(made[0], "queued")
    factories.make_word("ぬめぬめ", "numenume", clusters=0)
    found = offer(recipes=recipes())
    word, content = made[0].cluster.word, made[0].content
    cell = found.cells[word, content]
    assert (cell.wanted, cell.done, cell.waiting, cell.is_complete) == (3, 2, 1, False)
    assert [w.reading for w in found.words if w not in found.ready_words()] == ["numenume"]
    assert found.ready_contents() == list(ContentImage.objects.all())
    assert [pair[:2] for pair in found.lacking([word], found.contents)] == [(word, content)]


def test_several_recipes_are_finished_together(made):
    other = factories.make_condition("other")
    StylisedImage.objects.filter(recipe=other, content=made[0].content).delete()
    found = offer(recipes=recipes())
    assert found.cells[made[0].cluster.word, made[0].content].wanted == 6
    assert [c.name for c in found.ready_contents()] == ["content1", "content2"]


def test_imported_images_are_those_that_came(made):
    other = factories.make_condition("other", imported=True)
    found = offer(recipes=[other])
    assert all(cell.is_complete and cell.wanted == 3 for cell in found.cells.values())


def test_a_demand_of_licences_leaves_out_clusters_made_without_it(made):
    found = offer(recipes=recipes(), licence="known")
    assert set(found.clusters.values()) == {0}
    assert found.ready_words() == []


def test_the_largest_choice_has_no_gap(made):
    factories.unmake(made[0], "queued")
    found = offer(recipes=recipes())
    words, contents = found.largest(23, 3)
    assert (len(words), len(contents)) == (3, 3)
    assert found.lacking(words, contents) == []
    words, contents = found.largest(23, 2)  # the photograph with the gap is left out
    assert (len(words), len(contents)) == (4, 2)
    assert found.largest(0, 0) == ([], [])


def test_only_what_is_missing_is_queued(made):
    StylisedImage.objects.filter(pk=made[0].pk).delete()
    words, contents = list(Word.objects.all()), list(ContentImage.objects.all())
    job = have_made(words=words, contents=contents, recipes=recipes())
    assert job is not None
    assert job.items.count() == Item.objects.count() == 1
    assert have_made(words=words, contents=contents, recipes=recipes()) is None


def test_the_queries_do_not_grow_with_the_words(made, django_assert_num_queries):
    (recipe,) = recipes()
    with django_assert_num_queries(4):
        offer(recipes=[recipe])
