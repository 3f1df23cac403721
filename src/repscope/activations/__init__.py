"""Activations: a data set goes through a network once, and chosen layers are kept on disk.

images + ids ──► preprocess ──► network, hooked ──► per layer: clone, flatten ──► shard ──► Recording

_layers     a layer: names by glob, shape, parameter count
_batch_axis where the images are in an output: the axis that follows their number
_listing    which layers a network has, and what is left out with the reason
_usual      those that people look at: blocks rather than operations
_planned    those that a recording will have, and what is to be said of others
_hooks      what happens at a layer while a batch passes: clone, number the calls, vanish at the end
_shards     one file for all layers of a row range, written whole
_manifest   what a recording is of, and whether another is of the same
_thumbnails small pictures of the samples, for the report
_pooling    layers at other scales: maps pooled over windows
_precision  activations in 16 bits: scaled so that they fit, and what is lost all the same
_probe      whether outputs depend on the image alone: not on chance, not on the rest of the batch
_passes     the forward passes: all layers of a range of rows
_by_workers  the same by the workers of an engine
_recorder   record(): the loop that fills a recording, and goes on where it was interrupted
_points     a recorded layer as points, read from disk where they are needed
_recomputed a layer as points, computed whenever they are needed
_embedding  what goes into the heads of several networks, in one pass
recording   the Recording: samples, layers, activations, neighbour graphs
"""

from repscope.activations._embedding import embeddings
from repscope.activations._layers import LayerInfo
from repscope.activations._listing import Listing, list_layers, network_layers
from repscope.activations._planned import planned_layers
from repscope.activations._pooling import KINDS, Scale, checked_kinds, checked_scales
from repscope.activations._precision import precision_note
from repscope.activations._probe import probe_outputs
from repscope.activations._recomputed import layer_points
from repscope.activations._recorder import record, record_chosen
from repscope.activations._shards import WIDTH
from repscope.activations._thumbnails import thumbnail_side
from repscope.activations._usual import usual_layers
from repscope.activations.recording import PRECISION, Recording

__all__ = [
    "KINDS",
    "PRECISION",
    "WIDTH",
    "LayerInfo",
    "Listing",
    "Recording",
    "Scale",
    "checked_kinds",
    "checked_scales",
    "embeddings",
    "layer_points",
    "list_layers",
    "network_layers",
    "planned_layers",
    "precision_note",
    "probe_outputs",
    "record",
    "record_chosen",
    "thumbnail_side",
    "usual_layers",
]
