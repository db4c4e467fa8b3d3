"""Uploads, checked before anything is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from PIL import Image

from generation.fields import PhrasesField
from generation.models import ContentImage, LicenceDemand, Recipe, Word
from generation.nst.clustering import AUTO
from generation.nst.errors import MaskError
from generation.nst.foreground import check_mask
from generation.photographs import PhotographError, cut, decode, read_crop
from generation.services.contents import find_content
from generation.services.masks import count_made_inside

MAX_BYTES = 64 << 20


class WordForm(forms.ModelForm):
    """A word, with its search phrases."""

    class Meta:
        model = Word
        fields = ("text", "reading", "gloss", "phrases")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "phrases" in self.fields:  # who may only look has none
            self.fields["phrases"] = PhrasesField(
                more=set(self.instance.phrases) - {code for code, _name in settings.LANGUAGES},
                label=capfirst(_("search phrases")),
                help_text=_("one a line; each is searched for, those of a language in its own"),
                required=False,
            )


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
            # In the list there is no label beside it.
            field.widget.attrs["aria-label"] = f"{field.label}: {self.instance}"


def _check_bytes(upload: UploadedFile) -> None:
    if (upload.size or 0) > MAX_BYTES:
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
            raise _no_photograph(error) from error
        return upload

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        image = getattr(self, "image", None)
        if image is not None and (twin := find_content(image)):
            self.add_error("upload", there_already(twin))
        return cleaned


def there_already(twin: ContentImage) -> forms.ValidationError:
    message = _("This picture is there already: %(name)s.")
    return forms.ValidationError(message, params={"name": twin})


def _no_photograph(error: PhotographError) -> forms.ValidationError:
    message = _("This is no usable photograph: %(reason)s.")
    return forms.ValidationError(message, params={"reason": in_words(error)})


def in_words(error: PhotographError | MaskError) -> str:
    """What is wrong with a photograph or a mask, in the reader's language."""
    return gettext(error.template) % error.facts


class CutContentImageForm(ContentImageForm):
    """One of several new content images, cut to a square or kept whole.

    `crop` is what `photographs.read_crop` reads; valid data have `image` cut by it. Whether its
    picture is there already shows when it is stored: looking takes as long.
    """

    crop = forms.CharField(required=False, max_length=60)

    def clean(self) -> dict[str, Any] | None:
        cleaned = forms.ModelForm.clean(self)
        if hasattr(self, "image") and "crop" in self.cleaned_data:
            try:
                crop = read_crop(self.cleaned_data["crop"], self.image.size)
                self.image = cut(self.image, crop) if crop else self.image
            except PhotographError as error:
                self.add_error("crop", _no_photograph(error))
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
        if upload is not None:
            self.mask = _read_mask(upload, self.instance, self.made_inside)
        return upload


class MaskForm(forms.Form):
    """A mask that somebody painted or brings; valid data have it as `image`."""

    mask = forms.FileField(
        label=_("Upload a mask"), widget=forms.FileInput(attrs={"accept": "image/*"})
    )

    image: Image.Image

    def __init__(self, *args: Any, content: ContentImage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.content = content

    def clean_mask(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["mask"]
        made_inside = count_made_inside(content=self.content)
        self.image = _read_mask(upload, self.content, made_inside)
        return upload


def _read_mask(upload: UploadedFile, content: ContentImage, made_inside: int) -> Image.Image:
    """The mask in a file, for a photograph that so many stimuli were made inside its mask of."""
    if made_inside:
        raise forms.ValidationError(mask_in_use(made_inside))
    _check_bytes(upload)
    try:
        return check_mask(decode(upload.read(), ground="black"), (content.width, content.height))
    except (PhotographError, MaskError) as error:
        raise forms.ValidationError(
            _("This is no usable mask: %(reason)s."), params={"reason": in_words(error)}
        ) from error
