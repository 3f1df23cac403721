"""Maps between embedding spaces: fitted, analytic, kept in files that know their direction.

    _space           whose embeddings they are, and what they look like
    _embeddings      vectors with ids in a space
    _linear_map      y = M x + m from one space to another; the file
    _moments         all that linear maps need of the data, in float64
    _solving         symmetric systems, with a stated cutoff
    _estimator       what every kind is: a scikit-learn regressor that solves from moments
    least_squares    the smallest squared error
    ridge            with a price on large weights, given, cross-validated or by generalised cross-validation
    reduced_rank     the best map of so many directions
    procrustes       a turn, with or without a scale
    whitened         canonical directions onto canonical directions
    unit_norm        directions alone count
    identity         no map: the control
    _tile_rows       a symmetric matrix of sums, in memory or in a mapped file
    _atlas           one pass over many spaces, and every map between any two
    _atlas_file      what an atlas has counted, kept to go on from
    _shared_space    the directions on which all spaces of an atlas agree
    _explained       which directions of a space a map into it explains
    _verification    same identity or not, across two spaces
    _stores          embeddings in .npy, safetensors and parquet files
    _parquet         a table of embeddings: which column has the ids, and which the vectors
    _ranking         what is found first, and how good that is
    _migration       changing the model behind an index: status quo, swap, map, re-index
    _exports         ONNX, faiss, scikit-learn, a network's head
    _through_logits  from two classifiers, without data; and the fitted map's nearest that keeps the logits

pairs ──► Moments ──► a kind's `solve` ──► Solution ──► LinearMap ──► apply, file, classifier

A new kind is one new file; nothing else is edited.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from repscope.maps._atlas import GramAtlas as GramAtlas
    from repscope.maps._embeddings import Embeddings as Embeddings
    from repscope.maps._embeddings import paired_by_id as paired_by_id
    from repscope.maps._estimator import MAPS as MAPS
    from repscope.maps._estimator import MapEstimator as MapEstimator
    from repscope.maps._estimator import fit_map as fit_map
    from repscope.maps._explained import Explained as Explained
    from repscope.maps._explained import explained as explained
    from repscope.maps._exports import export as export
    from repscope.maps._exports import folded as folded
    from repscope.maps._exports import to_faiss as to_faiss
    from repscope.maps._exports import to_pipeline as to_pipeline
    from repscope.maps._linear_map import LinearMap as LinearMap
    from repscope.maps._migration import Migration as Migration
    from repscope.maps._migration import check_migration as check_migration
    from repscope.maps._moments import Moments as Moments
    from repscope.maps._shared_space import SharedSpace as SharedSpace
    from repscope.maps._shared_space import shared_space as shared_space
    from repscope.maps._space import Space as Space
    from repscope.maps._stores import read_store as read_store
    from repscope.maps._stores import write_store as write_store
    from repscope.maps._through_logits import logit_exact as logit_exact
    from repscope.maps._through_logits import through_logits as through_logits
    from repscope.maps._verification import Verification as Verification
    from repscope.maps._verification import verify as verify
    from repscope.maps.identity import Identity as Identity
    from repscope.maps.least_squares import LeastSquares as LeastSquares
    from repscope.maps.procrustes import Procrustes as Procrustes
    from repscope.maps.reduced_rank import ReducedRank as ReducedRank
    from repscope.maps.ridge import Ridge as Ridge
    from repscope.maps.unit_norm import UnitNorm as UnitNorm
    from repscope.maps.whitened import Whitened as Whitened

_WHERE = {
    "MAPS": "_estimator",
    "Embeddings": "_embeddings",
    "Explained": "_explained",
    "GramAtlas": "_atlas",
    "Identity": "identity",
    "LeastSquares": "least_squares",
    "LinearMap": "_linear_map",
    "MapEstimator": "_estimator",
    "Migration": "_migration",
    "Moments": "_moments",
    "Procrustes": "procrustes",
    "ReducedRank": "reduced_rank",
    "Ridge": "ridge",
    "SharedSpace": "_shared_space",
    "Space": "_space",
    "UnitNorm": "unit_norm",
    "Verification": "_verification",
    "Whitened": "whitened",
    "check_migration": "_migration",
    "explained": "_explained",
    "export": "_exports",
    "fit_map": "_estimator",
    "folded": "_exports",
    "logit_exact": "_through_logits",
    "paired_by_id": "_embeddings",
    "read_store": "_stores",
    "shared_space": "_shared_space",
    "to_faiss": "_exports",
    "to_pipeline": "_exports",
    "through_logits": "_through_logits",
    "verify": "_verification",
    "write_store": "_stores",
}

__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    # torch and scikit-learn are loaded when a map is
    if name not in _WHERE:
        raise AttributeError(f"module 'repscope.maps' has no attribute {name!r}; public names: {', '.join(__all__)}")
    return getattr(importlib.import_module(f"repscope.maps.{_WHERE[name]}"), name)
