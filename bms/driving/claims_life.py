"""Claims about cycles, years and the distance of a life, from what a full cycle leaves of the library's cells."""

from bms.cells import library
from bms.cells.quantity import Quantity
from bms.driving.claims_energy import FACTORIAL_77
from bms.driving.claims_rules import Claim, Found

_POWERCO = "PowerCo, 2024-01-03, of QuantumScape's 24-layer sample (batteryindustry.tech)"
_QS_2021 = "QuantumScape, 2021-10-27, single layer at 25 degC (eagletribune.com)"
_QS_2020 = "QuantumScape, filing 8-K of 2020-12-08, single layer (capedge.com)"


def full_charges(kept: float, cycles: int) -> float:
    """How many charges of the new cell as many cycles hold, where each leaves `kept` of the capacity."""
    return float(cycles) if kept == 1 else (1 - kept**cycles) / (1 - kept)


def _kept(name: str) -> Quantity:
    ageing = library.load(name).effects.ageing
    if ageing is None:
        raise ValueError(f"{name} has no effects.ageing: a claim about its life cannot be held against it")
    return ageing.cycle_retention


def _powerco_km() -> Found:
    kept = _kept("quantumscape-qse5")
    low, value, high = (
        km * full_charges(share, 1000) for km, share in ((500, kept.low), (550, kept.value), (600, kept.high))
    )
    true_from = 500_000 / full_charges(kept.value, 1000)
    note = (
        f"1,000 cycles of 500 .. 600 km with a capacity that falls to {kept.value**1000:.1%} ({kept.low**1000:.1%} .. "
        f"{kept.high**1000:.1%}); as described it is true from {true_from:.0f} km a charge"
    )
    return Found(value, low, high, note)


def _miles_of_800_cycles() -> Found:
    kept = _kept("quantumscape-qse5")
    low, value, high = (300 * full_charges(share, 800) for share in (kept.low, kept.value, kept.high))
    note = (
        f"after 800 cycles the cell keeps {kept.value**800:.0%} ({kept.low**800:.0%} .. {kept.high**800:.0%}); "
        "240,000 is 800 x 300 without any fading, to 5,000 miles"
    )
    return Found(value, low, high, note)


def _retention_of_800_cycles() -> Found:
    kept = _kept("quantumscape-qse5")
    low, value, high = (share**800 for share in (kept.low, kept.value, kept.high))
    note = (
        f"a cycle keeps {kept.value:.5f} ({kept.low:.5f} .. {kept.high:.5f}) of the capacity; where "
        f"no lithium is spare 0.9997^800 would be {0.9997**800:.3f}, and 0.8 takes {0.8 ** (1 / 800):.5f}"
    )
    return Found(value, low, high, note)


def _miles_of_600_cycles() -> Found:
    kept = _kept("factorial-fest77")
    low, value, high = (900 * full_charges(share, 600) for share in (kept.low, kept.value, kept.high))
    note = f"600 cycles of 900 miles that leave {kept.value**600:.0%} of the capacity: years decide, not cycles"
    return Found(value, low, high, note)


CLAIMS = [
    Claim(
        "X15", "1,000 cycles are more than half a million km for a car of 500 to 600 km", 500_000, "km", _POWERCO,
        _powerco_km, "at least", cell="quantumscape-qse5",
    ),
    Claim(
        "X16", "800 cycles are 240,000 miles for a car of 300 miles", 240_000, "miles", _QS_2021, _miles_of_800_cycles,
        "at least", tolerance=0.02, cell="quantumscape-qse5",
    ),
    Claim(
        "X17", "A coulombic efficiency above 99.97 % leaves 80 % after 800 cycles", 0.8, "of the capacity", _QS_2020,
        _retention_of_800_cycles, "at least", tolerance=0.005, cell="quantumscape-qse5",
        sets="the low end of what a cycle keeps",
    ),
    Claim(
        "X18", "More than 600 cycles last the life of a 900-mile car, 150,000 miles", 150_000, "miles",
        f"cycles: {FACTORIAL_77}; the longest useful life in 40 CFR 86.1805-17, 15 years or 150,000 miles",
        _miles_of_600_cycles, "at least", cell="factorial-fest77",
    ),
]  # fmt: skip
