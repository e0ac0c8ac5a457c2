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
_LAYERS, _LOADING_MOST = 24, 5.6  # of the QSE-5, mAh/cm2: 3.2 .. 5.6 were told
_GARNET_MAH_PER_CM2 = 3.0, 4.0, 5.0  # a usual loading; ION published none
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
    """mm: as the cell is described, up to dense lithium of the largest loading; its high end is the claim's."""
    swelling = library.load("quantumscape-qse5").effects.swelling_mm
    if swelling is None:
        raise ValueError("quantumscape-qse5 has no effects.swelling_mm, which follows from its layers")
    layer = 1000 * swelling.value / _LAYERS
    dense = _LAYERS * lithium_um(_LOADING_MOST) / 1000
    note = (
        f"{_LAYERS} layers that grow by {layer:.1f} um each hold {layer / lithium_um(1):.1f} mAh/cm2 of dense lithium, "
        f"up to {_LOADING_MOST:g} were told; 1 mm leaves room for pores of {1 - swelling.value:.0%} of it"
    )
    return Found(swelling.value, swelling.low, max(swelling.value, dense), note)


def _planar_garnet() -> Found:
    """C at which a flat separator's current density is reached: the low end of the library's plating limit."""
    plating = library.load("ion-cornerstone").effects.plating
    if plating is None:
        raise ValueError("ion-cornerstone has no effects.plating, whose low end is that of a flat separator")
    limit = plating.critical_c
    thin, usual, thick = _GARNET_MAH_PER_CM2
    flat = limit.low * usual
    note = (
        f"{flat:.2g} mA/cm2 of a flat garnet are {limit.low:.2g}C at {usual:g} ({thin:g} .. {thick:g}) mAh/cm2, and 1C "
        f"takes {1 / limit.low:.0f} times that: the library's {limit.value:g}C are those of pores, heat or pressure"
    )
    return Found(limit.low, flat / thick, flat / thin, note)


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
        "X24", "A flat garnet separator, which bears 0.28 mA/cm2, allows a charge at 1C", 1, "C", _FLATSCHER,
        _planar_garnet, "at least", cell="ion-cornerstone",
    ),
]  # fmt: skip
