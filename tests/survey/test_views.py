import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from generation.models import ClusterMember, WebImage, Word
from survey.models import Participant, Study, Trial
from survey.services.invitations import invite
from survey.services.prepare import practice_cells
from tests.factories import add_members
from tests.survey.studies import (
    client_of,
    make_conditions,
    make_participant,
    make_study,
    next_trial,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return make_study()


def url(name, slug="textures"):
    return reverse(f"survey:{name}", args=[slug])


def ticket_of(response):
    return re.search(r'name="ticket" value="([^"]+)"', response.content.decode())[1]


def start(client, **data):
    page = client.get(url("landing"))
    return client.post(url("landing"), {"ticket": ticket_of(page), **data})


def test_a_get_makes_nothing_and_sets_no_participant(client, study):
    for name in ("landing", "consent", "instructions", "practice", "question", "done"):
        response = client.get(url(name))
        if name != "landing":
            assert response.status_code == 302
            assert response.url == url("landing")
    assert not Participant.objects.exists()
    assert not any(name.startswith("participant-") for name in client.cookies)


def test_the_way_through_the_questionnaire(client, study):
    assert start(client).url == url("consent")
    participant = Participant.objects.get()
    assert (participant.origin, participant.language) == ("live", "en")
    assert client.post(url("consent")).url == url("instructions")
    assert client.get(url("question")).url == url("instructions")
    cells = practice_cells(participant=participant)
    right = next(i for i, (_, is_right) in enumerate(cells) if is_right)
    assert client.get(url("practised")).url == url("instructions")
    wrong = client.post(url("practice"), {"position": (right + 1) % 9}, follow=True)
    assert "Look for the image that is a plain photograph" in wrong.content.decode()
    assert client.post(url("practice"), {"position": right}).url == url("practised")
    assert "That is right" in client.get(url("practised")).content.decode()
    for number in range(1, 9):
        page = client.get(url("question")).content.decode()
        assert f">{number}/8<" in page
        trial = re.search(r'name="trial" value="([^"]+)"', page)[1]
        response = client.post(url("question"), {"trial": trial, "position": 3})
        assert response.url == url("done" if number == 8 else "question")
    done = client.get(url("question"), follow=True).content.decode()
    participant.refresh_from_db()
    assert participant.completion_code in done
    assert "Your 8 answers are stored" in done
    assert participant.consent_version == "1"


def test_the_cookie_is_signed_and_hidden_from_scripts(client, study):
    cookie = start(client).cookies["participant-textures"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == url("landing")
    client.cookies["participant-textures"] = cookie.value[:-1] + "x"
    assert client.get(url("consent")).url == url("landing")


@pytest.mark.parametrize(("design", "questions"), [("within", 14), ("between", 8)])
def test_the_landing_page_counts_what_one_person_is_asked(client, design, questions):
    make_conditions("other", design=design)
    assert f"{questions} questions" in client.get(url("landing")).content.decode()
    start(client)
    participant = Participant.objects.get()
    assert participant.trials.count() == questions


def test_a_double_click_on_start_is_one_participant(study):
    first, second = Client(), Client()
    data = {"ticket": ticket_of(first.get(url("landing")))}
    first.post(url("landing"), data)
    second.post(url("landing"), data)
    assert Participant.objects.count() == 1


def test_a_made_up_ticket_starts_nobody(client, study):
    response = client.post(url("landing"), {"ticket": uuid4().hex})
    assert response.status_code == 400
    assert "Start" in response.content.decode()
    assert not Participant.objects.exists()


def test_who_comes_back_continues_or_starts_anew(client, study):
    start(client)
    page = client.get(url("landing")).content.decode()
    assert "Continue where I stopped" in page
    assert "Not you?" in page
    start(client)
    assert Participant.objects.count() == 1
    start(client, anew="1")
    assert Participant.objects.count() == 2


def test_a_draft_is_for_staff_only_and_makes_previews(client, admin_client):
    make_study(status="draft")
    assert client.get(url("landing")).status_code == 404
    assert "preview" in admin_client.get(url("landing")).content.decode()
    start(admin_client)
    assert Participant.objects.get().origin == "preview"


def test_a_closed_study_says_so_and_keeps_the_code(client):
    study = make_study()
    midway, finished = make_participant(study), make_participant(study)
    for trial in finished.trials.all():
        client_of(finished).post(url("question"), {"trial": trial.token, "position": 0})
    Study.objects.update(status="closed")
    for response in (client.get(url("landing")), client_of(midway).get(url("question"))):
        assert response.status_code == 403
        assert "This study is closed" in response.content.decode()
    trial = next_trial(midway)
    client_of(midway).post(url("question"), {"trial": trial.token, "position": 0})
    assert not midway.trials.answered().exists()
    finished.refresh_from_db()
    assert finished.completion_code in client_of(finished).get(url("done")).content.decode()


def test_only_a_signed_invitation_makes_a_bot_or_a_pilot(client, study):
    forged = client.get(url("landing"), {"as": "bot"})
    assert forged.status_code == 403
    assert "not valid" in forged.content.decode()
    text = invite(study=study, origin=Participant.Origin.PILOT, label="p1")
    for visitor in (client, Client()):
        page = visitor.get(url("landing"), {"as": text})
        data = {"ticket": ticket_of(page), "as": text}
        assert visitor.post(url("landing"), data).url == url("consent")
    participant = Participant.objects.get()
    assert (participant.origin, participant.label) == ("pilot", "p1")


def test_a_study_without_questions_is_not_ready(client, caplog):
    Study.objects.create(slug="textures", status="live")
    response = start(client)
    assert response.status_code == 503
    assert "not ready" in response.content.decode()
    assert "compose it first" in caplog.text


@pytest.mark.parametrize(
    ("data", "status", "says"),
    [
        ({"position": ""}, 422, "画像を 1 枚選んでください。"),
        ({"position": "9"}, 400, "保存できませんでした"),
        ({"position": "-1"}, 400, "保存できませんでした"),
        ({"position": "x"}, 400, "保存できませんでした"),
        ({"position": "1", "trial": "x"}, 400, "保存できませんでした"),
        ({"position": "1", "trial": str(uuid4())}, 403, "別の方のアンケート"),
    ],
)
def test_bad_answers_are_told_in_the_participants_language(study, data, status, says):
    participant = make_participant(study, language="ja")
    client = client_of(participant)
    response = client.post(url("question"), {"trial": next_trial(participant).token, **data})
    assert response.status_code == status
    assert says in response.content.decode()
    assert '<html lang="ja">' in response.content.decode()
    assert not Trial.objects.answered().exists()


def test_somebody_elses_question_is_refused(study):
    mine, other = make_participant(study), make_participant(study)
    data = {"trial": next_trial(other).token, "position": 0}
    assert client_of(mine).post(url("question"), data).status_code == 403
    assert not Trial.objects.answered().exists()


def test_damaged_measurements_do_not_cost_the_answer(study):
    participant = make_participant(study)
    trial = next_trial(participant)
    data = {"trial": trial.token, "position": 2, "response_ms": "-5", "screen": "{"}
    client_of(participant).post(url("question"), data)
    trial.refresh_from_db()
    assert (trial.chosen_id, trial.response_ms, trial.screen) == (trial.grid[2], None, {})


def test_only_known_sizes_of_the_screen_are_kept(study):
    participant = make_participant(study)
    trial = next_trial(participant)
    screen = '{"viewport_width": 390, "pixel_ratio": 2.5, "name": "x", "image_width": true}'
    data = {"trial": trial.token, "position": 2, "response_ms": "1234", "screen": screen}
    client_of(participant).post(url("question"), data)
    trial.refresh_from_db()
    assert trial.screen == {"viewport_width": 390, "pixel_ratio": 2.5}
    assert trial.response_ms == 1234


def test_the_question_names_the_word_and_never_the_answer(study):
    texts = {"ja": set(), "en": set()}
    for language, found in texts.items():
        participant = make_participant(study, language=language)
        client = client_of(participant)
        for _ in range(8):
            page = client.get(url("question")).content.decode()
            heading = re.search(r"<h1[^>]*>(.+?)</h1>", page, re.S)[1]
            found.add(re.sub(r"\s*<[^>]+>\s*", "", heading).strip())
            assert 'alt="Image 9"' in page or 'alt="画像 9"' in page
            assert not re.search(r"target|cluster|content\d", page)
            data = {"trial": next_trial(participant).token, "position": 0}
            client.post(url("question"), data)
    assert "最も「ふさふさ」な画像を選んでください。" in texts["ja"]
    assert "変わっていない元の写真を選んでください。" in texts["ja"]
    assert "Choose the photograph that was not changed." in texts["en"]
    assert len(texts["en"]) == 4


def test_a_study_in_one_language_speaks_it(client):
    make_study(languages=["ja"])
    page = client.get(url("landing")).content.decode()
    assert '<html lang="ja">' in page
    assert 'name="language"' not in page


def test_showing_is_noted_once(study):
    participant = make_participant(study)
    client = client_of(participant)
    client.get(url("question"))
    shown = next_trial(participant).shown_at
    assert shown is not None
    client.get(url("question"))
    assert next_trial(participant).shown_at == shown


def test_the_queries_of_a_question(study, django_assert_num_queries):
    participant = make_participant(study)
    client = client_of(participant)
    # participant with study, trials, shown, seen
    with django_assert_num_queries(4):
        client.get(url("question"))
    data = {"trial": next_trial(participant).token, "position": 0}
    # trials with participant and study, the answer
    with django_assert_num_queries(2):
        client.post(url("question"), data)


@pytest.mark.parametrize(
    ("name", "ready", "queries"), [("consent", False, 1), ("landing", False, 3)]
)
def test_the_queries_of_other_pages(study, django_assert_num_queries, name, ready, queries):
    client = client_of(make_participant(study, ready=ready))
    with django_assert_num_queries(queries):
        assert client.get(url(name)).status_code == 200


def test_credits_are_public_and_give_nothing_away(client, study):
    add_members(creator="Anna " * 30, licence="CC BY 4.0", title="ふさふさ")
    for page in ("landing", "credits"):
        assert f'href="{url("credits" if page == "landing" else "landing")}"' in (
            client.get(url(page)).text
        )
    html = client.get(url("credits"), headers={"accept-language": "en"}).text
    assert "Image credits – Textures</title>" in html
    assert "Anna Anna" in html
    assert "CC BY 4.0" in html
    assert "content0" in html
    assert "<img" not in html
    for word in Word.objects.all():
        assert word.text not in html
        assert word.reading not in html
    assert client.post(url("credits")).status_code == 405
    Study.objects.update(status="closed", title={})
    closed = client.get(url("credits"), headers={"accept-language": "ja"}).text
    assert "画像の出典 – textures</title>" in closed


def test_credits_of_a_draft_are_for_those_who_may_see_it(client, admin_client, study):
    Study.objects.update(status="draft")
    assert client.get(url("credits")).status_code == 404
    assert client.get(url("credits"), {"as": "forged"}).status_code == 404
    assert client.get("/s/nono/credits/").status_code == 404
    assert admin_client.get(url("credits")).status_code == 200
    link = invite(study=study, origin="pilot", label="p1")
    landing = client.get(url("landing"), {"as": link}).text
    address = re.search(r'href="([^"]+/credits/[^"]*)"', landing)[1]
    page = client.get(address)
    assert page.status_code == 200
    assert f"{url('landing')}?as=" in page.text
    person = make_participant(study, origin="pilot")
    assert client_of(person).get(url("credits")).status_code == 200


def test_credits_speak_the_language_of_the_consent(study):
    person = make_participant(study, language="ja")
    html = client_of(person).get(url("credits"), headers={"accept-language": "en"}).text
    assert '<html lang="ja">' in html
    assert "画像の出典" in html
    assert 'name="language"' not in html


def test_queries_of_credits_do_not_grow(client, study, django_assert_num_queries):
    for members in (1, 8):
        ClusterMember.objects.all().delete()
        WebImage.objects.all().delete()
        add_members(members)
        with django_assert_num_queries(5):  # the study, and those of the credits
            client.get(url("credits"))


def test_credits_of_a_study_without_pictures(client):
    Study.objects.create(slug="textures", status="live", languages=["en"])
    assert "This study uses no pictures yet." in client.get(url("credits")).text
