"""Claims about fast charges, held against the emulated cell and pack."""

from collections.abc import Callable

from bms.cells import library
from bms.cells.schema import Cell
from bms.driving.claims_assumed import charge_limit, over
from bms.driving.claims_energy import FACTORIAL_77
from bms.driving.claims_rules import Claim, Found
from bms.driving.claims_simulated import cell_charge, largest_mohm
from bms.emulation import pack_file
from bms.emulation.cell import AS_DESCRIBED
from bms.emulation.charger import Charger, minutes
from bms.emulation.pack import ALIKE, Pack

DUCATI = "QuantumScape and PowerCo, Ducati V21L, 2025-09 (engineerlive.com)"
_ROUNDED = 0.005  # 12.2 min may be 12.25
_LIMIT = "the limit of the charge current"
_CHARGERS_KW = 400.0, 350.0, 300.0


def _charges(
    name: str, window: tuple[float, float], celsius: float, published: float, sets: str
) -> Callable[[], Found]:
    """Minutes of a charge over resistance, cooling and, unless the claim set it, the limit of the charge current."""
    limit = published * (1 + _ROUNDED)

    def find() -> Found:
        cell = library.load(name)

        def took(varied: Cell) -> float:
            return cell_charge(varied, *window, celsius).minutes

        names = ("resistance", "cooling") if sets else ("resistance", "cooling", "charge limit")
        found = over(cell, names, took, lambda figure: figure <= limit)
        c = cell.charge_max_c
        most = f"and the cell has {c.value:g}C ({c.low:g} .. {c.high:g})"
        if found.least <= limit:
            bound = largest_mohm(cell, lambda varied: _fast(varied, window, celsius, limit))
            most = f"and R0 + R1 + R2 up to {bound:.3g} mOhm"
        rate, hottest = 60 * (window[1] - window[0]) / published, cell_charge(cell, *window, celsius).hottest
        note = f"it takes {rate:.2f}C on average {most}; the cell, at {celsius:g} degC, warms to {hottest:.0f} degC"
        if sets:
            note += f", and takes {took(charge_limit(cell, 'low')):.1f} min at {c.low:g}C, the low end of its limit"
        return Found(found.value, found.least, found.most, f"{note}; {found.carried}")

    return find


def _fast(cell: Cell, window: tuple[float, float], celsius: float, limit: float) -> bool:
    """Whether a charge takes at most so many minutes and the cell does not become too hot."""
    run = cell_charge(cell, *window, celsius)
    return run.minutes <= limit and not run.too_hot


def _toyota_pack_at_a_charger() -> Found:
    """Minutes over the chargers there are and the sizes that the pack may have."""
    described = pack_file.load("toyota-1000km")
    cell = library.load(described.cell)
    kwh = pack_file.energy_kwh(described, cell)
    size = described.usable_kwh
    low, high = (size.low / size.value, size.high / size.value) if size else (1.0, 1.0)
    series, parallel = round(described.series.value), round(described.parallel.value)
    pack = Pack(cell, series, parallel, spread=ALIKE, deviation=AS_DESCRIBED)
    least, value, most = (
        minutes(pack, 0.1, 0.8, Charger(power_max=1000 * kw / share))
        for kw, share in zip(_CHARGERS_KW, (low, 1.0, high), strict=True)
    )
    note = (
        f"the {kwh:.0f} kWh ({low * kwh:.0f} .. {high * kwh:.0f}) of the pack take {0.7 * kwh * 6:.0f} kW on average, "
        "and chargers give 350 kW (300 .. 400)"
    )
    return Found(value, least, most, note)


def _charge_claim(
    number: str, name: str, text: str, window: tuple[float, float], celsius: float, published: float, source: str,
    sets: str = _LIMIT,
) -> Claim:  # fmt: skip
    find = _charges(name, window, celsius, published, sets)
    return Claim(number, text, published, "min", source, find, "at most", _ROUNDED, name, sets, "simulated")


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
        "X11", "Toyota's 1,000 km pack charges from 10 to 80 % in 10 min at a charger of today", 10, "min",
        "Toyota, 2023, via drivencarguide.co.nz, which names no charger", _toyota_pack_at_a_charger, "at most",
        cell="toyota-sulfide", kind="simulated",
    ),
]  # fmt: skip
