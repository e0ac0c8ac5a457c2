"""Claims about what a cell or a pack holds for its mass and volume, and about amp-hours."""

from collections.abc import Callable
from math import prod

from bms.cells import library
from bms.cells.schema import Cell
from bms.driving.claims_rules import Claim, Found, Rule
from bms.emulation import pack_file

FACTORIAL_77 = "Stellantis and Factorial, press release of 2025-04-24 (stellantis.com)"
FACTORIAL_106 = "Factorial, 2024-06-04, via newsio.com and electrive.com"
QSE5 = "QuantumScape, A First Look at the QSE-5 B Sample, 2024-10-23 (pubt.io)"
SAMSUNG = "Samsung SDI, 2024-03-05, via electrive.com"
SOLSTICE = "Factorial, 2024-09-10, up to, of cell or pack (evinfocus.com)"
WELION = "NIO and WeLion, 2023-06-30, via notebookcheck.net"
NIO = "NIO, December 2023, via paultan.org of 2023-12-20"
_QSE5_WH = 21.6  # as published; the library's cell has it within 0.5 %
_QSE5_MM = 84.5, 65.6, 4.6  # outside of the B sample as it is told; no document of QuantumScape at hand has it
_ROUNDED_WH = 500.0  # 150 kWh may be 149.5 .. 150.5
_KG_PER_L = 2.2, 2.45, 2.8  # cells with NMC: lithium-ion pouches 2.2 .. 2.6, QSE-5 2.80
_CELLS_SHARE = 0.55, 0.68, 0.80  # of a pack's mass: module packs of the past .. cell-to-pack ones
_CELL_TO_PACK = 0.65, 0.725, 0.80  # the same, without modules


def _mean_voltage(cell: Cell) -> float:
    return cell.energy_wh / cell.capacity_ah.value


def _energy_wh(cell: Cell) -> tuple[float, float, float]:
    """Wh of a cell: value, low, high, as its capacity goes.

    Of an assumed capacity only the value: mass and volume go with it, so that its range says nothing of Wh/kg.
    """
    q, volts = cell.capacity_ah, _mean_voltage(cell)
    low, high = (q.value, q.value) if q.status == "assumed" else (q.low, q.high)
    return q.value * volts, low * volts, high * volts


def _per(name: str, size: str, unit: str) -> Callable[[], Found]:
    """Wh of a cell of the library per mass_kg or volume_l."""

    def find() -> Found:
        cell = library.load(name)
        known = getattr(cell, size)
        if known is None:
            raise ValueError(f"{name} has no {size}: a claim about it cannot be held against the cell")
        wh, low, high = _energy_wh(cell)
        charge = f"{cell.capacity_ah.value:g} Ah at {_mean_voltage(cell):.3f} V"
        note = f"{charge} are {wh:.1f} Wh, of {known.value:.4g} {unit}"
        return Found(wh / known.value, low / known.high, high / known.low, note)

    return find


def _qse5_by_its_outside() -> Found:
    cell = library.load("quantumscape-qse5")
    most, litres, least = (1e-6 * prod(edge + by for edge in _QSE5_MM) for by in (0.05, 0.0, -0.05))
    wh, low, high = _energy_wh(cell)
    note = (
        f"{wh:.1f} Wh ({low:.1f} .. {high:.1f}) in 84.5 x 65.6 x 4.6 mm (each to 0.1 mm), {1000 * litres:.2f} mL; "
        f"it would weigh {cell.mass_kg.value / litres:.2f} kg/L"
    )
    return Found(wh / litres, low / most, high / least, note)


def _qse5_amp_hours() -> Found:
    cell = library.load("quantumscape-qse5")
    q = cell.capacity_ah
    note = f"{_QSE5_WH} Wh of 5.0 Ah would need a mean of 4.32 V, and lithium on NMC has {_mean_voltage(cell):.2f} V"
    return Found(_QSE5_WH / _mean_voltage(cell), q.low, q.high, note)


def _v21l_pack_mass() -> Found:
    cell = library.load("quantumscape-qse5")
    pack = pack_file.load("ducati-v21l-qse5")
    number = pack.series.value * pack.parallel.value
    cells, kwh = number * cell.mass_kg.value, number * cell.energy_wh / 1000
    low, value, high = (cells / share for share in reversed(_CELLS_SHARE))
    note = f"{number:.0f} cells hold {kwh:.1f} kWh and weigh {cells:.1f} kg, 55 .. 80 % of a pack"
    return Found(value, low, high, note)


def _samsung_wh_per_kg() -> Found:
    cell = library.load("samsung-sdi-asb")
    room = cell.volume_l
    if room is None:
        raise ValueError("samsung-sdi-asb has no volume_l, which follows from its 900 Wh/L")
    wh = cell.energy_wh
    light, usual, dense = _KG_PER_L
    note = (
        f"{wh / room.value:.0f} Wh/L with 500 Wh/kg would be {wh / room.value / 500:.2f} kg/L, and cells with NMC have "
        f"{light:g} .. {dense:g}"
    )
    return Found(wh / (room.value * usual), wh / (room.high * dense), wh / (room.low * light), note)


