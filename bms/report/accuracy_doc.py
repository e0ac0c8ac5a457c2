"""The committed figures of the accuracy protocol: tables in a page of prose, JSON beside it, and what changed since."""

import json
import math
from pathlib import Path
from typing import Any

from bms import output
from bms.errors import InputError
from bms.estimation import budgets
from bms.estimation.accuracy_cases import CASES
from bms.report.accuracy_tables import BASELINES, COLUMNS, NAMES, allowed, cell, meant, reached, rmse, row

_END = "<!-- end of figures -->"
_SAME = 0.005  # % SoC, and share of time; up to here is no difference


def ready(page: Path, name: str, *sources: Path) -> None:
    """InputError where the tables of the cell `name` have no place in `page`, or where it cannot be written."""
    _split(_read(page), page, name)
    for path in (page, _beside(page)):
        output.ready(path, *sources)


def write(page: Path, name: str, figures: dict[str, Any]) -> None:
    """Replace the tables of the cell `name` between its two comments in `page`, and its figures in the JSON beside."""
    before, after = _split(_read(page), page, name)
    store = _store(page)
    figures = {key: figures[key] for key in _KEPT} | {"files": sorted(figures["files"])}
    store[name] = figures
    output.write_text(_beside(page), json.dumps(dict(sorted(store.items())), indent=1) + "\n")
    output.write_text(page, f"{before}\n\n{_tables(name, figures)}\n\n{after}")


_KEPT = ("cell", "files", "cases", "by_temperature", "capacity_cycles", "baselines")  # not how long it took


def kept(page: Path, name: str, files: list[str]) -> dict[str, Any]:
    """The committed figures of the cell `name`; InputError where there are none, or not of these files."""
    store = _store(page)
    if name not in store:
        raise InputError(f"{_beside(page)}: there are no figures of '{name}'; keep some with --write.")
    committed = store[name]["files"]
    if other := sorted(set(committed) ^ set(files)):
        shown = ", ".join(other[:3]) + (", …" if len(other) > 3 else "")
        raise InputError(f"The committed figures are of {len(committed)} files, these differ ({shown}); name the same.")
    return store[name]


def changes(before: dict[str, Any], now: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What changed in each case: {case: {figure: {before, now, difference}, "verdict": better, worse or same}}.

    The verdict goes by the runs that never settle, then by the mean RMSE, then by how far the interval is from honest.
    """
    return {case: _change(case, before["cases"][case], now["cases"][case]) for case in CASES}


def _change(case: str, before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for figure in ("rmse_mean_pct", "unsettled", "coverage_95"):
        pair = before[figure], now[figure]
        told = None not in pair
        found[figure] = {"before": pair[0], "now": pair[1], "difference": round(pair[1] - pair[0], 4) if told else None}
    dishonest = [
        budgets.Verdict(budgets.COVERED[case], found["coverage_95"][when]).excess for when in ("before", "now")
    ]
    by = (
        (found["unsettled"]["difference"], 0),
        (found["rmse_mean_pct"]["difference"], _SAME),
        (dishonest[1] - dishonest[0] if math.isfinite(max(dishonest)) else None, _SAME),
    )
    moved = next((size for size, least in by if size is not None and abs(size) > least), 0.0)
    found["verdict"] = "worse" if moved > 0 else "better" if moved < 0 else "same"
    return found


def _tables(name: str, figures: dict[str, Any]) -> str:
    peers = [peer for peer in BASELINES if peer in figures["baselines"]]
    cases = [
        [NAMES[c], *row(figures["cases"][c]), *(rmse(figures["baselines"][p][c]["rmse_mean_pct"]) for p in peers)]
        for c in CASES
    ]
    ambients = figures["by_temperature"]
    by_temperature = [[NAMES[c], *(cell(ambients[t][c]) for t in ambients)] for c in CASES]
    parts = [
        f"{figures['cell']}, {', '.join(figures['files'])}:",
        _markdown(["case", *COLUMNS, *(BASELINES[p] for p in peers)], cases),
        "Mean RMSE in % / share of time in the 95 % interval, by ambient temperature:",
        _markdown(["case", *(f"{t} °C" for t in ambients)], by_temperature),
    ]
    learned = figures["capacity_cycles"]
    parts += [
        f"Capacity told 10 % low, after {learned['cycles']} cycles:",
        _markdown(["file", "error of the capacity, %"], [[f, f"{e:+.1f}"] for f, e in learned["error_pct"].items()]),
    ]
    if budgets.judged(name, figures["files"]):
        met = [
            [meant(v.budget), allowed(v.budget), reached(v), "yes" if v.holds else "**no**"]
            for v in budgets.verdicts(name, figures)
        ]
        parts += ["Budgets:", _markdown(["figure", "allowed", "reached", "holds"], met)]
    return "\n\n".join(parts)


def _markdown(heads: list[str], rows: list[list[str]]) -> str:
    rule = ["---", *["--:"] * (len(heads) - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [heads, rule, *rows])


def _split(text: str, page: Path, name: str) -> tuple[str, str]:
    """What stands before the tables, with its comment, and after them, with its comment."""
    begin = f"<!-- figures of {name} -->"
    head, found, rest = text.partition(begin)
    _, ended, tail = rest.partition(_END)
    if not found or not ended:
        raise InputError(f"{page}: there is no place for the tables; put '{begin}' and '{_END}' on lines of their own.")
    return head + begin, _END + tail


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; run this in the checkout, or name it with --doc.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); name another file with --doc.") from None


def _beside(page: Path) -> Path:
    return page.with_suffix(".json")


def _store(page: Path) -> dict[str, Any]:
    path = _beside(page)
    if page.exists() and not path.exists():
        return {}
    try:
        return json.loads(_read(path))
    except json.JSONDecodeError as error:
        raise InputError(f"{path} is no JSON (line {error.lineno}); take it from git again.") from None
