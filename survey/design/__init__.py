"""Which images a question offers, in which order and in which cells: pure, and from a seed."""

from survey.design.catches import choose_catch, choose_mixed_catch
from survey.design.conditions import assign_condition
from survey.design.distractors import choose_distractors
from survey.design.grids import grid_shape, place_grids, place_options
from survey.design.order import order_questions
from survey.design.seeds import Seed

__all__ = [
    "Seed",
    "assign_condition",
    "choose_catch",
    "choose_distractors",
    "choose_mixed_catch",
    "grid_shape",
    "order_questions",
    "place_grids",
    "place_options",
]
