"""Trap 23: the pseudo-inverse through a classifier that lost the direction common to all classes changes predictions."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from repscope.maps import through_logits


def test_centred_classifiers_keep_every_prediction():
    images, labels = load_digits(return_X_y=True)
    first, second = images[:, ::2] / 16, images[:, 1::2] / 16
    a, b = (LogisticRegression(max_iter=2000).fit(half, labels) for half in (first, second))
    singular = np.linalg.svd(b.coef_, compute_uv=False)
    assert singular[-1] < 1e-4 * singular[0]  # weight decay: the rank is 9
    wanted = first @ a.coef_.T + a.intercept_

    def agreement(found):
        return np.mean((found.apply(first) @ b.coef_.T + b.intercept_).argmax(axis=1) == wanted.argmax(axis=1))

    found = through_logits(a.coef_, a.intercept_, b.coef_, b.intercept_)
    assert agreement(found) == 1.0
    assert found.exact
    assert found.rank == 9


def test_one_dimension_less_than_classes_is_enough():
    random = np.random.default_rng(0)
    ca, ba, cb, bb = (
        random.normal(size=(10, 20)),
        random.normal(size=10),
        random.normal(size=(10, 9)),
        random.normal(size=10),
    )
    f = random.normal(size=(2000, 20))
    wanted = (f @ ca.T + ba).argmax(axis=1)

    def agreement(found):
        return np.mean((found.apply(f) @ cb.T + bb).argmax(axis=1) == wanted)

    plain = through_logits(ca, ba, cb, bb, centred=False)
    assert not plain.exact
    assert agreement(plain) < 0.95  # the trap
    centred = through_logits(ca, ba, cb, bb)
    assert centred.exact
    assert agreement(centred) == 1.0
