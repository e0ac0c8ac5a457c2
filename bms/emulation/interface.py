"""The interface of a solid electrolyte: what pressure and fast stripping do to R1."""

import numpy as np

from bms.cells.effects import Contact, Pressure
from bms.cells.quantity import Quantity
from bms.cells.temperature import arrhenius
from bms.emulation.cells import Cells, Floats

_LEAST_MPA = 0.02  # the law R ~ P^-n has no end towards zero; a pouch holds about so much by itself


def pressure(described: Pressure, cells: Cells) -> Floats:
    """(series,) MPa of the stack: nominal half charged, higher when the cells are thick, times what is left of it."""
    swing = described.swing_mpa.value * (cells.soc - 0.5)
    return np.maximum(described.nominal_mpa.value + swing, 0) * cells.pressure_share


def swollen(described: Quantity, cells: Cells) -> Floats:
    """(series,) mm by which each cell is thicker than when it is empty: plated lithium takes room in proportion."""
    return described.value * cells.charge / cells.new_capacity


def squeezed(described: Pressure | None, cells: Cells) -> Floats:
    """(series,) pressure as a share of the nominal one, 1 where the cell has no figure for it."""
    if described is None or described.nominal_mpa.value <= 0:
        return np.ones(cells.series)
    return np.maximum(pressure(described, cells), _LEAST_MPA) / max(described.nominal_mpa.value, _LEAST_MPA)


def pressure_factor(described: Pressure, cells: Cells) -> Floats:
    """(series,) factor on R1: contact area grows with the pressure, R ~ P^-n (arXiv 2501.00600 has n = 0.5)."""
    return squeezed(described, cells) ** -described.exponent.value


def critical(described: Contact, squeeze: Floats, capacity: Floats) -> Floats:
    """(series,) A of discharge up to which creep refills the voids; creep goes as the pressure does."""
    return described.critical_c.value * squeeze * capacity / 3600


def contact_lost(described: Contact, squeeze: Floats, cells: Cells, stripped: Floats, dt: float) -> Floats:
    """(series,) share by which voids have raised R1, dt s on; stripped: C taken out above the critical current."""
    slower = arrhenius(described.recovery_activation_ev.value, cells.temperatures) / squeeze
    fading = np.exp(-dt / (described.recovery_s.value * slower))
    grown = described.growth_per_soc.value * stripped / (3600 * cells.capacity_ah)
    return np.minimum(cells.contact_lost * fading + grown, described.most.value)
