"""Advice: what an analysed network suggests to try next, each proposal with its reason and the command that tests it.

Run at several scales ──► windows of attention for each stage ─┐
findings ──► layers to leave out, augmentations to try ────────┴─► Advice ──► a network's settings, for `repscope train`

_advice      the Advice, and advise()
_building    the settings of a network with the advised attention
_proposals   what redundant layers and overfitting suggest
"""

from repscope.report.advice._advice import STRATEGIES, Advice, advise
from repscope.report.advice._proposals import Proposal

__all__ = ["STRATEGIES", "Advice", "Proposal", "advise"]
