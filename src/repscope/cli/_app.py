"""The application: it finds the commands, runs one, and turns errors into sentences and exit codes.

Exit codes: 0 done; 1 something could not be done, with the reason; 2 the command line was not understood;
130 interrupted.
"""

import importlib
import os
import pkgutil
import sys
import warnings

import typer

from repscope._version import __version__
from repscope.core.errors import RepscopeError

DEBUG = "--debug"
UNEXPECTED = "repscope does not expect this error"


def build_app() -> typer.Typer:
    """The application with a command for every file of this folder that defines one."""
    app = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        help="Look inside neural networks and compare them: every layer as a nearest-neighbour graph.\n\n"
        "Start with [bold]repscope demo[/bold]; then [bold]repscope analyze NETWORK DATA --out RUN[/bold].",
        epilog="Add --debug to any command for the traceback of an error.",
    )

    @app.callback(invoke_without_command=True)
    def options(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
        if version:
            typer.echo(f"repscope {__version__}")
            raise typer.Exit

    import repscope.cli as folder

    order = [
        "analyze",
        "compare",
        "study",
        "advise",
        "look",
        "map",
        "bridge",
        "retrieve",
        "transfer",
        "embed",
        "search",
        "report",
        "networks",
        "layers",
        "cost",
        "data",
        "train",
        "record",
        "graphs",
        "merge",
        "info",
        "demo",
    ]
    files = sorted(m.name for m in pkgutil.iter_modules(folder.__path__) if not m.name.startswith("_"))
    for name in sorted(files, key=lambda n: order.index(n) if n in order else len(order)):
        module = importlib.import_module(f"repscope.cli.{name}")
        epilog = getattr(module, "EXAMPLES", None)
        if not hasattr(module, "commands"):
            app.command(name, epilog=epilog)(module.command)
            continue
        group = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=module.SUMMARY, epilog=epilog)
        for inner, function in module.commands.items():
            group.command(inner)(function)
        app.add_typer(group, name=name)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exits with the code."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = DEBUG in given or os.environ.get("REPSCOPE_DEBUG") == "1"
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            build_app()(args=[a for a in given if a != DEBUG], prog_name="repscope")
    except SystemExit as stopped:
        if stopped.code == 130:  # Typer turns Ctrl-C into this, without a word
            _say("repscope: interrupted; the same command goes on from here")
        raise
    except RepscopeError as error:
        if debug:
            raise
        _say(f"repscope: {error}")
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if debug:
            raise
        _say(f"repscope: {error}")
        sys.exit(1)
    except Exception as error:  # a fault of repscope: a sentence for people, the traceback for those who mend it
        if debug:
            raise
        text = " ".join(str(error).split())[:300]
        _say(
            f"repscope: {UNEXPECTED}, {type(error).__name__}: {text}; please report it with what the same command prints "
            f"with {DEBUG} added"
        )
        sys.exit(1)


def _show_warning(message: Warning | str, category: type[Warning], *_where: object, **_more: object) -> None:
    """A warning as a line for people; those of other packages about their own future are theirs."""
    if issubclass(category, UserWarning):
        _say(f"note: {message}")


def _say(message: str) -> None:
    print(message, file=sys.stderr)
