"""A map in the forms in which others take it: ONNX, faiss, scikit-learn, or folded into a network's head."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from repscope.core.errors import BadInput, Mismatch
from repscope.core.files import replacing
from repscope.core.optional import optional
from repscope.maps._linear_map import LinearMap

if TYPE_CHECKING:
    import torch
    from sklearn.pipeline import Pipeline

FORMATS = ("onnx", "faiss", "sklearn")


def export(found: LinearMap, path: str | Path, kind: str, normalise: bool = False) -> Path:
    """Write a map for use elsewhere; whole or not at all. The spaces' names go with it where the format has a place for them.

    Parameters
    ----------
    found : LinearMap
    path : path
    kind : "onnx", "faiss" or "sklearn"
        An ONNX model with the input ``embedding`` (n, source) and the output ``mapped`` (n, target), float32; a faiss
        `LinearTransform`; or a scikit-learn pipeline as joblib writes it (a pickle: load only your own).
    normalise : bool
        Whether what is mapped is brought to unit length; ONNX alone can.

    Raises
    ------
    BadInput
        If the format is unknown.
    MissingPackage
        If its package is not installed.
    """
    if kind not in FORMATS:
        raise BadInput(f"a map cannot be exported to {kind!r}; expected one of {', '.join(FORMATS)}")
    path = Path(path)
    if kind == "onnx":
        onnx = optional("onnx", "the export to ONNX", "onnx")
        with replacing(path) as temporary:
            temporary.write_bytes(to_onnx(found, normalise, onnx).SerializeToString())
    elif kind == "faiss":
        faiss = optional("faiss", "the export to faiss", "ann")
        if normalise:
            raise BadInput(
                "a faiss LinearTransform does not normalise; export without it, and normalise what comes out"
            )
        with replacing(path) as temporary:
            faiss.write_VectorTransform(to_faiss(found), str(temporary))
    else:
        import joblib

        if normalise:
            raise BadInput(
                "a pipeline that ends with a regression does not normalise; export without it, and normalise what comes out"
            )
        with replacing(path) as temporary:
            joblib.dump(to_pipeline(found), temporary)
    return path


def to_onnx(found: LinearMap, normalise: bool, onnx: Any) -> Any:
    """The map as an ONNX model."""
    helper, numpy_helper, kind = onnx.helper, onnx.numpy_helper, onnx.TensorProto.FLOAT
    weight, bias = found.weight.T.astype(np.float32), found.bias.astype(np.float32)
    last = "sum" if normalise else "mapped"
    nodes = [
        helper.make_node("MatMul", ["embedding", "weight"], ["product"]),
        helper.make_node("Add", ["product", "bias"], [last]),
    ]
    if normalise:
        nodes.append(helper.make_node("LpNormalization", ["sum"], ["mapped"], axis=1, p=2))
    graph = helper.make_graph(
        nodes,
        "linear map",
        [helper.make_tensor_value_info("embedding", kind, ["n", found.source.dimension])],
        [helper.make_tensor_value_info("mapped", kind, ["n", found.target.dimension])],
        [numpy_helper.from_array(np.ascontiguousarray(weight), "weight"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="repscope")
    model.ir_version = 8  # what programs of some years ago read too
    helper.set_model_props(model, {"source": found.source.name, "target": found.target.name})
    onnx.checker.check_model(model)
    return model


def to_faiss(found: LinearMap) -> Any:
    """The map as a faiss `LinearTransform`.

    Raises
    ------
    MissingPackage
        If faiss is not installed.
    """
    faiss = optional("faiss", "to_faiss()", "ann")
    transform = faiss.LinearTransform(found.source.dimension, found.target.dimension, True)
    faiss.copy_array_to_vector(np.ascontiguousarray(found.weight, dtype=np.float32).ravel(), transform.A)
    faiss.copy_array_to_vector(np.ascontiguousarray(found.bias, dtype=np.float32), transform.b)
    transform.is_trained = True
    transform.set_is_orthonormal()
    return transform


def to_pipeline(found: LinearMap) -> "Pipeline":
    """The map as a scikit-learn pipeline whose `predict` maps; it needs scikit-learn alone.

    >>> from repscope.maps import Space
    >>> turn = LinearMap(np.array([[0.0, -1.0], [1.0, 0.0]]), np.zeros(2), Space("old", 2), Space("new", 2))
    >>> to_pipeline(turn).predict(np.array([[1.0, 0.0]])).tolist()
    [[0.0, 1.0]]
    """
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline

    regression = LinearRegression()
    regression.coef_, regression.intercept_ = found.weight.astype(np.float64), found.bias.astype(np.float64)
    regression.n_features_in_ = found.source.dimension
    return make_pipeline(regression)


def folded(found: LinearMap, head: "torch.nn.Linear") -> "torch.nn.Linear":
    """A map and the classifier of its target as one linear module that takes the source's embeddings.

    Raises
    ------
    Mismatch
        If the classifier takes another number of dimensions than the map gives.

    Examples
    --------
    >>> import torch
    >>> from repscope.maps import Space
    >>> turn = LinearMap(np.array([[0.0, -1.0], [1.0, 0.0]]), np.ones(2), Space("old", 2), Space("new", 2))
    >>> head = torch.nn.Linear(2, 3)
    >>> x = torch.randn(5, 2)
    >>> mapped = torch.from_numpy(turn.apply(x.numpy()))
    >>> bool(torch.allclose(folded(turn, head)(x), head(mapped), atol=1e-6))
    True
    """
    import torch

    if head.in_features != found.target.dimension:
        raise Mismatch(f"the classifier takes {head.in_features} dimensions; the map goes to {found.target}")
    weight = head.weight.detach().double().cpu().numpy()
    bias = np.zeros(len(weight)) if head.bias is None else head.bias.detach().double().cpu().numpy()
    out = torch.nn.Linear(found.source.dimension, len(weight), dtype=head.weight.dtype)
    with torch.no_grad():
        out.weight.copy_(torch.from_numpy(weight @ found.weight))
        out.bias.copy_(torch.from_numpy(weight @ found.bias + bias))
    return out


def mapped_by_onnx(path: str | Path, vectors: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n e"]:
    """What an exported ONNX model makes of vectors, by ONNX's own reference interpreter."""
    onnx = optional("onnx", "mapped_by_onnx()", "onnx")
    reference = optional("onnx.reference", "mapped_by_onnx()", "onnx")
    session = reference.ReferenceEvaluator(onnx.load(path))
    out: Float[np.ndarray, "n e"] = session.run(None, {"embedding": vectors.astype(np.float32)})[0]
    return out
