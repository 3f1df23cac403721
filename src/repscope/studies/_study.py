"""What a study is: settings, and from them runs, tables, figures and sentences, in one folder, resumable."""

import dataclasses
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar, final

from repscope._version import __version__
from repscope.core.digests import digest_json
from repscope.core.engines import Engine, opened
from repscope.core.errors import BadInput, Damaged, nearest
from repscope.core.files import read_json, write_json
from repscope.core.registry import Registry
from repscope.core.sameness import require_same
from repscope.core.shared_folder import only_process
from repscope.studies._result import StudyResult

FORMAT = "repscope.study.1"
STUDY = "study.json"

Found = TypeVar("Found")
Say = Callable[[str], None]


@final
class Workspace:
    """The folder of a study while it runs: what is done is kept there, and not done again.

    Parameters
    ----------
    folder : Path
    say : function of str
        Is told what is being done.
    engine : Engine
        Trains networks.
    """

    def __init__(self, folder: Path, say: Say, engine: Engine) -> None:
        self.folder = folder
        self.say = say
        self.engine = engine

    def kept(self, name: str, compute: Callable[[], Any]) -> Any:
        """What `compute` gives, as JSON holds it: read if it is there, else computed and written.

        Raises
        ------
        Damaged
            If the file was changed after it was written.
        """
        path = self.folder / "steps" / f"{name}.json"
        if path.exists():
            content = read_json(path)
            if not isinstance(content, dict) or content.get("digest") != digest_json(content.get("value")):
                raise Damaged(f"{path} was changed after it was written; delete it, the step is done again")
            return content["value"]
        value = json.loads(json.dumps(compute(), sort_keys=True))  # as it will be read
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(
            path, {"value": value, "digest": digest_json(value)}, allow_nan=True
        )  # a constant layer has no value
        return value


class Study(ABC):
    """An experiment over several networks or settings.

    A file of this folder defines a frozen dataclass of settings, each with a default that runs on the embedded data in
    minutes, and one instance of it under the name `study`.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    title: ClassVar[str]
    """Its name, for people."""
    summary: ClassVar[str]
    """One or two sentences: which question it answers, and how."""
    reference: ClassVar[str] = ""
    """The paper, if it is from one."""

    @abstractmethod
    def conduct(self, space: Workspace) -> StudyResult:
        """Do it; whatever takes long is kept in the workspace."""

    @final
    def run(
        self, out: str | Path, say: Say | None = None, engine: str | Engine = "local", workers: int | None = None
    ) -> StudyResult:
        """Do the study in a folder; call it again to go on where it was, or to read what it found.

        Parameters
        ----------
        out : path
            The folder; a new one, or one of the same study with the same settings.
        say : function of str, optional
            Is told what is being done.
        engine : {"local", "ray"} or Engine
            Where networks are trained; the rest is done here. The weights are the same.
        workers : int, optional
            Trainings at a time, of ``"ray"``; as many as there are cores or GPUs by default.

        Raises
        ------
        Mismatch
            If the folder is of another study, or of other settings.
        BadInput, NotFound
            If the settings cannot be used.
        Busy
            If another process works there.
        """
        folder = Path(out)
        about = {"format": FORMAT, "study": self.name, "settings": self.settings, "version": __version__}
        with only_process(folder):
            file = folder / STUDY
            if file.exists():
                require_same(read_json(file), about, f"{folder} holds a study")
            found = StudyResult.kept(folder)
            if found is None:
                if not file.exists() and any(
                    (folder / name).exists() for name in ("steps", "run.json", "manifest.json")
                ):
                    raise BadInput(f"{folder} holds something else; give the study a folder of its own")
                self.check()
                write_json(file, about)
                with opened(engine, workers) as runner:
                    found = self.conduct(Workspace(folder, say or (lambda _message: None), runner))
                found.write(folder)
        return found

    def check(self) -> None:
        """Refuse settings that cannot be used, before anything is written."""
        return

    @property
    def name(self) -> str:
        """The file's name; the key on the command line."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings, as JSON holds them."""
        return dict(json.loads(json.dumps(dataclasses.asdict(self))))

    def with_settings(self, given: Mapping[str, Any]) -> "Study":
        """The same study with other settings.

        Raises
        ------
        NotFound
            If there is no setting of that name.
        BadInput
            If a value is of the wrong type; the message says what was expected.

        Examples
        --------
        >>> from repscope.studies import STUDIES
        >>> STUDIES["sampling"].with_settings({"sizes": [100, 200]}).sizes
        (100, 200)
        """
        from pydantic import TypeAdapter, ValidationError

        from repscope.core.errors import NotFound

        names = [f.name for f in dataclasses.fields(self)]
        for key in given:
            if key not in names:
                raise NotFound(f"the study {self.name!r} has no setting {key!r}; {nearest(key, names)}")
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)} | dict(given)
        try:
            made: Study = TypeAdapter(type(self)).validate_python(values)
        except ValidationError as error:
            first = error.errors()[0]
            raise BadInput(
                f"the setting {'.'.join(map(str, first['loc']))} of the study {self.name!r} is {first['input']!r}: {first['msg']}"
            ) from error
        return made


STUDIES: Registry[Study] = Registry("repscope.studies", "study", Study)  # type: ignore[type-abstract]


def study(name: str) -> Any:
    """The study of that name, ours or one that an installed package adds.

    Examples
    --------
    >>> study("sampling").title
    'How many samples, how many neighbours'
    """
    return STUDIES[name]
