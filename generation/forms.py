"""Uploads, checked before anything is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from PIL import Image

from generation.models import ContentImage, LicenceDemand, Recipe, Word
from generation.nst.clustering import AUTO
from generation.nst.errors import MaskError
from generation.nst.foreground import check_mask
from generation.photographs import PhotographError, decode
from generation.services.contents import find_content
from generation.services.masks import count_made_inside

_MAX_BYTES = 64 << 20


class WordForm(forms.ModelForm):
    """A word, with search phrases of the shape that collecting expects."""

    class Meta:
        model = Word
        fields = ("text", "reading", "gloss", "phrases")

    def clean_phrases(self) -> dict[str, list[str]]:
        phrases = self.cleaned_data["phrases"]
        lists = phrases.values() if isinstance(phrases, dict) else [None]
        if not all(isinstance(each, list) and all(map(_is_text, each)) for each in lists):
            raise forms.ValidationError(
                _('Expected lists of phrases, as {"ja": ["..."]}; got %(value)s.'),
                params={"value": phrases},
            )
        found: dict[str, list[str]] = phrases
        return found


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


class ClusterForm(forms.Form):
    """How a word's images are to be clustered; valid data are the parameters of `cluster`."""

    k = forms.CharField(
        label=_("Clusters"),
        max_length=4,
        help_text=_("a number, or auto: of 2 to 8 what has the largest silhouette"),
    )
    licence = forms.ChoiceField(label=_("Licences"), choices=LicenceDemand.choices)
    style_weight = forms.FloatField(
        label=_("Weight of the style"), min_value=0, max_value=1e6, help_text=_("how it looks")
    )
    deep_weight = forms.FloatField(
        label=_("Weight of the content"),
        min_value=0,
        max_value=1e6,
        help_text=_("what is shown"),
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=2**32 - 1)

    def clean_k(self) -> int | str:
        k: str = self.cleaned_data["k"].strip().lower()
        if k == AUTO:
            return AUTO
        if not k.isdecimal() or not 1 <= int(k) <= 99:
            raise forms.ValidationError(
                _("Expected auto or a number from 1 to 99, got %(value)s."), params={"value": k}
            )
        return int(k)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("style_weight") == 0 == cleaned.get("deep_weight"):
            self.add_error("style_weight", _("One of the two weights has to be above 0."))
        return cleaned


class RecipeForm(forms.ModelForm):
    """A recipe goes in and out of use, unless nothing can be made by it."""

    class Meta:
        model = Recipe
        fields = ("in_use",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("in_use"):  # who may only look has no such field
            field.disabled = self.instance.imported


def _check_bytes(upload: UploadedFile) -> None:
    if (upload.size or 0) > _MAX_BYTES:
        raise forms.ValidationError(_("The file is larger than 64 MB."))


class ContentImageForm(forms.ModelForm):
    """A new content image: any photograph that Pillow reads safely, up to 20 megapixels."""

    upload = forms.FileField(
        label=_("Photograph"),
        help_text=_("JPEG, PNG, WebP, GIF, BMP or TIFF, at most 20 megapixels."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )

    class Meta:
        model = ContentImage
        fields = ("name", "credit", "licence")

    image: Image.Image

    def clean_upload(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["upload"]
        _check_bytes(upload)
        try:
            self.image = decode(upload.read())
        except PhotographError as error:
            raise forms.ValidationError(
                _("This is no usable photograph: %(reason)s."), params={"reason": error}
            ) from error
        return upload

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        image = getattr(self, "image", None)
        if image is not None and (twin := find_content(image)):
            message = _("This picture is there already: %(name)s.")
            self.add_error("upload", forms.ValidationError(message, params={"name": twin}))
        return cleaned


def mask_in_use(count: int) -> str:
    """Why a mask cannot be replaced."""
    told = ngettext(
        "%(count)d stimulus was made from this mask, so it stays as it is.",
        "%(count)d stimuli were made from this mask, so it stays as it is.",
        count,
    )
    return told % {"count": count}


class StoredContentImageForm(forms.ModelForm):
    """A content image that is there: its picture stays, its mask may come or be replaced."""

    mask_upload = forms.FileField(
        label=_("Upload a mask"),
        required=False,
        help_text=_(
            "PNG of the photograph's shape: white is the object, black or transparent the "
            "background, greys are soft edges."
        ),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )

    class Meta:
        model = ContentImage
        fields = ("name", "credit", "licence")

    mask: Image.Image | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.made_inside = count_made_inside(content=self.instance)
        # Somebody who may only look at it has no such field.
        if self.made_inside and (field := self.fields.get("mask_upload")):
            # In the page only: a file that comes all the same is an error, not ignored.
            field.widget.attrs["disabled"] = True
            field.help_text = mask_in_use(self.made_inside)

    def clean_mask_upload(self) -> UploadedFile | None:
        upload: UploadedFile | None = self.cleaned_data["mask_upload"]
        if upload is None:
            return None
        if self.made_inside:
            raise forms.ValidationError(mask_in_use(self.made_inside))
        _check_bytes(upload)
        size = (self.instance.width, self.instance.height)
        try:
            self.mask = check_mask(decode(upload.read(), ground="black"), size)
        except (PhotographError, MaskError) as error:
            raise forms.ValidationError(
                _("This is no usable mask: %(reason)s."), params={"reason": error}
            ) from error
        return upload
