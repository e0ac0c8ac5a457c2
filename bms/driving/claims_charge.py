"""Claims about fast charges and discharges, held against the emulated cell."""

from collections.abc import Callable
from functools import cache

from bms.cells import library
from bms.driving.claims_energy import FACTORIAL_77
from bms.driving.claims_rules import Claim, Found
from bms.driving.claims_simulated import (
    WARMEST,
    Run,
    cell_charge,
    cell_discharge,
    greatest_rate_c,
    largest_mohm,
    over_resistance,
)
from bms.emulation import pack_file
from bms.emulation.cell import AS_DESCRIBED
from bms.emulation.charger import Charger, minutes
from bms.emulation.pack import ALIKE, Pack

DUCATI = "QuantumScape and PowerCo, Ducati V21L, 2025-09 (engineerlive.com)"
_ROUNDED = 0.005  # 12.2 min may be 12.25
_LIMIT = "the limit of the charge current"
_QSE5_AREA_CM2 = 1120.0  # 5.6 Ah at about 5 mAh/cm2, the loading that QuantumScape named in 2023-10
_CHARGERS_KW = 400.0, 350.0, 300.0


def _charges(name: str, soc_from: float, soc_to: float, celsius: float, published: float) -> Callable[[], Found]:
    """Minutes of a charge over the range of the resistance, and the resistance up to which the claim is met."""

    def find() -> Found:
        cell = library.load(name)

        @cache
        def run(factor: float) -> Run:
            return cell_charge(cell, soc_from, soc_to, celsius, factor)

        took = over_resistance(cell, lambda factor: run(factor).minutes)
        rate, limit = 60 * (soc_to - soc_from) / published, published * (1 + _ROUNDED)
        hottest = run(1.0).hottest
        most = f"and the cell has {cell.charge_max_c.value:g}C"
        if took.least <= limit:
            bound = largest_mohm(cell, lambda factor: run(factor).minutes <= limit and not run(factor).too_hot)
            most = f"and R0 + R1 + R2 up to {bound:.3g} mOhm"
        note = f"it takes {rate:.2f}C on average {most}; the cell, at {celsius:g} degC, warms to {hottest:.0f} degC"
        return Found(took.value, took.least, took.most, note)

    return find


def _discharges(name: str, rate_c: float, area_cm2: float = 0.0) -> Callable[[], Found]:
    """C rates that still deliver nearly all, over the range of the resistance, and what the claimed rate does."""

    def find() -> Found:
        cell = library.load(name)
        rates = over_resistance(cell, lambda factor: greatest_rate_c(cell, 25, factor))
        run = cell_discharge(cell, rate_c, 25)
        worst = over_resistance(cell, lambda factor: cell_discharge(cell, rate_c, 25, factor).share).at_high
        bound = largest_mohm(cell, lambda factor: cell_discharge(cell, rate_c, 25, factor).borne)
        note = (
            f"at {rate_c:g}C it delivers {run.share:.0%} of its charge ({worst:.0%} at the highest resistance), warms "
            f"from 25 to {run.hottest:.0f} degC, and stays below {WARMEST:.0f} with R0 + R1 + R2 up to {bound:.3g} mOhm"
        )
        if area_cm2:
            density = 1000 * rate_c * cell.capacity_ah.value / area_cm2
            note += f", {bound * area_cm2 / 1000:.0f} ohm cm2 at {density:.0f} mA/cm2"
        return Found(rates.value, rates.least, rates.most, note)

    return find


def _toyota_pack_at_a_charger() -> Found:
    described = pack_file.load("toyota-1000km")
    cell = library.load(described.cell)
    series, parallel = round(described.series.value), round(described.parallel.value)
    pack = Pack(cell, series, parallel, spread=ALIKE, deviation=AS_DESCRIBED)
    low, value, high = (minutes(pack, 0.1, 0.8, Charger(power_max=1000 * kw)) for kw in _CHARGERS_KW)
    kwh = pack_file.energy_kwh(described, cell)
    note = (
        f"the pack of {kwh:.0f} kWh would take {0.7 * kwh * 6:.0f} kW on average, and chargers give 350 kW (300 .. 400)"
    )
    return Found(value, low, high, note)


def _charge_claim(
    number: str, name: str, text: str, window: tuple[float, float], celsius: float, published: float, source: str,
    sets: str = _LIMIT,
) -> Claim:  # fmt: skip
    find = _charges(name, *window, celsius, published)
    return Claim(number, text, published, "min", source, find, "at most", _ROUNDED, name, sets)


CLAIMS = [
    _charge_claim(
        "X8", "factorial-fest77", "Factorial's 77 Ah cell charges from 15 to 90 % in 18 min at room temperature",
        (0.15, 0.9), 25, 18, FACTORIAL_77,
    ),
    _charge_claim(
        "X8b", "quantumscape-qse5", "The QSE-5 charges from 10 to 80 % in 12.2 min, at 45 degC",
        (0.1, 0.8), 45, 12.2, f"{DUCATI}; 45 degC by a secondary source",
    ),
    _charge_claim(
        "X8c", "quantumscape-qse5", "The QSE-5 does so at 25 degC as well",
        (0.1, 0.8), 25, 12.2, f"{DUCATI}; the release names no temperature",
    ),
    _charge_claim(
        "X8d", "toyota-sulfide", "Toyota's sulfide cell charges from 10 to 80 % in 10 min",
        (0.1, 0.8), 25, 10, "Toyota, 2023, via drivencarguide.co.nz; no temperature is named",
    ),
    _charge_claim(
        "X8e", "samsung-sdi-asb", "Samsung SDI's solid-state cell charges from 8 to 80 % in 9 min",
        (0.08, 0.8), 25, 9, "the press (ecarsdrive.net); Samsung SDI said it of another product, EVS37, April 2024", "",
    ),
    Claim(
        "X9", "The QSE-5 bears a continuous discharge at 10C", 10, "C", DUCATI,
        _discharges("quantumscape-qse5", 10, _QSE5_AREA_CM2), "at least", cell="quantumscape-qse5",
    ),
    Claim(
        "X11", "Toyota's 1,000 km pack charges from 10 to 80 % in 10 min at a charger of today", 10, "min",
        "Toyota, 2023, via drivencarguide.co.nz, which names no charger", _toyota_pack_at_a_charger, "at most",
        cell="toyota-sulfide",
    ),
    Claim(
        "X26", "Factorial's 77 Ah cell bears a discharge at up to 4C", 4, "C", FACTORIAL_77,
        _discharges("factorial-fest77", 4), "at least", cell="factorial-fest77",
    ),
]  # fmt: skip
