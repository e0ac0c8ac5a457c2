"""The one way to say that a user's input cannot be used."""

from collections.abc import Sequence
from difflib import get_close_matches


class InputError(ValueError):
    """Bad input, said in one sentence: what, where, the value, what is allowed, what to do.

    The command line prints the sentence and exits with status 2; no traceback is shown.
    """


def unknown(kind: str, name: str, known: Sequence[str], instead: str = "") -> InputError:
    """The error for a name that is not among the known ones; it says the nearest."""
    nearest = get_close_matches(name.lower(), known, 1, 0.0)
    hint = f"the nearest is '{nearest[0]}', known are {', '.join(known)}" if nearest else "none is known"
    return InputError(f"There is no {kind} named '{name}': {hint}{instead}.")
