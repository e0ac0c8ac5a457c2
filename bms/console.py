"""How the command speaks and ends: results on stdout, all else on stderr; bad input in one sentence, with status 2."""

import errno
import io
import json
import os
import sys
from collections.abc import Callable
from typing import Any, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bms.errors import InputError

_USAGE = cast(type[Exception], typer.BadParameter.__mro__[1])  # any error of the parser: click's, or typer's own
_INTERRUPTED = 130  # 128 + SIGINT, as shells count


def progress() -> Progress:
    """A bar on stderr that goes when it is done; silent where nobody watches."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def stdout() -> Console:
    """Where results go."""
    return Console()


def show(result: dict[str, Any], table: Any, as_json: bool) -> None:
    """The result on stdout: one JSON object and nothing else, or a table."""
    if as_json:
        print(json.dumps(result, indent=2))
    else:
        show_table(table)


def show_table(table: Any) -> None:
    """A table on stdout."""
    Console().print(table)


def status(app: Callable[..., Any]) -> int:
    """Run the command; what went wrong is on stderr in one line, and in the number."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without a character shows '?' in its place
    try:
        ended = app(prog_name="bms", standalone_mode=False)
        if sys.stdout:  # None where the shell closed it
            sys.stdout.flush()
        return ended or 0
    except InputError as e:
        return _say(str(e), 2)
    except _USAGE as e:
        return 2 if "NoArgsIsHelp" in type(e).__name__ else _say(_usage(e), 2)  # the help is on stdout then
    except RuntimeError as e:
        return _say(str(e), 1)
    except ImportError as e:
        if e.name and e.name.split(".")[0] == "fastcore":
            lacks = "The compiled extension is not there; run `make setup`, which compiles it."
            return _say(lacks if isinstance(e, ModuleNotFoundError) else str(e), 2)
        raise
    except (KeyboardInterrupt, typer.Abort):
        return _INTERRUPTED
    except OSError as e:
        if e.errno == errno.EPIPE:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has gone; nothing is left to flush into the pipe
            return 1
        return _say(f"{e.filename or 'The output'}: {e.strerror}; make that possible and run it again.", 1)


def _usage(error: Any) -> str:
    """What the parser says, the value that it met, and where the help is."""
    said, cause = " ".join(error.format_message().split()).rstrip("."), error.__cause__
    if hasattr(cause, "errors"):
        said += f" (it is {cause.errors()[0]['input']!r})"
    command = error.ctx.command_path if error.ctx else "bms"
    return f"{said}; see `{command} --help`."


def _say(sentence: str, status: int) -> int:
    line = "".join(sign if sign.isprintable() else "?" for sign in " ".join(sentence.split()))
    print(f"bms: {line}", file=sys.stderr)
    return status
