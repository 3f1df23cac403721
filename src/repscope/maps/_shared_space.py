"""A space shared by all networks: the directions on which they agree."""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float

from repscope.core.errors import BadInput
from repscope.maps._atlas import GramAtlas
from repscope.maps._linear_map import LinearMap
from repscope.maps._solving import power
from repscope.maps._space import Space


@final
@dataclass(frozen=True, eq=False)
class SharedSpace:
    """Directions that several spaces share, and the maps into them.

    Attributes
    ----------
    space : Space
        Whose dimensions are the directions, the most shared first.
    maps : dict of str to LinearMap
        From every space into it; each dimension has unit variance on the samples, averaged over the spaces.
    agreement : (r,) float64
        Mean over the spaces of the share of a direction's variance that each explains: 1 where all agree, and
        1 / (number of spaces) where each is alone.
    """

    space: Space
    maps: dict[str, LinearMap]
    agreement: Float[np.ndarray, " r"]


def shared_space(atlas: GramAtlas, rank: int, alpha: float = 1e-6) -> SharedSpace:
    """The canonical space of all spaces of an atlas (MAXVAR generalised canonical correlation analysis).

    It maximises Σ_i ‖projection of g onto space i‖² over directions g of the samples: with G_i^-½ on the diagonal of W,
    the eigenvectors v of W G W give the maps G_i^-½ v_i, the eigenvalues over the number of spaces the agreement.

    Parameters
    ----------
    atlas : GramAtlas
        With more samples than its largest space has dimensions.
    rank : int
        Directions wanted.
    alpha : float
        Added to the eigenvalues of each space, relative to their mean, so that directions of hardly any variance
        do not count as much as the rest.

    Raises
    ------
    BadInput
        If the rank is not possible, or samples are too few.

    References
    ----------
    J. Kettenring, Biometrika 58 (1971), section 2 (MAXVAR).

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(300, 3))
    >>> atlas = GramAtlas({"a": 3, "b": 3})
    >>> atlas.update({"a": x, "b": x[:, ::-1] * 2 + 1}, [str(i) for i in range(300)])
    >>> found = shared_space(atlas, 3)
    >>> bool(np.allclose(found.maps["a"].apply(x), found.maps["b"].apply(x[:, ::-1] * 2 + 1), atol=1e-4))
    True
    """
    names = list(atlas.spaces)
    sizes = [atlas.spaces[name].dimension for name in names]
    if not 1 <= rank <= min(sizes):
        raise BadInput(
            f"a shared space of {rank!r} dimensions was asked for; expected 1 to {min(sizes)}, the smallest space"
        )
    if len(atlas) <= max(sizes):
        raise BadInput(
            f"{len(atlas)} samples cannot tell what spaces of {max(sizes)} dimensions share; expected more samples than that"
        )
    sides = [atlas.moments(name, name).x for name in names]
    roots = [power(side.gram, -0.5, alpha * side.size)[0] for side in sides]
    ends = np.cumsum([0, *sizes]).tolist()
    joint = torch.zeros(ends[-1], ends[-1], dtype=torch.float64)
    for i, first in enumerate(names):
        for j, second in enumerate(names[: i + 1]):
            block = sides[i].gram if i == j else atlas.moments(first, second).xy
            joint[ends[i] : ends[i + 1], ends[j] : ends[j + 1]] = (roots[i] @ block @ roots[j]).cpu()
            joint[ends[j] : ends[j + 1], ends[i] : ends[i + 1]] = joint[ends[i] : ends[i + 1], ends[j] : ends[j + 1]].T
    values, vectors = _largest(joint, rank)
    space = Space(f"shared by {', '.join(names)}", rank)
    # the squared lengths of what the spaces map to add up to 1 for each direction
    scale = (len(atlas) * len(names)) ** 0.5
    maps = {}
    for i, name in enumerate(names):
        weight = (roots[i].cpu() @ vectors[ends[i] : ends[i + 1]]).T * scale
        bias = -weight @ sides[i].mean.cpu()
        facts = {"kind": "into the shared space", "n": len(atlas), "alpha": alpha}
        maps[name] = LinearMap(weight.numpy(), bias.numpy(), atlas.spaces[name], space, facts)
    return SharedSpace(space, maps, (values / len(names)).numpy())


def _largest(matrix: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The largest eigenvalues and their vectors, signs fixed; by Lanczos where the whole would take long."""
    if len(matrix) <= 4000 or rank > len(matrix) // 4:
        values, vectors = torch.linalg.eigh(matrix)
        values, vectors = values[-rank:].flip(0), vectors[:, -rank:].flip(1)
    else:
        from scipy.sparse.linalg import eigsh

        start = np.random.default_rng(0).normal(size=len(matrix))
        found, basis = eigsh(matrix.numpy(), rank, which="LA", v0=start)
        values, vectors = torch.from_numpy(found[::-1].copy()), torch.from_numpy(basis[:, ::-1].copy())
    signs = vectors.gather(0, vectors.abs().argmax(dim=0, keepdim=True)).sign()
    return values, vectors * signs
