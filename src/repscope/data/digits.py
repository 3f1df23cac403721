"""Real handwritten digits, small enough to come with scikit-learn."""

from typing import ClassVar, final

import numpy as np
from jaxtyping import Float, UInt8

from repscope.data._dataset import DataSet
from repscope.data._settings import nothing_after_colon, whole
from repscope.data._source import DataSource


@final
class Digits(DataSource):
    """The 1,797 test digits of 13 writers of the UCI "Optical Recognition of Handwritten Digits", 32×32 RGB.

    They were published as counts of ink, 0 to 16, in the 4×4 blocks of 32×32 bitmaps; here they are brought back to
    32×32 grey levels by cubic interpolation, light ink on a dark ground. Settings:

    validation : int, default 500
        Images in the partition ``validation``, drawn with each digit's share; the others are ``train``.
    seed : int, default 0
        What the partitions are drawn from.

    References
    ----------
    Alpaydin, E. and Kaynak, C. (1998). Cascading classifiers. Kybernetika 34(4), 369-374.

    Examples
    --------
    >>> data = source.load("")
    >>> len(data), data.image(0).shape, {name: len(rows) for name, rows in data.partitions.items()}
    (1797, torch.Size([3, 32, 32]), {'train': 1297, 'validation': 500})
    """

    usage: ClassVar[str] = "digits"
    summary: ClassVar[str] = "scikit-learn's 1,797 handwritten digits, 32×32"

    def load(self, argument: str = "", *, validation: int = 500, seed: int = 0) -> DataSet:  # type: ignore[override]  # by name
        """The data set; see the class for the settings.

        Raises
        ------
        BadInput
            If a setting is out of its range.
        """
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split

        nothing_after_colon("digits", argument)
        digits = load_digits()
        n = len(digits.target)
        validation = whole("validation", validation, 10, n - 10)
        seed = whole("seed", seed, 0, 2**32 - 1)
        train, held_out = train_test_split(
            np.arange(n), test_size=validation, stratify=digits.target, random_state=seed
        )
        return DataSet(
            name="digits",
            images=_to_images(digits.images),
            ids=tuple(f"digit-{i:04d}" for i in range(n)),
            labels=digits.target.astype(np.int64),
            class_names=tuple(map(str, digits.target_names)),
            partitions={"train": np.sort(train), "validation": np.sort(held_out)},
            settings={"validation": validation, "seed": seed},
        )


def _to_images(counts: Float[np.ndarray, "n 8 8"]) -> UInt8[np.ndarray, "n 32 32 3"]:
    """Grey levels four times as fine."""
    from PIL import Image

    bicubic = Image.Resampling.BICUBIC
    grey = np.stack([np.asarray(Image.fromarray(c.astype(np.float32)).resize((32, 32), bicubic)) for c in counts])
    levels = np.rint(np.clip(grey / 16, 0, 1) * 255).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=3)


source = Digits()
