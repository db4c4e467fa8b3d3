"""The one family of errors that this package raises on purpose."""


class NstError(Exception):
    """Base of every error of generation.nst."""


class RecipeError(NstError, ValueError):
    """A recipe's value is outside its range, or its JSON has the wrong shape."""


class ImageError(NstError, ValueError):
    """An image that cannot be used, with what was expected and what came."""


class WeightsError(NstError):
    """Weights that are missing, or not the ones that were expected."""


class MaskError(NstError, ValueError):
    """A foreground mask that cannot be used, with what was expected and what came.

    The message is `template` with its `facts`, so that whoever shows it can translate it.
    """

    def __init__(self, template: str, **facts: object) -> None:
        super().__init__(template % facts)
        self.template, self.facts = template, facts
