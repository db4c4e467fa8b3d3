"""Every address of the site, and what each visitor gets there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from analysis.computations import key_of
from analysis.frames import Selection
from analysis.made import PARQUET, Wish
from analysis.models import ImportedStudy
from analysis.work import MIXED
from audit.actions import Action
from audit.services import record
from generation.models import ContentImage, WebImage
from jobs.models import Item, Worker
from jobs.services.ask import Wanted, ask
from jobs.services.work import do_now
from survey.models import AnalysisPlan, Fault, Study, Withdrawal
from survey.services.lifecycle import go_live
from survey.services.peeking import peek
from survey.services.plan import amend, write_plan
from tests import factories
from tests.accounts import make_account
from tests.analysis.factories import add_people
from tests.survey.studies import make_study
from texturestudy.roles import Role

pytestmark = pytest.mark.django_db

VISITORS = ("nobody", "participant", "account", "other", "own", "admin", "owner")
# By visitor: P the page, or what its form does; S to sign in first; N not this account; G as if
# there were no such thing.
_GROUPS = {
    # Everybody.
    "PPPPPPP": """
        home healthz set_language survey:landing survey:credits survey:consent
        survey:instructions survey:practice survey:practised survey:question survey:familiarity
        survey:about survey:done survey:withdraw survey:withdrawn admin:login
    """,
    # The file of a web image.
    "GGGPPPP": """
        media
    """,
    # Whoever has a role.
    "SSSPPPP": """
        admin:index admin:under_way admin:password_change admin:password_change_done admin:jsi18n
        admin:analysis_importedstudy_changelist admin:analysis_importedstudy_history
        admin:analysis_importedstudy_change admin:survey_participant_withdraw
        admin:survey_participant_changelist admin:survey_amendment_changelist
        admin:survey_amendment_add admin:survey_peek_changelist admin:survey_question_changelist
        admin:survey_trial_changelist admin:survey_fault_changelist
        admin:survey_withdrawal_changelist admin:survey_studyversion_changelist
        admin:survey_study_step admin:survey_study_draft admin:survey_study_being_made
        admin:survey_study_changelist admin:survey_study_add admin:generation_clustering_changelist
        admin:generation_clustering_history admin:generation_clustering_change
        admin:generation_contentimage_stimuli admin:generation_contentimage_made
        admin:generation_contentimage_changelist admin:generation_contentimage_history
        admin:generation_contentimage_change admin:generation_recipe_changelist
        admin:generation_recipe_history admin:generation_recipe_change
        admin:generation_stylisedimage_changelist admin:generation_stylisedimage_history
        admin:generation_stylisedimage_change admin:generation_webimage_thumbnail
        admin:generation_webimage_similar admin:generation_webimage_changelist
        admin:generation_webimage_history admin:generation_webimage_change
        admin:generation_word_style_map admin:generation_word_style_map_job
        admin:generation_word_job admin:generation_word_curate
        admin:generation_word_changelist admin:generation_word_history
        admin:generation_word_change admin:jobs_job_changelist admin:jobs_item_changelist
        admin:jobs_worker_changelist admin:jobs_worker_history admin:jobs_worker_change
        admin:app_list
    """,
    # Rows of a study; what one asked for oneself.
    "SSSGPPP": """
        survey:preview admin:survey_participant_history admin:survey_participant_change
        admin:survey_amendment_history admin:survey_amendment_change admin:survey_peek_history
        admin:survey_peek_change admin:survey_question_history admin:survey_question_change
        admin:survey_trial_history admin:survey_trial_change admin:survey_fault_history
        admin:survey_fault_change admin:survey_withdrawal_history admin:survey_withdrawal_change
        admin:survey_studyversion_history admin:survey_studyversion_change
        admin:survey_study_link admin:survey_study_duplicate admin:survey_study_version
        admin:survey_study_versions admin:survey_study_history admin:survey_study_change
        admin:jobs_job_progress admin:jobs_job_history admin:jobs_job_change
        admin:jobs_item_history admin:jobs_item_change
    """,
    # The results of a study.
    "SSSNPPP": """
        analysis:overview analysis:words analysis:word analysis:contents analysis:attribution
        analysis:attribution-csv analysis:peek analysis:exports analysis:answers-csv
        analysis:answers-parquet analysis:codebook-csv analysis:codebook-json analysis:psych-ds
        analysis:stimuli-zip analysis:analysis-r analysis:analysis-notebook analysis:report
        analysis:stimulus analysis:stamp analysis:models analysis:make analysis:made
        analysis:work analysis:work-again analysis:confusion analysis:compatibility
        analysis:machine analysis:people analysis:person analysis:timing analysis:sample-size
        analysis:questions analysis:question
    """,
    # What admins look after.
    "SSSNNPP": """
        admin:check admin:analysis_importedstudy_delete admin:generation_clustering_delete
        admin:generation_contentimage_propose_mask admin:generation_contentimage_several
        admin:generation_contentimage_make admin:generation_contentimage_try_again
        admin:generation_contentimage_mask admin:generation_contentimage_mask_proposal
        admin:generation_contentimage_crop admin:generation_contentimage_add
        admin:generation_contentimage_delete admin:generation_recipe_delete
        admin:generation_stylisedimage_delete admin:generation_webimage_delete
        admin:generation_word_exclude admin:generation_word_cluster admin:generation_word_add
        admin:generation_word_delete admin:audit_entry_changelist admin:audit_entry_history
        admin:audit_entry_change
    """,
    # Accounts.
    "SSSNNNP": """
        admin:auth_user_password_change admin:auth_user_changelist admin:auth_user_add
        admin:auth_user_history admin:auth_user_delete admin:auth_user_change
    """,
    # What is not there: no map, no second clustering, no site of its own.
    "SSSGGGG": """
        admin:view_on_site admin:generation_word_style_map_points admin:generation_word_compare
    """,
    "SSSNGGG": """
        analysis:conditions
    """,
    "SSSNNGG": """
        admin:generation_word_use
    """,
    # What nobody makes or removes here.
    "SSSNNNN": """
        admin:autocomplete admin:analysis_importedstudy_add admin:survey_participant_add
        admin:survey_participant_delete admin:survey_amendment_delete admin:survey_peek_add
        admin:survey_peek_delete admin:survey_question_add admin:survey_question_delete
        admin:survey_trial_add admin:survey_trial_delete admin:survey_fault_add
        admin:survey_fault_delete admin:survey_withdrawal_add admin:survey_withdrawal_delete
        admin:survey_studyversion_add admin:survey_studyversion_delete admin:survey_study_delete
        admin:generation_clustering_add admin:generation_recipe_add
        admin:generation_stylisedimage_add admin:generation_webimage_add admin:jobs_job_add
        admin:jobs_job_delete admin:jobs_item_add admin:jobs_item_delete admin:jobs_worker_add
        admin:jobs_worker_delete admin:audit_entry_add admin:audit_entry_delete
    """,
}
RULES = {name: who for who, names in _GROUPS.items() for name in names.split()}


def walk(patterns: list, names: str = "") -> Iterator[tuple[str, list[str]]]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:  # the others lead to one that has a name
                yield names + pattern.name, list(pattern.pattern.converters)
        else:
            space = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from walk(pattern.url_patterns, names + space)


def make_everything() -> Study:
    """A study with a row of everything that has a page."""
    study = make_study(slug="study", status="draft", contents=2, words=3)
    write_plan(study=study, people=10)
    study = go_live(study=study)
    factories.add_members(1)
    add_people(study, 2)
    own = make_account(Role.RESEARCHER, "own", of=study)
    make_account(Role.RESEARCHER, "other", of=Study.objects.create(slug="other"))
    make_account(Role.ADMIN, "admin")
    owner = make_account(Role.OWNER, "owner")
    make_account(None, "account")
    peek(study=study, user=owner)
    amend(plan=AnalysisPlan.objects.get(), what="what", why="why", by=owner)
    Fault.objects.create(study=study, file="x.png", expected="0" * 64)
    Withdrawal.objects.create(study=study, version=1, origin="live", answers=3, was_complete=True)
    ImportedStudy.objects.create(
        slug="imported", kind="votes", tables=[], words={}, sha256="0" * 64, participants=1
    )
    ask(kind="stylise", items=[Wanted(key="x", label="x")], asked_by=own)
    ask(kind=MIXED, items=[Wanted(key=key_of(study, "x"))])
    record(action=Action.CLOSED, about="study before")
    wish = Wish(study=study, name=PARQUET, selection=Selection(), language="en")
    do_now(kind=wish.kind, item=Wanted(key=wish.key, parameters=wish.to_json()))
    Worker.objects.create(name="host 1 0", host="host", pid=1, engine="inline", slots=1)
    return study


@pytest.fixture
def study() -> Study:
    return make_everything()


def value_of(name: str, key: str, study: Study) -> object:
    """A value for the address's part: of what belongs to the study."""
    if key in ("object_id", "id"):
        app, model = name.removeprefix("admin:").split("_")[:2]
        row = apps.get_model(app, model).objects.filter(**_OF_STUDY.get(model, {})).first()
        return row.pk
    known = {
        "slug": study.slug,
        "reading": "fusafusa",
        "index": 0,
        "path": WebImage.objects.first().file.name,
        "sha256": WebImage.objects.first().sha256,
        "content_type_id": 1,
        "app_label": "survey",
        "name": "parquet",
        "step": "name",
    }
    if key in known:
        return known[key]
    assert key == "pk", f"{name} has a part {key} that is not known here"
    if name in ("admin:survey_study_step", "admin:survey_study_draft"):
        return 1  # somebody else's draft, or none: told, and led to the list
    if name.startswith("admin:survey_study_"):
        return study.pk
    rows = {
        "analysis:stimulus": lambda: study.questions.first().options.first().stylised,
        "analysis:person": study.participants.first,
        "analysis:made": study.made_files.get,
        "analysis:work-again": Item.objects.filter(kind=MIXED).first,
    }
    if name in rows:
        return rows[name]().pk
    app, model = name.removeprefix("admin:").split("_")[:2]
    return apps.get_model(app, model).objects.first().pk