def _nio_pack() -> Found:
    pack = pack_file.load("nio-et7-150")
    cell = library.load(pack.cell)
    if pack.mass_kg is None:
        raise ValueError("nio-et7-150 has no mass_kg, which was published")
    number = pack.series.value * pack.parallel.value
    wh, mass = number * cell.energy_wh, pack.mass_kg.value
    note = f"{number:.0f} cells of the library hold {wh / 1000:.1f} kWh, and 150 kWh of {mass:g} kg are 260.9 Wh/kg"
    return Found(wh / mass, (wh - _ROUNDED_WH) / mass, (wh + _ROUNDED_WH) / mass, note)


def _nio_cells() -> Found:
    pack = pack_file.load("nio-et7-150")
    if pack.mass_kg is None:
        raise ValueError("nio-et7-150 has no mass_kg, which was published")
    wh, mass = 1000 * pack_file.energy_kwh(pack, library.load(pack.cell)), pack.mass_kg.value
    low, value, high = (wh / (mass * share) for share in reversed(_CELL_TO_PACK))
    note = (
        f"{wh / 360:.0f} kg of the {mass:g} kg are cells then, a share of {wh / 360 / mass:.3f}; cell-to-pack designs "
        "have 0.65 .. 0.80"
    )
    return Found(value, low, high, note)


def _mass_claim(
    number: str, name: str, text: str, wh_per_kg: float, source: str, sets: str = "the mass", rule: Rule = "equal"
) -> Claim:
    find = _per(name, "mass_kg", "kg")
    return Claim(number, text, wh_per_kg, "Wh/kg", source, find, rule, 0.01, name, sets)


def _volume_claim(number: str, name: str, text: str, wh_per_l: float, source: str) -> Claim:
    find = _per(name, "volume_l", "L")
    return Claim(number, text, wh_per_l, "Wh/L", source, find, tolerance=0.01, cell=name, sets="the volume")


CLAIMS = [
    _mass_claim("X3", "factorial-fest77", "Factorial's 77 Ah cell stores 375 Wh/kg", 375, FACTORIAL_77),
    _mass_claim("X4", "factorial-fest106", "Factorial's 106 Ah cell stores 391 Wh/kg", 391, FACTORIAL_106),
    _mass_claim("X5", "quantumscape-qse5", "The QSE-5 stores 301 Wh/kg", 301, QSE5),
    Claim(
        "X5b", "The QSE-5 stores 844 Wh/L, by its outer size", 844, "Wh/L", f"{QSE5}; the size is not verified",
        _qse5_by_its_outside,
        cell="quantumscape-qse5",
    ),
    _volume_claim("X5c", "quantumscape-qse5", "The QSE-5 stores 844 Wh/L", 844, QSE5),
    Claim("X6", "The QSE-5 is a 5 Ah cell", 5, "Ah", QSE5, _qse5_amp_hours, tolerance=0.05, cell="quantumscape-qse5"),
    Claim(
        "X7", "980 QSE-5 cells fit a racing motorcycle whose lithium-ion pack weighed 110 kg", 110, "kg",
        "Ducati: V21L of 2022, 18 kWh of 110 kg (motor1.com); up to 980 cells, September 2025 (bikeindia.in)",
        _v21l_pack_mass, cell="quantumscape-qse5",
    ),
    Claim(
        "X10", "Samsung SDI's solid-state cell stores 500 Wh/kg beside its 900 Wh/L", 500, "Wh/kg",
        "the press (notebookcheck.net); 900 Wh/L alone is Samsung SDI's, 2024-03-05, via electrive.com",
        _samsung_wh_per_kg, cell="samsung-sdi-asb",
    ),
    _volume_claim("X10b", "samsung-sdi-asb", "Samsung SDI's solid-state cell stores 900 Wh/L", 900, SAMSUNG),
    Claim(
        "X12", "NIO's 150 kWh pack of 575 kg stores 261 Wh/kg", 261, "Wh/kg", NIO, _nio_pack, tolerance=0.005,
        cell="nio-welion-semisolid",
    ),
    Claim(
        "X12b", "The cells of that pack store 360 Wh/kg", 360, "Wh/kg", WELION, _nio_cells, cell="nio-welion-semisolid"
    ),
    _mass_claim("X12c", "nio-welion-semisolid", "The library's cell of that pack stores 360 Wh/kg", 360, WELION),
    _mass_claim(
        "X23", "solid-power-bmw-i7", "The cell that BMW tests in an i7 stores 390 Wh/kg", 390,
        "the press (revbuzz.com, 2025), of a design target of 2021: Solid Power and BMW published none of this cell",
    ),
    _mass_claim("X27", "factorial-solstice40", "Factorial's Solstice cell stores 450 Wh/kg", 450, SOLSTICE),
    _mass_claim(
        "X28", "catl-assb20", "CATL's 20 Ah trial cell stores 500 Wh/kg", 500, "LatePost via electrek.co, 2024-11-06"
    ),
    _mass_claim(
        "X29", "toyota-sulfide", "Toyota's sulfide cell stores 450 Wh/kg or more", 450,
        "the press (pcauto.com, October 2025), none by the makers", "the lower end of the mass", "at least",
    ),
]  # fmt: skip
