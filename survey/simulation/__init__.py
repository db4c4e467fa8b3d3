"""Simulated people of known accuracy, who answer through the real pages."""

from survey.simulation.mind import CATCH_SKILL, DEFAULT_SKILL
from survey.simulation.run import DEFAULT_CLUMSY, simulate
from survey.simulation.tally import SimulationResult

__all__ = ["CATCH_SKILL", "DEFAULT_CLUMSY", "DEFAULT_SKILL", "SimulationResult", "simulate"]
