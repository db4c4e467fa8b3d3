"""The methods in words, as a paper has them: design, participants, stimuli."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analysis import formats
from analysis.frames import Selection
from analysis.plan_text import exclusions
from analysis.report import text
from analysis.report.facts import Facts
from analysis.report.results import Results
from generation.models import Recipe
from generation.nst.recipe import Recipe as NstRecipe
from survey.models import Participant, Study


def design(facts: Facts, results: Results) -> str:
    return text.joined(_design(facts, results))


def participants(facts: Facts, results: Results, selection: Selection) -> str:
    return text.joined(_participants(facts, results, selection))


def stimuli(facts: Facts) -> str:
    return text.joined(_stimuli(facts))


def _design(facts: Facts, results: Results) -> Iterator[str]:
    asked = results.answers.questions
    if not asked:
        yield _("The study has no questions yet.")
        return
    yield _(
        "%(contents)s were combined with %(words)s. In each question a participant chose, from "
        "%(options)s images of one content image, the one that was the most (word); "
        "%(targets)s of them were made from the asked word (targets), the others from other "
        "words (distractors)."
    ) % {
        "contents": text.contents(len({question.content for question in asked})),
        "words": text.words(len({question.word for question in asked})),
        "options": text.ranged([question.options for question in asked]),
        "targets": text.ranged([question.targets for question in asked]),
    }
    yield _clusters(results)
    yield _chance(results)
    yield from _asked(facts, results)


def _clusters(results: Results) -> str:
    found: dict[int, set[int]] = {}
    for image in results.answers.images:
        found.setdefault(image.word, set()).add(image.cluster)
    n = [len(clusters) for clusters in found.values()]
    return ngettext(
        "Each word was represented by %(n)s style cluster, in all by %(images)s stylised images.",
        "Each word was represented by %(n)s style clusters, in all by %(images)s stylised images.",
        max(n),
    ) % {"n": text.ranged(n), "images": len(results.answers.images)}


def _chance(results: Results) -> str:
    levels = results.accuracies.chances
    if len(levels) == 1:
        level = formats.reported(levels[0])
        return _("The chance level was %(chance)s.") % {"chance": level}
    return _("The chance level differed between questions, from %(low)s to %(high)s.") % {
        "low": formats.reported(levels[0]),
        "high": formats.reported(levels[-1]),
    }


def _asked(facts: Facts, results: Results) -> Iterator[str]:
    total = len(results.answers.questions)
    conditions = [condition.name for condition in results.conditions]
    if conditions:
        text_ = (
            _(
                "The images were made with %(n)s recipes (conditions %(names)s), varied between "
                "participants."
            )
            if facts.is_between
            else _(
                "The images were made with %(n)s recipes (conditions %(names)s), varied within "
                "participants."
            )
        )
        yield text_ % {"n": len(conditions), "names": text.listed(conditions)}
    own = total // len(conditions) if conditions and facts.is_between else total
    yield _("Each participant was asked %(questions)s about words.") % {
        "questions": text.questions(own)
    }
    if facts.catch_questions:
        yield _(
            "%(questions)s of another kind served as attention checks: one of the images was the "
            "unchanged content image, which was to be chosen."
        ) % {"questions": text.questions(facts.catch_questions)}
    yield (
        _("The distractors were drawn anew for each participant.")
        if facts.study.distractors == Study.Distractors.REDRAWN
        else _("The images of a question were the same for everybody.")
    )
    yield _(
        "The order of the questions and the places of the images were random for each "
        "participant (seed of the study %(seed)s)."
    ) % {"seed": facts.study.seed}


def _participants(facts: Facts, results: Results, selection: Selection) -> Iterator[str]:
    overall = results.accuracies.overall
    counted = [origin for origin in facts.origins if origin.counted]
    bots = sum(o.started for o in counted if o.name == Participant.Origin.BOT)
    if not overall.people:
        yield _("There are no counted answers yet.")
        return
    yield _("%(people)s gave %(answers)s about words that are counted.") % {
        "people": text.people(overall.people),
        "answers": text.answers(overall.answers),
    }
    if bots:
        yield (
            _("All of them are simulated: no person took part.")
            if bots == sum(origin.started for origin in counted)
            else _("Simulated participants are among them (%(n)s of those who came).") % {"n": bots}
        )
    yield from _came(facts, is_simulated=bots == sum(origin.started for origin in counted))
    yield from _counted(selection)
    left_out = list(exclusions(selection))
    if left_out:
        yield _("Left out were:")
        yield from left_out
    else:
        yield _("Nobody was left out by a rule, and no answer for being wrong, quick or slow.")


def _counted(selection: Selection) -> Iterator[str]:
    """What the filters choose beside the rules."""
    if selection.language:
        yield _("Only those who answered in the language “%(language)s” are counted.") % {
            "language": selection.language
        }
    if selection.condition:
        yield _("Only answers in the condition %(condition)s are counted.") % {
            "condition": selection.condition
        }


def _came(facts: Facts, *, is_simulated: bool) -> Iterator[str]:
    came = facts.came
    if came.first and came.last:
        first, last = text.day(came.first), text.day(came.last)
        days = first if first == last else f"{first} – {last}"
        yield _("They began on %(days)s.") % {"days": days}
    if len(came.languages) > 1:
        shown = text.listed(f"{language} {n}" for language, n in came.languages)
        yield _("Languages of the questionnaire: %(languages)s.") % {"languages": shown}
    if came.consents and not is_simulated:
        versions = text.listed(version for version, _n in came.consents)
        yield _("Participants gave informed consent (version %(versions)s of its text).") % {
            "versions": versions
        }


def _stimuli(facts: Facts) -> Iterator[str]:
    if facts.descriptors:
        yield _(
            "For each word, images were collected from the Web and grouped into style clusters "
            "(features %(features)s)."
        ) % {"features": text.listed(facts.descriptors)}
    for recipe in facts.recipes:
        yield from _made_elsewhere(recipe) if recipe.imported else _transfer(recipe.value, recipe)
    if facts.devices:
        devices = text.listed(facts.devices)
        yield _("They were computed on %(devices)s.") % {"devices": devices}


def _made_elsewhere(recipe: Recipe) -> Iterator[str]:
    method = str(recipe.parameters.get("method") or recipe.name)
    yield _("Images of “%(recipe)s” were made elsewhere (%(method)s) and imported.") % {
        "recipe": recipe.name,
        "method": method,
    }


def _transfer(value: NstRecipe, recipe: Recipe) -> Iterator[str]:
    yield _(
        "Recipe “%(recipe)s”: neural style transfer (Gatys et al., 2015) with VGG19 (Simonyan & "
        "Zisserman, 2015; %(backbone)s, %(pooling)s pooling), content from %(content)s, style "
        "from the Gram matrices of %(style)s (weights in brackets), with %(losses)s losses."
    ) % {
        "recipe": recipe.name,
        "backbone": value.backbone,
        "pooling": _pooling(value.pooling),
        "content": layers(value.content_layers) or "–",
        "style": layers(value.style_layers) or "–",
        "losses": _losses(value.losses),
    }
    yield ngettext(
        "The style of a cluster was the mean of its %(n)s most typical image.",
        "The style of a cluster was the mean of at most %(n)s of its most typical images.",
        value.style_members,
    ) % {"n": value.style_members}
    yield _(
        "Images were optimised with L-BFGS (Liu & Nocedal, 1989; history %(history)s), "
        "starting from %(start)s: %(scales)s; %(iterations)s iterations in all, seed %(seed)s."
    ) % {
        "history": value.history,
        "start": _start(value.start),
        "scales": text.listed(_scale(scale.size, scale.iterations) for scale in value.scales),
        "iterations": value.iterations,
        "seed": value.seed,
    }
    yield from _colour(value)


def layers(named: Sequence[tuple[str, float]]) -> str:
    """relu4_2 (2), with the weights in brackets."""
    return text.listed(f"{name} ({weight:g})" for name, weight in named)


def _pooling(pooling: str) -> str:
    return {"max": _("maximum"), "average": _("average")}[pooling]


def _losses(losses: str) -> str:
    return {"relative": _("relative"), "absolute": _("absolute")}[losses]


def _scale(size: int, iterations: int) -> str:
    return _("%(n)s iterations at %(size)s px") % {"n": iterations, "size": size}


def _start(start: str) -> str:
    return {
        "content": _("the content image"),
        "colour": _("the content image in the colours of the style"),
        "noise": _("Gaussian noise"),
    }[start]


def _colour(value: NstRecipe) -> Iterator[str]:
    if value.colour == "match":
        yield _(
            "The colours of the style’s images were matched to the content image’s mean and "
            "covariance (Gatys et al., 2016)."
        )
    if value.colour == "luminance":
        yield _("Only luminance was transferred (Gatys et al., 2016).")
    if value.foreground == "object":
        yield _("Only the foreground of the content image was changed.")
    if value.total_variation:
        yield _("Total variation was penalised with weight %(weight)s.") % {
            "weight": f"{value.total_variation:g}"
        }
