"""Published claims, each held against physics: how many minutes, miles, amp-hours the described cells really give.

A new check goes into the list CLAIMS of the file that its subject belongs to, one of TABLES; its figure is found by a
function of no arguments. test_claims.py shows that a falsified figure turns its verdict, and that the figure found
follows the library, unless the check says that it is arithmetic.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, get_args

from bms.cells import library
from bms.driving import claims_charge, claims_discharge, claims_energy, claims_life, claims_power, claims_range
from bms.driving.claims_rules import Claim, Found, Verdict, judge
from bms.errors import unknown

TABLES = (
    claims_energy,  # Wh/kg, Wh/L, Ah, masses of packs
    claims_charge,  # minutes of a charge
    claims_discharge,  # C of a discharge
    claims_power,  # kW, current densities, thickness
    claims_range,  # miles and km on a charge, kWh/100 km
    claims_life,  # cycles, years
)


@dataclass(frozen=True)
class Checked:
    """A claim with the figure found and the verdict on it."""

    claim: Claim
    found: Found
    verdict: Verdict
    why: str


def known(cell: str | None = None) -> list[Claim]:
    """All claims, by their number, or those about a cell of the library. InputError for an unknown cell."""
    if cell is not None and cell not in library.names():
        raise unknown("cell", cell, library.names())
    claims = [claim for table in TABLES for claim in table.CLAIMS if cell in (None, claim.cell)]
    return sorted(claims, key=lambda claim: _number_of(claim.id))


def check(claim: Claim) -> Checked:
    """Find the figure and hold the claim against it."""
    found = claim.find()
    return Checked(claim, found, *judge(claim, found))


def check_all(claims: list[Claim], progress: Callable[[int], None] = lambda done: None) -> list[Checked]:
    """Check some claims; progress is told after each how many are done."""
    checked = []
    for claim in claims:
        checked.append(check(claim))
        progress(len(checked))
    return checked


def result(checked: list[Checked]) -> dict[str, Any]:
    """What `bms cells check --json` prints: the checks, and how many have which verdict."""
    seen = Counter(each.verdict for each in checked)
    counts = {verdict: seen[verdict] for verdict in get_args(Verdict)}
    return {"checks": [_row(each) for each in checked], "counts": counts}


def _row(checked: Checked) -> dict[str, Any]:
    claim, found = checked.claim, checked.found
    figures = {name: _rounded(getattr(found, name)) for name in ("value", "low", "high")}
    return {
        "id": claim.id,
        "claim": claim.claim,
        "cell": claim.cell or None,
        "published": claim.published,
        "rule": claim.rule,
        "tolerance": claim.tolerance,
        "kind": claim.kind,
        **figures,
        "unit": claim.unit,
        "verdict": checked.verdict,
        "why": checked.why,
        "source": claim.source,
    }


def _rounded(figure: float) -> float | None:
    """Four digits; a time that is never reached has no figure in JSON."""
    return float(f"{figure:.4g}") if isfinite(figure) else None


def _number_of(identifier: str) -> tuple[int, str]:
    """X8b: (8, 'b')."""
    digits = identifier[1:].rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(digits), identifier[1 + len(digits) :]
