"""From what the fit found to a Cell: extrapolation over temperature, ranges, and what had to be assumed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import trapezoid
from scipy.ndimage import uniform_filter1d

from bms.cells.fitting_slow import OCV_SOC, Slow
from bms.cells.fitting_tables import TABLE_SOC, Tables, arrhenius
from bms.cells.fitting_trace import HYSTERESIS_RATE, Trace
from bms.cells.record import Floats
from bms.cells.schema import Cell, Curve, ModelError, Quantity, ResistanceTable, Status

_COLD, _HOT = (-40.0, -30.0, -20.0, -10.0, 0.0), (45.0, 60.0, 85.0)  # degC, rows beyond the measured ones
_SMALLEST_MOHM = 0.1
_LEAST_CURRENT_C = 0.2  # 1/h: a branch that takes the whole voltage window at this current is as good as open
_WIDE = 20.0  # K between the coldest and the hottest row: below it no temperature coefficient is told
_SPECIFIC_ENERGY = 220.0  # Wh/kg, of today's cylindrical cells
_SPECIFIC_HEAT = 900.0  # J/(kg K), of lithium-ion cells
_HEAT = f"{_SPECIFIC_HEAT:g} J/(kg K), no calorimetry"
_GRID = "least cross-validated error of a grid; tests as for resistance"
_LARGEST = "largest mean of 10 s seen in the tests, not a limit of the maker"
_COOLING_PER_MASS = 1.5  # W/(K kg): an 18650 of 47 g in still air, 0.07 W/K


@dataclass(frozen=True)
class Found:
    """What the fit hands over."""

    slow: Slow
    tables: Tables
    tests: Sequence[Trace]
    error: ModelError
    slow_source: str
    dynamic_source: str


def assemble(found: Found, name: str, chemistry: str) -> Cell:
    """The Cell of all that was found."""
    slow, tables, source = found.slow, found.tables, found.slow_source
    capacity = slow.capacity_ah
    mass = capacity * float(trapezoid(slow.ocv, slow.soc)) / _SPECIFIC_ENERGY
    out, back = _extremes(found.tests)
    return Cell(
        name=name,
        chemistry=chemistry,
        capacity_ah=_capacity(found),
        voltage_min_v=_exact(slow.voltage_min, f"end of the slow discharge: {source}"),
        voltage_max_v=_exact(slow.voltage_max, f"end of the slow charge: {source}"),
        mass_kg=_around(mass, 0.7, 1.5, "assumed", f"{_SPECIFIC_ENERGY:g} Wh/kg, not weighed"),
        ocv_v=Curve(soc=OCV_SOC.tolist(), value=slow.ocv.tolist(), status="fitted", source=_ocv_source(found)),
        ocv_temperature_mv_per_k=_temperature_coefficient(found),
        hysteresis_mv=_hysteresis(found),
        hysteresis_rate=_around(HYSTERESIS_RATE, 0.2, 5, "assumed", "no test with small loops"),
        resistance=_resistance(found),
        tau1_s=_around(tables.shape.tau1, 0.5, 2, "fitted", _GRID),
        tau2_s=_around(tables.shape.tau2, 0.5, 2, "fitted", _GRID),
        heat_capacity_j_per_k=_around(mass * _SPECIFIC_HEAT, 0.6, 1.5, "assumed", _HEAT),
        cooling_w_per_k=_around(mass * _COOLING_PER_MASS, 0.3, 5, "assumed", "an 18650 in still air, scaled by mass"),
        discharge_max_c=_around(out / capacity, 0.5, 1, "derived", _LARGEST),
        charge_max_c=_around(max(back, slow.current) / capacity, 0.5, 1, "derived", _LARGEST),
        model_error=found.error,
    )


def _capacity(found: Found) -> Quantity:
    slow = found.slow
    if not slow.capacity_known:
        text = f"one slow leg only, the tester's offset unknown: {found.slow_source}"
        return _around(slow.capacity_ah, 0.95, 1.05, "fitted", text)
    text = f"slow charge and discharge less an offset of {1e3 * slow.offset:.2f} mA: {found.slow_source}"
    return _around(slow.capacity_ah, 0.99, 1.01, "fitted", text)


def _ocv_source(found: Found) -> str:
    if found.slow.half_gap is None:
        return f"one slow branch, polarisation and hysteresis not removed: {found.slow_source}"
    return f"mean of the slow branches at {found.slow.temperature - 273.15:.0f} degC: {found.slow_source}"


def _temperature_coefficient(found: Found) -> Quantity:
    nodes, slope = found.tables.temperature, 1e3 * found.tables.ocv_slope
    if nodes[-1] - nodes[0] < _WIDE:
        text = "the tests lie at one temperature, not determinable"
        return Quantity(value=0, low=-0.3, high=0.3, status="assumed", source=text)
    low, high = nodes[0] - 273.15, nodes[-1] - 273.15
    text = (
        f"best constant over {low:g}..{high:g} degC, with what ageing between the tests adds; tests as for resistance"
    )
    return Quantity(value=slope, low=min(slope, -0.3), high=max(slope, 0.3), status="fitted", source=text)


def _hysteresis(found: Found) -> Quantity:
    gap = found.slow.half_gap
    if gap is None:
        return Quantity(value=0, low=0, high=50, status="assumed", source="only one slow branch, not determinable")
    widest = 1e3 * float(np.interp(0.5, found.slow.soc, gap))
    value = 1e3 * found.tables.half_gap
    text = f"slow branches' half gap less resistance: {found.slow_source}"
    return Quantity(value=value, low=0, high=max(widest, value), status="fitted", source=text)


def _resistance(found: Found) -> ResistanceTable:
    slow, tables = found.slow, found.tables
    largest = 1e3 * (slow.voltage_max - slow.voltage_min) / (_LEAST_CURRENT_C * slow.capacity_ah)
    measured = tables.temperature - 273.15
    cold = [t for t in _COLD if t < measured[0] - 2]
    hot = [t for t in _HOT if t > measured[-1] + 2]
    celsius = np.r_[cold, measured, hot]
    r0, r1, r2 = (
        _extended(table, tables.temperature, energy, celsius + 273.15).clip(_SMALLEST_MOHM, largest).tolist()
        for table, energy in zip(tables.resistance, tables.shape.energy, strict=True)
    )
    laws = ", ".join(f"{energy:.3f}" for energy in tables.shape.energy)
    seen = f"{measured[0]:g}..{measured[-1]:g} degC"
    text = f"least squares; beyond {seen} by Arrhenius with {laws} eV: {found.dynamic_source}"
    return ResistanceTable(
        temperature_c=[round(float(t), 2) for t in celsius],
        soc=TABLE_SOC.tolist(),
        r0_mohm=r0,
        r1_mohm=r1,
        r2_mohm=r2,
        extrapolated_c=[*cold, *hot],
        status="fitted",
        source=text,
    )


def _extended(table: Floats, nodes: Floats, energy: float, wanted: Floats) -> Floats:
    """mOhm at `wanted` (K): the table inside its rows, its edge row by Arrhenius outside."""
    out = np.empty((len(wanted), table.shape[1]))
    for k, kelvin in enumerate(wanted):
        near = int(np.abs(nodes - kelvin).argmin())
        factor = arrhenius(energy, np.array([kelvin]))[0] / arrhenius(energy, nodes[near : near + 1])[0]
        out[k] = 1e3 * factor * table[near]
    return out


def _extremes(tests: Sequence[Trace]) -> tuple[float, float]:
    """Largest discharge and charge current, A, as means of 10 s."""
    means = [uniform_filter1d(test.current, max(1, round(10 / test.step))) for test in tests]
    return max(float(mean.max()) for mean in means), max(float(-mean.min()) for mean in means)


def _around(value: float, low: float, high: float, status: Status, source: str) -> Quantity:
    value = float(value)
    return Quantity(value=value, low=low * value, high=high * value, status=status, source=source)


def _exact(value: float, source: str) -> Quantity:
    return Quantity(value=round(value, 2), low=round(value, 2), high=round(value, 2), status="fitted", source=source)
