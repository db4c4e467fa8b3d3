"""What goes with what: words with words, photographs with textures, the machine with people."""

from analysis.relations.confusions import Confusions, Lure, Pair, confusions
from analysis.relations.machine import Machine, machine
from analysis.relations.measures import MEASURES, Measure, Measures, read_measures
from analysis.relations.predictions import Predicted, Prediction, StimulusRow, predictions
from analysis.relations.suitability import Suitability, WordTable, suitability

__all__ = [
    "MEASURES",
    "Confusions",
    "Lure",
    "Machine",
    "Measure",
    "Measures",
    "Pair",
    "Predicted",
    "Prediction",
    "StimulusRow",
    "Suitability",
    "WordTable",
    "confusions",
    "machine",
    "predictions",
    "read_measures",
    "suitability",
]
