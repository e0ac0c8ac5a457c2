"""What an entry of bms/bench/remote tells of its jobs on an interpreter of MicroPython."""

import pytest

from bms.bench.targets import TARGETS


def told(target: str, entry: str, first: str, jobs: list[str], configuration: str = "") -> list[dict[str, int]]:
    """A row a job, of names, `first` the first of them, and numbers; skips where the target is missing."""
    found = TARGETS[target]
    if reason := found.missing():
        pytest.skip(reason)
    waiting, rows = iter([*jobs, ""]), list[dict[str, int]]()

    def answer(message: str) -> str:
        words = message.split()
        if message == "c":
            return configuration
        if message == "j":
            return next(waiting)
        if words[0] == first:
            rows.append({name: int(number) for name, number in zip(words[::2], words[1::2], strict=True)})
        return ""

    found.run(entry, answer)
    return rows
