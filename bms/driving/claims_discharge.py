"""Claims about the rates at which a cell is discharged, held against the emulated cell."""

from collections.abc import Callable

from bms.cells import library
from bms.driving.claims_assumed import over
from bms.driving.claims_charge import DUCATI
from bms.driving.claims_energy import FACTORIAL_77
from bms.driving.claims_rules import Claim, Found
from bms.driving.claims_simulated import WARMEST, cell_discharge, greatest_rate_c, largest_mohm

_QSE5_AREA_CM2 = 1120.0  # 5.6 Ah at about 5 mAh/cm2, the loading that QuantumScape named in 2023-10
_VARIED = "resistance", "cooling"


def _discharges(name: str, rate_c: float, area_cm2: float = 0.0) -> Callable[[], Found]:
    """C rates that the cell bears, over resistance and cooling, and what the claimed rate does."""

    def find() -> Found:
        cell = library.load(name)
        rates = over(cell, _VARIED, lambda varied: greatest_rate_c(varied, 25), lambda rate: rate >= rate_c)
        run = cell_discharge(cell, rate_c, 25)
        heat = over(cell, _VARIED, lambda varied: cell_discharge(varied, rate_c, 25).hottest, lambda t: t <= WARMEST)
        bound = largest_mohm(cell, lambda varied: cell_discharge(varied, rate_c, 25).borne)
        still = cell.cooling_w_per_k.low
        note = (
            f"at {rate_c:g}C it delivers {run.share:.0%} of its charge, warms from 25 to {run.hottest:.0f} degC "
            f"({heat.least:.0f} .. {heat.most:.0f}), and stays below {WARMEST:.0f} with R0 + R1 + R2 up to "
            f"{bound:.3g} mOhm"
        )
        if area_cm2:
            density = 1000 * rate_c * cell.capacity_ah.value / area_cm2
            note += f", {bound * area_cm2 / 1000:.0f} ohm cm2 at {density:.0f} mA/cm2"
        return Found(rates.value, rates.least, rates.most, f"{note}; {rates.carried}, with {still:g} W/K in still air")

    return find


CLAIMS = [
    Claim(
        "X9", "The QSE-5 bears a continuous discharge at 10C", 10, "C", DUCATI,
        _discharges("quantumscape-qse5", 10, _QSE5_AREA_CM2), "at least", cell="quantumscape-qse5",
        kind="simulated",
    ),
    Claim(
        "X26", "Factorial's 77 Ah cell bears a discharge at up to 4C", 4, "C", FACTORIAL_77,
        _discharges("factorial-fest77", 4), "at least", cell="factorial-fest77", kind="simulated",
    ),
]  # fmt: skip
