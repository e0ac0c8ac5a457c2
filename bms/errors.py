"""The one way to say that a user's input cannot be used."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches

_LISTED = 12  # names at most in a sentence


class InputError(ValueError):
    """Bad input, said in one sentence: what, where, the value, what is allowed, what to do.

    The command line prints the sentence and exits with status 2; no traceback is shown.
    """


def unknown(kind: str, name: str, known: Sequence[str], instead: str = "") -> InputError:
    """The error for a name that is not among the known ones; it says the nearest."""
    nearest = get_close_matches(name.lower(), known, _LISTED, 0.0)
    few = len(known) <= _LISTED
    others = f"known are {', '.join(known)}" if few else f"then come {', '.join(nearest[1:])}, of {len(known)} in all"
    hint = f"the nearest is '{nearest[0]}', {others}" if nearest else "none is known"
    return InputError(f"There is no {kind} named '{name}': {hint}{instead}.")


@contextmanager
def said_of(what: str) -> Iterator[None]:
    """Puts what it is about before the sentence of an InputError that does not know it, as of a file that was read."""
    try:
        yield
    except InputError as e:
        raise InputError(f"{what}: {e}") from None
