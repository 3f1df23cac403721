"""Training: from a network and a data set to weights, with a log and accuracies.

    _recipe     Recipe: everything that decides how it is done
    _recipe_file  recipes as YAML; those of the thesis lie in recipes/
    _augmentation  Augmentation: which random changes of the images, by name and amount
    _augment    the changes themselves, of whole batches
    _label_noise  labels replaced on purpose
    _parts      modules that are frozen, or copied from a file
    _losses     what is minimised: softmax, centre loss, ArcFace
    _preparation  images, labels, the copy of the network and the optimiser that the loop begins with
    _loop       `train`: the loop
    _distributed  several processes, each with its share of every batch
    _state      all that decides how an interrupted training goes on
    _keeper     what is on disk meanwhile: the log, checkpoints, the state
    _record     the weights file, and the record of how it came to be
    _result     Training and Epoch: what a training leaves
    _accuracy   `accuracy` of a network on a data set
    _command    `train_by_name`: the same from addresses, what `repscope train` does
    _seeds      `train_seeds`: the same with several seeds

images (one tensor) → a random batch → augmented → the network's own preprocessing → scores → loss → step; after
every epoch the validation accuracy, a line in the log, and the state from which the same call goes on; at the end the
accuracies, and the weights with their record.
"""

from repscope.training._accuracy import accuracy
from repscope.training._augmentation import Augmentation
from repscope.training._command import train_by_name
from repscope.training._distributed import is_first
from repscope.training._label_noise import noisy_labels
from repscope.training._loop import train
from repscope.training._recipe import NOISES, Recipe
from repscope.training._recipe_file import load_recipe, recipe_names
from repscope.training._result import Epoch, Training
from repscope.training._seeds import SeedTrainings, train_seeds

__all__ = [
    "NOISES",
    "Augmentation",
    "Epoch",
    "Recipe",
    "SeedTrainings",
    "Training",
    "accuracy",
    "is_first",
    "load_recipe",
    "noisy_labels",
    "recipe_names",
    "train",
    "train_by_name",
    "train_seeds",
]
