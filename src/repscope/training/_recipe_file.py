"""Recipes as YAML: those of the thesis, which come with repscope (recipes/), and a user's own."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from repscope.core.errors import BadInput, NotFound, nearest
from repscope.core.files import read_text
from repscope.training._augmentation import Augmentation
from repscope.training._recipe import Recipe

RECIPES = Path(__file__).parent / "recipes"
KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}


def recipe_names() -> list[str]:
    """The recipes that come with repscope.

    >>> recipe_names()
    ['cifar10', 'cifar10-attention', 'imagenet64', 'imagenet64-50']
    """
    return sorted(path.stem for path in RECIPES.glob("*.yaml"))


def load_recipe(name: str | Path, **changes: Any) -> Recipe:
    """A recipe by its name, or from a YAML file.

    Parameters
    ----------
    name : str or Path
        One of `recipe_names`, or a file NAME.yaml with fields of `Recipe`; ``augment`` is ``all``, a list of names
        (`Augmentation.only`), or amounts by name, as the parameters of `Augmentation` are called.
    **changes
        Fields of `Recipe` that are to be otherwise.

    Raises
    ------
    NotFound
        If there is no such recipe or file, or the file has a key that is no field.
    BadInput
        If the file is not YAML, or one of its values cannot be used.

    Examples
    --------
    >>> recipe = load_recipe("cifar10", epochs=3)
    >>> recipe.epochs, recipe.learning_rate, recipe.augment
    (3, 0.01, None)
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        if str(name) not in recipe_names():
            raise NotFound(
                f"there is no recipe {str(name)!r}; {nearest(str(name), recipe_names())}; or give a file, NAME.yaml"
            )
        path = RECIPES / f"{name}.yaml"
    elif not path.is_file():
        raise NotFound(f"there is no recipe file {str(path)!r}; recipes that need no file: {', '.join(recipe_names())}")
    read = _read(path)
    try:
        return Recipe(**{**{key: _value(key, value) for key, value in read.items()}, **changes})
    except BadInput as error:
        raise BadInput(f"the recipe {path.name}: {error}") from error


def _read(path: Path) -> dict[str, Any]:
    """What stands in the file, its keys known to be fields."""
    import yaml

    try:
        read = yaml.safe_load(read_text(path))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"the recipe {path.name} is not YAML: {error}") from error
    if not isinstance(read, dict):
        raise BadInput(
            f"the recipe {path.name} holds a {type(read).__name__}; expected names and values, such as 'epochs: 100'"
        )
    known = [field.name for field in fields(Recipe)]
    values = {str(key).replace("-", "_"): value for key, value in read.items()}
    for key in values:
        if key not in known:
            raise NotFound(f"the recipe {path.name} has the unknown name {key!r}; {nearest(key, known)}")
    return values


def _value(key: str, value: Any) -> Any:
    """The value, of the kind that the field has."""
    if key == "augment":
        return _augmentation(value)
    kind = next(field.type for field in fields(Recipe) if field.name == key)
    assert isinstance(kind, type)
    if kind is float and isinstance(value, str):  # PyYAML reads 1e-3 as text; a number is meant
        try:
            return float(value)
        except ValueError:
            pass
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise BadInput(f"{key} is {value!r}; expected {KINDS[kind]}")
    return value


def _augmentation(value: Any) -> Augmentation | None:
    """From a name, a list of names, or amounts by name."""
    if value in (None, False, "none"):
        return None
    if isinstance(value, str):
        return Augmentation.only(value)
    if isinstance(value, list):
        return Augmentation.only(*map(str, value))
    if not isinstance(value, dict):
        raise BadInput(f"augment is {value!r}; expected all, a list of names, or amounts such as 'translate: 4'")
    known = list(Augmentation.__dataclass_fields__)
    for key, amount in value.items():
        if key not in known:
            raise NotFound(f"augment has the unknown name {key!r}; {nearest(str(key), known)}")
        if type(amount) not in (int, float):
            raise BadInput(f"augment has {key}: {amount!r}; expected a number")
    return Augmentation(**{**dict.fromkeys(known, 0.0), **value})
