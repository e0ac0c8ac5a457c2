"""docs/cells.md, written from the library: what each cell is, how its figures are known, what is to be known beside."""

from pathlib import Path

from bms import output
from bms.cells import library
from bms.cells.provenance import STATUSES, Figure, counts, figures, share
from bms.cells.schema import Cell

_HEAD = """# The cells of the library

Written by `bms cells --write docs/cells.md` from the files in `bms/cells/`. Every figure has a value, a range, a status
and a source; `bms cells show NAME` prints them all.

| status | means |
|---|---|
| disclosed | the company said it |
| reported | the press did |
| derived | computed from such figures |
| fitted | found in measurements of the cell by `bms fit` |
| assumed | nobody has said it: a choice within what such cells do |

No resistance of a solid-state or lithium-metal cell has ever been published: those here are bounded by the charge and
discharge that were, or assumed.
"""


def text() -> str:
    """The page as Markdown."""
    parts = [_HEAD, _overview()]
    for name in library.names():
        cell = library.load(name)
        parts.append(_section(name, cell, figures(cell)))
    return "\n".join(parts)


def write(path: Path) -> None:
    """The page to `path`; InputError where it cannot be written."""
    output.ready(path)
    output.write_text(path, text())


def _overview() -> str:
    lines = [f"| cell | Ah | {' | '.join(STATUSES)} | share disclosed |", "|---|--:|" + "--:|" * (len(STATUSES) + 1)]
    for name in library.names():
        cell = library.load(name)
        found = figures(cell)
        seen = " | ".join(str(n) for n in counts(found).values())
        lines.append(f"| {cell.name} | {cell.capacity_ah.value:.4g} | {seen} | {share(found):.0%} |")
    return "\n".join(lines) + "\n"


def _section(name: str, cell: Cell, found: list[Figure]) -> str:
    lines = [f"## {cell.name}", "", f"`{name}`: {cell.chemistry}.", ""]
    lines += [f"* {note}" for note in cell.notes]
    known = [f for f in found if f.status in ("disclosed", "reported")]
    lines += [f"* `{f.key}` {f.text}, {f.status}: {f.source}" for f in known]
    if not cell.notes and not known:
        lines.append(f"* {counts(found)['fitted']} of {len(found)} inputs are fitted to measurements of this cell.")
    return "\n".join(lines) + "\n"
