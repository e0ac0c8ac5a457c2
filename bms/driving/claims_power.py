"""Claims about power, and about what the electrodes and the separator of a cell do when it is charged."""

from bms.cells import library
from bms.driving.claims_charge import DUCATI
from bms.driving.claims_energy import FACTORIAL_77
from bms.driving.claims_rules import Claim, Found
from bms.emulation import pack_file
from bms.emulation.pack_file import PackFile

_KARMA = "Karma and Factorial, February 2026: more than 1,000 hp (autoconnectedcar.com)"
_FLEXFRAME = "QuantumScape, October 2022 (autoevolution.com)"
_FLATSCHER = "Flatscher et al., J. Mater. Chem. A 2020, doi 10.1039/c9ta14177d: LLZO at room temperature, no pressure"
_KAVEYA_KW, _V21L_KW = 745.7, 110.0  # 1,000 hp, 150 hp
_FARADAY, _LITHIUM_KG, _LITHIUM_DENSITY = 96485.33, 6.94e-3, 534.0  # C/mol, kg/mol, kg/m3


def lithium_um(mah_per_cm2: float) -> float:
    """Thickness in um that a charge per area adds to lithium metal, by Faraday's law: 4.85 um per mAh/cm2."""
    return 1e6 * mah_per_cm2 * 3.6 * 1e4 * _LITHIUM_KG / (_FARADAY * _LITHIUM_DENSITY)


def _kwh(pack: PackFile, series: float, parallel: float) -> float:
    return series * parallel * library.load(pack.cell).energy_wh / 1000


def _kaveya_rate() -> Found:
    pack = pack_file.load("karma-kaveya-fest77")
    kwh = _kwh(pack, pack.series.value, pack.parallel.value)
    low, high = (_kwh(pack, getattr(pack.series, end), getattr(pack.parallel, end)) for end in ("low", "high"))
    note = (
        f"746 kW out of {kwh:.0f} kWh, which is assumed, are {_KAVEYA_KW / kwh:.1f}C; at 4C the pack has "
        f"{_KAVEYA_KW / 4:.0f} kWh or more, or the power is for moments"
    )
    return Found(_KAVEYA_KW / kwh, _KAVEYA_KW / high, _KAVEYA_KW / low, note)


def _v21l_rate() -> Found:
    pack = pack_file.load("ducati-v21l-qse5")
    kwh = _kwh(pack, pack.series.value, pack.parallel.value)
    usable = pack.usable_kwh.low if pack.usable_kwh else kwh
    note = f"110 kW out of {kwh:.1f} kWh of 980 cells, of which {usable:g} kWh or more are usable"
    return Found(_V21L_KW / kwh, _V21L_KW / kwh, _V21L_KW / usable, note)


def _swelling() -> Found:
    low, value, high = (24 * lithium_um(loading) / 1000 for loading in (3.2, 5.0, 5.6))
    note = "24 layers of 5 (3.2 .. 5.6) mAh/cm2 at 4.85 um each: 1 mm leaves room, or the lithium is porous"
    return Found(value, low, high, note)


def _planar_garnet() -> Found:
    note = "1C of 4 (3 .. 5) mAh/cm2 takes 14 times what a flat garnet bears: only pores, heat or pressure can do it"
    return Found(4.0, 3.0, 5.0, note)


CLAIMS = [
    Claim(
        "X19", "The Karma Kaveya has more than 1,000 hp from cells of at most 4C", 4, "C",
        f"{_KARMA}; 4C: {FACTORIAL_77}", _kaveya_rate, "at most", cell="factorial-fest77",
    ),
    Claim(
        "X20", "The 150 hp of the Ducati V21L are within the 10C of its cells", 10, "C", DUCATI, _v21l_rate, "at most",
        cell="quantumscape-qse5",
    ),
    Claim(
        "X22", "A frame whose face moves by 1 mm takes up the lithium of 24 layers", 1, "mm", _FLEXFRAME, _swelling,
        "at most", cell="quantumscape-qse5",
    ),
    Claim(
        "X24", "A flat garnet separator, which bears 0.28 mA/cm2, allows a charge at 1C", 0.28, "mA/cm2", _FLATSCHER,
        _planar_garnet, "at most", cell="ion-cornerstone",
    ),
]  # fmt: skip
