"""The data set: images with a stable id and an optional label each."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, final, runtime_checkable

import numpy as np
from jaxtyping import Int

from repscope.core.digests import digest, digest_arrays, digest_json
from repscope.core.errors import BadInput, NotFound, RepscopeError, nearest
from repscope.data._judgements import Judgements
from repscope.data._pictures import Pictures

if TYPE_CHECKING:
    import torch

    Labels: TypeAlias = Int[np.ndarray, " n"] | None
else:  # given in any form, and read as that
    Labels = Any


_BLOCK = 4096
"""Images that are looked at together."""


@runtime_checkable
class Images(Protocol):
    """Where images come from: a sequence that makes image `i` when asked for it.

    An image is a uint8 array (height, width, 3). An array (n, height, width, 3) is such a sequence already.
    Float tensors (3, height, width) with values in 0..1 are passed on as they are.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Any: ...


@final
@dataclass(frozen=True, eq=False)
class DataSet:
    """Images in a fixed order, each with an id that names it for ever, and perhaps a label.

    Parameters
    ----------
    name : str
        The address it was loaded from, with everything that shaped it, for example ``"glyphs"``.
    images : Images
        A sequence of uint8 arrays (height, width, 3).
    ids : tuple of str
        One unique id per image.
    labels : (n,) integers, list of texts, or None
        Class of each image, an index into `class_names`, or one of these names; None when there are none.
    class_names : tuple of str
        Names of the classes.
    partitions : mapping of str to (m,) integers
        Named parts, such as ``"train"`` and ``"validation"``, as row numbers.
    settings : mapping
        The parameters that made it.
    judgements : Judgements or None
        Which images answer which, in data sets made for retrieval.

    Raises
    ------
    BadInput
        If lengths disagree, ids repeat, it is empty, or a label is not the index of a class.

    Examples
    --------
    >>> import numpy as np
    >>> data = DataSet("mine", np.zeros((4, 8, 8, 3), np.uint8), ("a", "b", "c", "d"), np.array([0, 0, 1, 1]), ("x", "y"))
    >>> len(data), data.balanced(2, seed=0).labels.tolist()
    (4, [0, 1])
    """

    name: str
    images: Images
    ids: tuple[str, ...]
    labels: Labels = None
    class_names: tuple[str, ...] = ()
    partitions: Mapping[str, Int[np.ndarray, " m"]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    judgements: Judgements | None = None

    def __post_init__(self) -> None:
        n = len(self.ids)
        if n == 0:
            raise BadInput(f"the data set {self.name!r} holds no images; expected at least one")
        if len(self.images) != n:
            raise BadInput(
                f"the data set {self.name!r} has {len(self.images)} images and {n} ids; expected one id per image"
            )
        if len(set(self.ids)) != n:
            twice = sorted({i for i in self.ids if self.ids.count(i) > 1})[:3] if n < 5000 else []
            raise BadInput(
                f"the data set {self.name!r} has {n - len(set(self.ids))} repeated ids {twice}; expected unique ones"
            )
        if self.labels is not None:
            self._read_labels()
        if self.labels is not None:
            if self.labels.shape != (n,):
                raise BadInput(
                    f"the data set {self.name!r} has {n} images and labels of shape {self.labels.shape}; expected ({n},)"
                )
            if self.labels.min() < 0 or self.labels.max() >= len(self.class_names):
                raise BadInput(
                    f"the data set {self.name!r} has labels from {self.labels.min()} to {self.labels.max()} and "
                    f"{len(self.class_names)} class names; expected labels 0 to {len(self.class_names) - 1}"
                )

        for part in self.partitions:
            if not re.fullmatch(r"\w[\w .+-]*", part):
                raise BadInput(
                    f"the data set {self.name!r} has a partition called {part!r}; expected letters, digits, spaces, "
                    "'.', '-', '+' and '_', because a folder bears its name"
                )

    def _read_labels(self) -> None:
        """Labels in any form as whole numbers: lists, tensors, texts (the names of classes, by default in the order of the alphabet)."""
        given: Any = self.labels
        labels = given.detach().cpu().numpy() if hasattr(given, "detach") else np.asarray(given)
        if labels.dtype.kind in "US" or (
            labels.dtype == object and all(isinstance(label, str) for label in labels.flat)
        ):
            names = self.class_names or tuple(sorted(set(labels.ravel().tolist())))
            place = {name: number for number, name in enumerate(names)}
            unknown = [label for label in labels.ravel().tolist() if label not in place]
            if unknown:
                raise BadInput(
                    f"the data set {self.name!r} has the label {unknown[0]!r}, which is not among its class names {', '.join(names[:5])}"
                )
            object.__setattr__(self, "class_names", names)
            labels = np.array([place[label] for label in labels.flat], dtype=np.int64).reshape(labels.shape)
        if labels.dtype.kind not in "iu":
            raise BadInput(
                f"the data set {self.name!r} has labels of type {labels.dtype}, such as {labels.flat[0]!r}; expected whole numbers, or the "
                "names of classes"
            )
        if labels is not given:
            object.__setattr__(self, "labels", labels)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator["torch.Tensor"]:
        return (self.image(i) for i in range(len(self)))

    def image(self, index: int) -> "torch.Tensor":
        """Image `index` as a tensor (3, height, width), uint8, or float with values in 0..1.

        Raises
        ------
        BadInput
            If the source yields something that is not an image.
        """
        return self.batch([index])[0]

    def batch(self, rows: Sequence[int]) -> "list[torch.Tensor]":
        """The images of these rows, as `image` gives them; a source that makes many at once faster does so."""
        try:
            made = _take(self.images, np.asarray(rows, dtype=np.int64))
        except RepscopeError:
            raise
        except Exception as error:  # the source may be a user's
            which = (
                f"image {self.ids[rows[0]]!r}"
                if len(rows) == 1
                else f"one of {len(rows)} images from {self.ids[rows[0]]!r} on"
            )
            raise BadInput(
                f"{which} of {self.name!r} cannot be made ({type(error).__name__}: {error}); mend the data set, or leave such images out"
            ) from error
        return [self._tensor(raw, int(row)) for raw, row in zip(made, rows, strict=True)]

    def _tensor(self, raw: Any, index: int) -> "torch.Tensor":
        import torch

        if isinstance(raw, np.ndarray):
            if raw.dtype != np.uint8 or raw.ndim != 3 or raw.shape[2] != 3:
                raise BadInput(
                    f"image {self.ids[index]!r} of {self.name!r} is {raw.dtype} of shape {raw.shape}; expected uint8 (height, width, 3)"
                )
            return torch.from_numpy(np.array(raw)).permute(2, 0, 1)
        if isinstance(raw, torch.Tensor) and raw.ndim == 3 and raw.shape[0] == 3:
            if raw.dtype == torch.uint8:
                return raw.clone()  # a preprocessing may change it in place
            if raw.is_floating_point():
                low, high = float(raw.min()), float(raw.max())
                if low >= 0 and high <= 1:
                    return raw.to(torch.float32, copy=True)
                raise BadInput(
                    f"image {self.ids[index]!r} of {self.name!r} has values from {low:.3g} to {high:.3g}; expected 0 to 1: "
                    "return images before normalisation, preprocessing belongs to the network"
                )
        what = f"{type(raw).__name__} of shape {tuple(raw.shape)}" if hasattr(raw, "shape") else type(raw).__name__
        raise BadInput(
            f"image {self.ids[index]!r} of {self.name!r} is a {what}; expected an RGB image, uint8 or float in 0..1"
        )

    def subset(self, rows: Int[np.ndarray, " m"] | Sequence[int]) -> "DataSet":
        """The same data set with only these rows, in this order; partitions that lose all rows vanish."""
        chosen = np.asarray(rows, dtype=np.int64)
        position = np.full(len(self), -1, dtype=np.int64)
        position[chosen] = np.arange(len(chosen))
        parts = {name: position[r][position[r] >= 0] for name, r in self.partitions.items()}
        return replace(
            self,
            images=_Rows(self.images, chosen),
            ids=tuple(self.ids[i] for i in chosen),
            labels=None if self.labels is None else self.labels[chosen],
            partitions={name: np.sort(r) for name, r in parts.items() if len(r)},
        )

    def partition(self, name: str) -> "DataSet":
        """The part called `name`; ``"all"`` is everything.

        Raises
        ------
        NotFound
            If there is no such part.
        """
        if name == "all":
            return self
        if name not in self.partitions:
            raise NotFound(
                f"the data set {self.name!r} has no partition {name!r}; {nearest(name, [*self.partitions, 'all'])}"
            )
        return self.subset(self.partitions[name])

    def balanced(self, count: int, seed: int = 0) -> "DataSet":
        """A subset of `count` images with equally many of each class, chosen by `seed`, in the original order.

        When `count` is not a multiple of the number of classes, some classes (chosen by the seed) have one more.
        Without labels the subset is a plain random one.

        Raises
        ------
        BadInput
            If there are not enough images of a class.
        """
        if not 1 <= count <= len(self):
            raise BadInput(
                f"cannot choose {count} images from the {len(self)} of {self.name!r}; expected 1 to {len(self)}"
            )
        generator = np.random.default_rng(seed)
        if self.labels is None:
            return self.subset(np.sort(generator.permutation(len(self))[:count]))
        present = np.unique(self.labels)
        base, extra = divmod(count, len(present))
        one_more = set(generator.permutation(present)[:extra].tolist())
        rows = []
        for label in present.tolist():
            members = np.flatnonzero(self.labels == label)
            wanted = base + (label in one_more)
            if wanted > len(members):
                raise BadInput(
                    f"a class-balanced subset of {count} needs {wanted} images of class {self.class_names[label]!r} and "
                    f"{self.name!r} has {len(members)}; ask for at most {len(present) * min(np.bincount(self.labels)[present])}"
                )
            rows.append(generator.permutation(members)[:wanted])
        return self.subset(np.sort(np.concatenate(rows)))

    def _contents(self, count: int = 32) -> str:
        """Digest of some of the images, evenly spread: ids alone would not tell another set of pictures."""
        rows = sorted({round(i * (len(self) - 1) / (count - 1)) for i in range(count)})
        parts: list[bytes | memoryview] = []
        for row in rows:
            try:
                array = self.batch([row])[0].contiguous().numpy()
            except RepscopeError:  # it is named when it is needed
                parts.append(b"unreadable")
            else:
                parts += [f"{array.dtype}:{array.shape}".encode(), array.data]
        return digest(parts)

    @property
    def from_files(self) -> bool:
        """Whether each image is a file of its own, named by its id."""
        images = self.images
        while isinstance(images, _Rows):
            images = images.images
        return isinstance(images, Pictures)

    @property
    def digest(self) -> str:
        """Digest of ids, order and labels."""
        return digest_json([list(self.ids), None if self.labels is None else self.labels.tolist()])

    def describe(self) -> dict[str, Any]:
        """What identifies the samples and their order: name, settings, count, and digests: of ids and labels, of some images, and of
        all of them where they are files or an array.
        """
        every = _digest_all(self.images, np.arange(len(self)))
        return {
            "name": self.name,
            "settings": dict(self.settings),
            "count": len(self),
            "classes": list(self.class_names),
            "digest": self.digest,
            "contents": self._contents(),
            **({} if every is None else {"images": every}),
        }


@final
@dataclass(frozen=True, eq=False)
class _Rows:
    """Some rows of a sequence of images."""

    images: Images
    rows: Int[np.ndarray, " m"]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Any:
        return self.images[int(self.rows[index])]


def _digest_all(images: Images, rows: Int[np.ndarray, " n"]) -> str | None:
    """Digest of all these images, from a sequence that is an array or has a method `contents`; else None."""
    if isinstance(images, _Rows):
        return _digest_all(images.images, images.rows[rows])
    if isinstance(images, np.ndarray):
        blocks = (images[rows[start : start + _BLOCK]] for start in range(0, len(rows), _BLOCK))
        return digest_json([digest_arrays({"images": block}) for block in blocks])
    contents = getattr(images, "contents", None)
    digests = contents(rows) if callable(contents) else None
    return None if digests is None else digest_json(digests)


def _take(images: Images, rows: Int[np.ndarray, " m"]) -> Any:
    """Several images; a sequence that has a method `batch` makes them at once."""
    if isinstance(images, _Rows):
        return _take(images.images, images.rows[rows])
    at_once = getattr(images, "batch", None)
    if callable(at_once):
        return at_once(rows)
    return [images[row] for row in rows.tolist()]
