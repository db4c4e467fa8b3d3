"""What somebody sends from the pages of the steps."""

from __future__ import annotations

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from survey.models import StudyDraft

NAME = {
    "preset": "small",
    "title_0": "質感",
    "title_1": "Textures",
    "slug": "textures",
    "languages": ["ja", "en"],
}
DESIGN = {"clusters": "3", "options": "9", "distractors": "fixed", "seed": "7"}
TEXTS = {
    "consent_version": "1",
    "abandoned_minutes": "60",
    "returning": "resume",
    "resume_hours": "24",
    "counted_origins": ["live"],
}
PLAN = {
    "has_plan": "on",
    "plan-outcome": "overall",
    "plan-alpha": "0.05",
    "plan-correction": "holm",
    "plan-people": "30",
}


class Desk:
    """A browser on the steps of one draft."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.draft: StudyDraft | None = None

    def begin(self, **changes) -> HttpResponse:
        response = self.client.post(reverse("admin:survey_study_add"), NAME | changes)
        self.draft = StudyDraft.objects.first()
        return response

    def address(self, step: str) -> str:
        assert self.draft is not None
        return reverse("admin:survey_study_step", args=[self.draft.pk, step])

    def open(self, step: str) -> HttpResponse:
        return self.client.get(self.address(step))

    def send(self, step: str, data: dict) -> HttpResponse:
        return self.client.post(self.address(step), data)

    def send_as_opened(self, step: str, **changes) -> HttpResponse:
        """What the page was opened with, as somebody who only presses Next."""
        form = self.open(step).context["form"]
        forms = [form, *([form.plan] if getattr(form, "plan", None) else [])]
        data: dict = {}
        for each in forms:
            data |= as_opened(each)
        data |= changes
        return self.send(step, {name: value for name, value in data.items() if value is not None})

    def to_review(self, **name) -> None:
        self.begin(**name)
        self.send_as_opened("stimuli")
        self.send("design", DESIGN)
        self.send("texts", TEXTS | PLAN)


def as_opened(form) -> dict:
    data = {}
    for bound in form:
        value = bound.value()
        if hasattr(bound.field.widget, "decompress"):
            parts = bound.field.widget.decompress(value)
            data |= {f"{bound.html_name}_{i}": part for i, part in enumerate(parts)}
        elif value is True:
            data[bound.html_name] = "on"
        elif isinstance(value, list) and bound.field.widget.input_type == "text":
            data[bound.html_name] = "\n".join(value)
        elif value not in (None, False):
            data[bound.html_name] = value
    return data
