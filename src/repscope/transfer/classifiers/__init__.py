"""Classifiers of descriptors on a new task. The file's name is the key.

    _contract         what every classifier is
    _linear           linear ones, of centred and evenly scaled features
    logistic          logistic regression
    svm               a linear support vector machine
    nearest_neighbor  the class of the most similar image
    nearest_mean      the class whose mean is nearest

A new classifier is one new file; nothing else is edited.
"""

from repscope.transfer.classifiers._contract import CLASSIFIERS, Classifier, evenly_scaled

__all__ = ["CLASSIFIERS", "Classifier", "evenly_scaled"]
