"""Brains: representations beside what neurons answered to the same images.

_responses     neurons × images × presentations, with missing trials; the file
_assembly      the same from an assembly of Brain-Score
_simulated     neurons whose truth is known
_predictivity  how much of the responses a linear map predicts, of what repeats at all
_readout       accuracy against the number of sampled units, noise matched

Responses ──► mean over presentations, noise ──► predictivity, readout; `rsa` and `cka` take the means as they take a layer
"""

from repscope.transfer.brains._assembly import from_assembly
from repscope.transfer.brains._predictivity import Predictivity, predictivity
from repscope.transfer.brains._readout import readout
from repscope.transfer.brains._responses import Responses, read_responses
from repscope.transfer.brains._simulated import simulated_responses

__all__ = [
    "Predictivity",
    "Responses",
    "from_assembly",
    "predictivity",
    "read_responses",
    "readout",
    "simulated_responses",
]
