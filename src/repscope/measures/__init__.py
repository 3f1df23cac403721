"""Measures: they read graphs or activations and answer with a score.

_score      the Score: value, 95 % interval, null, per-sample values
_contract   what a measure declares; LayerMeasure (a curve) and PairMeasure (a matrix); look-up
every other file is one measure, found by the file's name
"""

from repscope.measures._contract import MEASURES, ArrayLayer, LayerMeasure, LayerView, Measure, PairMeasure, measure
from repscope.measures._score import Score

__all__ = ["MEASURES", "ArrayLayer", "LayerMeasure", "LayerView", "Measure", "PairMeasure", "Score", "measure"]
