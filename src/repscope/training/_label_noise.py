"""Labels that are replaced on purpose, to see what a network does that cannot learn them but by heart."""

import numpy as np
from jaxtyping import Int


def noisy_labels(
    labels: Int[np.ndarray, " n"], classes: int, share: float, noise: str, seed: int
) -> Int[np.ndarray, " n"]:
    """The labels, with a share of them replaced.

    Parameters
    ----------
    labels : (n,)
        Indices of classes.
    classes : int
        How many there are.
    share : float
        How many of the labels are replaced, from 0 to 1; rounded to whole images, which are chosen at random.
    noise : "random", "wrong" or "shuffled"
        Replaced by a class drawn uniformly from all, so that one in `classes` stays right (the random and the partially corrupted
        labels of Zhang and others); or from the other classes, so that all are wrong; or exchanged among these images, so that every
        class is as frequent as before.
    seed : int
        Of the choice of images and of the drawn classes.

    Returns
    -------
    (n,)
        A new array.

    References
    ----------
    C. Zhang, S. Bengio, M. Hardt, B. Recht, O. Vinyals, *Understanding deep learning requires rethinking generalization*, ICLR 2017,
    section 2.1.

    Examples
    --------
    >>> labels = np.zeros(10, int)
    >>> noisy_labels(labels, 3, 0.5, "wrong", seed=0).tolist()
    [0, 0, 2, 2, 2, 0, 2, 2, 0, 0]
    """
    generator = np.random.default_rng(seed)
    replaced = generator.permutation(len(labels))[: round(share * len(labels))]
    noisy = labels.copy()
    if noise == "wrong":
        noisy[replaced] = (labels[replaced] + generator.integers(1, classes, len(replaced))) % classes
    elif noise == "shuffled":
        noisy[replaced] = generator.permutation(labels[replaced])
    else:
        noisy[replaced] = generator.integers(0, classes, len(replaced))
    return noisy