# What pages are about that have it not in their address.
_ABOUT_CONTENTS = (
    "admin:generation_contentimage_stimuli", "admin:generation_contentimage_made",
)  # fmt: skip
_OF_STUDY: dict[str, dict] = {"study": {"slug": "study"}, "user": {"username": "account"}}


def address_of(name: str, keys: list[str], study: Study) -> str:
    if name == "admin:app_list":
        return reverse(name, args=["survey"])
    if name == "admin:view_on_site":
        return reverse(name, args=[1, 1])
    address = reverse(name, kwargs={key: value_of(name, key, study) for key in keys})
    return address + (f"?content={_content()}" if name in _ABOUT_CONTENTS else "")


def _content() -> int:
    return ContentImage.objects.order_by("pk").first().pk


def visit(client: Client, address: str) -> str:
    response = client.get(address)
    # Django's admin goes to its front page where it has no such row.
    is_gone = response.headers.get("Location") == "/admin/" and "login" not in address
    if response.status_code == 405:
        response = client.post(address, {"content": _content(), "for": "words"})
    if response.streaming:
        response.getvalue()  # which closes its file
    where = response.headers.get("Location", "")
    if where.startswith("/admin/login/"):
        return "S"
    if response.status_code == 403:
        return "N"
    if is_gone or response.status_code == 404:
        return "G"
    assert response.status_code < 500, f"{address}: {response.status_code}"
    return "P"


def client_of(visitor: str) -> Client:
    client = Client(raise_request_exception=False)
    if visitor == "participant":
        page = client.get("/s/study/").text
        ticket = re.search(r'name="ticket" value="([^"]+)"', page)[1]
        assert client.post("/s/study/", {"ticket": ticket}).status_code == 302
    elif visitor != "nobody":
        client.force_login(User.objects.get(username=visitor))
    return client


def test_every_address_is_for_whom_it_is(study):
    found = defaultdict(str)
    for visitor in VISITORS:
        client = client_of(visitor)
        for name, keys in walk(get_resolver().url_patterns):
            if name == "admin:logout":
                continue
            found[name] += visit(client, address_of(name, keys, study))
    assert found == RULES
