"""Claims about cycles, years and the distance of a life."""

from bms.driving.claims_energy import FACTORIAL_77
from bms.driving.claims_rules import Claim, Found

_POWERCO = "PowerCo, 2024-01-03, of QuantumScape's 24-layer sample (batteryindustry.tech)"
_QS_2021 = "QuantumScape, 2021-10-27, single layer at 25 degC (eagletribune.com)"
_QS_2020 = "QuantumScape, filing 8-K of 2020-12-08, single layer (capedge.com)"


def _powerco_km() -> Found:
    low, value, high = (1000 * km * (1 + 0.95) / 2 for km in (500, 550, 600))
    note = "1,000 cycles of 500 .. 600 km with a capacity that falls to 95 %; from 513 km a charge on it is true"
    return Found(value, low, high, note)


def _miles_of_800_cycles() -> Found:
    low, high = 800 * 300 * (1 + 0.8) / 2, 800 * 300.0
    return Found(low, low, high, "80 % were left after 800 cycles, and only without any fading are they 240,000 miles")


def _retention_of_800_cycles() -> Found:
    value = 0.9997**800
    note = "where no lithium is spare 0.9997^800 are left, 0.787; 0.8 takes an efficiency of 0.99972"
    return Found(value, value, 1.0, note)


def _miles_of_600_cycles() -> Found:
    low, value, high = 600 * 900 * 0.8, 600 * 900 * 0.9, 600 * 900.0
    note = "600 cycles of 900 miles, with 80 .. 100 % of the capacity: years decide, not cycles"
    return Found(value, low, high, note)


CLAIMS = [
    Claim(
        "X15", "1,000 cycles are more than half a million km for a car of 500 to 600 km", 500_000, "km", _POWERCO,
        _powerco_km, "at least", cell="quantumscape-qse5",
    ),
    Claim(
        "X16", "800 cycles are 240,000 miles for a car of 300 miles", 240_000, "miles", _QS_2021, _miles_of_800_cycles,
        "at least", cell="quantumscape-qse5",
    ),
    Claim(
        "X17", "A coulombic efficiency above 99.97 % leaves 80 % after 800 cycles", 0.8, "of the capacity", _QS_2020,
        _retention_of_800_cycles, "at least", cell="quantumscape-qse5",
    ),
    Claim(
        "X18", "More than 600 cycles last the life of a 900-mile car, 150,000 miles", 150_000, "miles",
        f"cycles: {FACTORIAL_77}; the longest useful life in 40 CFR 86.1805-17, 15 years or 150,000 miles",
        _miles_of_600_cycles, "at least", cell="factorial-fest77",
    ),
]  # fmt: skip
