"""The checks of published claims use the library: a falsified cell, pack or vehicle changes what they find."""

from collections.abc import Callable
from functools import cache, reduce
from pathlib import Path

import pytest
from pydantic import BaseModel

from bms.cells import library
from bms.driving import claims, vehicle
from bms.driving.claims_rules import CONTRADICTS
from bms.driving.conditions import times
from bms.emulation import pack_file

CLAIMS = {claim.id: claim for claim in claims.known()}


@cache
def checked(number: str) -> claims.Checked:
    return claims.check(CLAIMS[number])


def with_figure(described: BaseModel, key: str, factor: float) -> BaseModel:
    """A description with one figure scaled, by its key with dots; as it is where it has none of that key."""
    name, _, rest = key.partition(".")
    part = getattr(described, name, None)
    if part is None:
        return described
    return described.model_copy(update={name: with_figure(part, rest, factor) if rest else times(part, factor)})


LIBRARY = {"cell": library, "pack": pack_file, "vehicle": vehicle}


def falsify(monkeypatch: pytest.MonkeyPatch, kind: str, factor: float, *keys: str) -> None:
    """Everything of a kind that is loaded from here on has some figures scaled."""
    load: Callable[[str | Path], BaseModel] = LIBRARY[kind].load

    def falsified(name: str | Path) -> BaseModel:
        return reduce(lambda described, key: with_figure(described, key, factor), keys, load(name))

    monkeypatch.setattr(LIBRARY[kind], "load", falsified)


def moved(number: str) -> bool:
    """Whether the figure found differs from the one of the library as it is, or an end of its range does."""
    before, now = checked(number).found, claims.check(CLAIMS[number]).found
    return any(getattr(now, end) != pytest.approx(getattr(before, end), rel=1e-3) for end in ("value", "low", "high"))


RESISTANCE = "resistance.r0_mohm", "resistance.r1_mohm", "resistance.r2_mohm"
LIFE = ["X15", "X16", "X17", "X18"]
ENERGY = ["X2", "X3", "X4", "X5", "X5b", "X5c", "X6", "X10", "X10b", "X11", "X12", "X12b", "X12c", "X19", "X20"]
FOLLOWS = [  # kind, factor, keys, the checks whose figure goes with them
    ("cell", 0.8, ("capacity_ah",), [*ENERGY, "X23", "X27", "X28", "X29"]),
    ("cell", 0.8, ("charge_max_c", "effects.plating.critical_c"), ["X8", "X8b", "X8c", "X8d", "X8e"]),
    ("cell", 2.0, RESISTANCE, ["X8", "X8b", "X8c", "X8d", "X9", "X26"]),
    ("cell", 0.5, ("cooling_w_per_k",), ["X8", "X9", "X26"]),
    ("cell", 0.8, ("mass_kg",), ["X2", "X3", "X4", "X5", "X7", "X12c", "X23", "X27", "X28", "X29"]),
    ("cell", 0.8, ("volume_l",), ["X5c", "X10", "X10b"]),
    ("cell", 0.999, ("effects.ageing.cycle_retention",), LIFE),
    ("cell", 0.8, ("effects.swelling_mm",), ["X22"]),
    ("cell", 0.8, ("effects.plating.critical_c",), ["X24"]),
    ("pack", 0.5, ("parallel",), ["X7", "X12", "X12b", "X19", "X20", "X11"]),
    ("pack", 0.8, ("usable_kwh",), ["X13", "X21"]),
    ("pack", 0.8, ("mass_kg",), ["X12", "X12b"]),
    ("vehicle", 0.8, ("rolling",), ["X2", "X14", "X14b", "X25"]),
]


def test_only_plain_arithmetic_does_without_the_library() -> None:
    follows = {number for *_, numbers in FOLLOWS for number in numbers}
    arithmetic = {number for number, claim in CLAIMS.items() if claim.kind == "arithmetic"}
    assert follows == set(CLAIMS) - arithmetic and arithmetic == {"X1"}


@pytest.mark.parametrize(
    ("kind", "factor", "keys", "number"), [(*row[:3], number) for row in FOLLOWS for number in row[3]]
)
def test_the_figure_found_follows_the_library(
    kind: str, factor: float, keys: tuple[str, ...], number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked(number)
    falsify(monkeypatch, kind, factor, *keys)
    assert moved(number)


@pytest.mark.parametrize("number", [number for number, claim in CLAIMS.items() if claim.kind == "library"])
def test_a_verdict_does_not_hang_on_a_thousandth_of_the_energy(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An energy is straight between the points of the OCV: 0.1 % off its integral."""
    for factor in (0.999, 1.001):
        with monkeypatch.context() as patch:
            falsify(patch, "cell", factor, "capacity_ah")
            assert claims.check(CLAIMS[number]).verdict == checked(number).verdict


def test_a_slower_limit_of_the_charge_contradicts_the_charge(monkeypatch: pytest.MonkeyPatch) -> None:
    falsify(monkeypatch, "cell", 1 / 2.7, "charge_max_c")
    found = claims.check(CLAIMS["X8"])
    assert found.found.value == pytest.approx(45.0, rel=0.01) and found.verdict == CONTRADICTS
