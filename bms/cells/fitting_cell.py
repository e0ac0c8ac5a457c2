"""From what the fit found to a Cell: extrapolation over temperature, ranges, and what had to be assumed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import trapezoid
from scipy.ndimage import uniform_filter1d

from bms.cells.curves import Curve, Grid, Thermal
from bms.cells.fitting_gap import PAIRS_SPAN
from bms.cells.fitting_residual import Errors
from bms.cells.fitting_rows import GAP_SOC
from bms.cells.fitting_shape import SURFACE_SOC, TAU, Law, arrhenius
from bms.cells.fitting_slow import Slow
from bms.cells.fitting_tables import Tables
from bms.cells.fitting_trace import Trace
from bms.cells.quantity import Quantity, Status
from bms.cells.record import Floats
from bms.cells.schema import Cell, ModelError, ResistanceTable, Surface

_COLDEST, _HOTTEST, _BEYOND = -40.0, 90.0, 10.0  # degC: rows beyond the measured ones, and K between them
_SMALLEST_MOHM = 0.1
_LEAST_CURRENT_C = 0.2  # 1/h: a branch that takes the whole voltage window at this current is as good as open
_USUAL = 0.3  # SoC above which the OCV's shift is one of temperature, not of ageing
_SPECIFIC_ENERGY = 220.0  # Wh/kg, of today's cylindrical cells
_SPECIFIC_HEAT = 900.0  # J/(kg K), of lithium-ion cells
_HEAT = f"{_SPECIFIC_HEAT:g} J/(kg K), no calorimetry"
_FITTED: tuple[Status, str] = ("fitted", "least cross-validated error; tests as for resistance")
_FIXED = "fixed: low-passes of 10, 100 and 1000 s together follow any relaxation between them"
_TYPICAL: tuple[Status, str] = ("assumed", "found on a cylindrical NCA cell at -20..25 degC; these tests do not tell")
_LEFT_OUT = "RMS on tests left out of the fit, or on pulse tests within it; tests as for resistance"
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
    curve: tuple[Floats, Floats]  # SoC and V of the base OCV
    wide: bool  # the tests span enough temperatures for activation energies
    sparse: bool  # R0, charge transfer and R1 are one
    errors: Errors


def assemble(found: Found, name: str, chemistry: str) -> Cell:
    """The Cell of all that was found."""
    slow, tables, source = found.slow, found.tables, found.slow_source
    capacity = slow.capacity_ah
    mass = capacity * float(trapezoid(slow.ocv, slow.soc)) / _SPECIFIC_ENERGY
    ends = ("end of the slow discharge" if slow.branches else "lowest seen", "highest seen")
    out, back = _extremes(found.tests)
    return Cell(
        name=name,
        chemistry=chemistry,
        capacity_ah=_capacity(found),
        voltage_min_v=_exact(slow.voltage_min, f"{ends[0]}: {source}"),
        voltage_max_v=_exact(slow.voltage_max, f"{ends[1]}: {source}"),
        mass_kg=_around(mass, 0.7, 1.5, "assumed", f"{_SPECIFIC_ENERGY:g} Wh/kg, not weighed"),
        ocv_v=_ocv(found),
        ocv_temperature_mv_per_k=_temperature_coefficient(found),
        ocv_shift_mv=_shift(found),
        hysteresis_mv=_hysteresis(found),
        hysteresis_curve_mv=_hysteresis_curve(found),
        hysteresis_widening=_widening(found),
        hysteresis_rate=_around(tables.shape.rate, 0.2, 5, "assumed", "no test with small loops"),
        resistance=_resistance(found),
        surface=_surface(found),
        tau1_s=_around(TAU[0], 1, 1, "assumed", _FIXED),
        tau2_s=_around(TAU[1], 1, 1, "assumed", _FIXED),
        heat_capacity_j_per_k=_around(mass * _SPECIFIC_HEAT, 0.6, 1.5, "assumed", _HEAT),
        cooling_w_per_k=_around(mass * _COOLING_PER_MASS, 0.3, 5, "assumed", "an 18650 in still air, scaled by mass"),
        discharge_max_c=_around(out / capacity, 0.5, 1, "derived", _LARGEST),
        charge_max_c=_around(max(back, slow.current) / capacity, 0.5, 1, "derived", _LARGEST),
        model_error=found.error,
        residual_mv=found.errors.grid(tables.nodes, _LEFT_OUT),
        residual_by_current_mv=found.errors.profile(_LEFT_OUT),
    )


def _capacity(found: Found) -> Quantity:
    slow = found.slow
    if not slow.branches:
        if slow.capacity_known:
            text = "told to the fit, or by the SoC of its tests; no slow test"
            return _around(slow.capacity_ah, 0.9, 1.1, "reported", text)
        text = f"what dynamic tests moved, and what their OCV lets expect below; no slow test: {found.dynamic_source}"
        low, high = slow.capacity_range or (slow.capacity_ah, slow.capacity_ah)
        return Quantity(value=slow.capacity_ah, low=low, high=high, status="assumed", source=text)
    if not slow.capacity_known:
        text = f"one slow leg only, the tester's offset unknown: {found.slow_source}"
        return _around(slow.capacity_ah, 0.92, 1.08, "fitted", text)
    text = f"slow charge and discharge less an offset of {1e3 * slow.offset:.2f} mA: {found.slow_source}"
    return _around(slow.capacity_ah, 0.99, 1.01, "fitted", text)


def _ocv(found: Found) -> Curve:
    slow = found.slow
    if not slow.branches:
        text = f"what dynamic tests leave beside their resistances; no slow test: {found.slow_source}"
    elif slow.half_gap is None:
        text = f"one slow branch, hysteresis not removed, polarisation in ocv_shift_mv: {found.slow_source}"
    else:
        text = f"mean of the slow branches at {slow.temperature - 273.15:.0f} degC: {found.slow_source}"
    soc, value = found.curve
    return Curve(soc=soc.tolist(), value=value.tolist(), status="fitted" if slow.branches else "assumed", source=text)


def _temperature_coefficient(found: Found) -> Quantity:
    """The slope of the shift over temperature in the upper two thirds of the SoC."""
    nodes = found.tables.nodes
    if not found.wide:
        text = "the tests lie at one temperature, not determinable"
        return Quantity(value=0, low=-0.3, high=0.3, status="assumed", source=text)
    usual = found.tables.shift[:, SURFACE_SOC > _USUAL].mean(axis=1)
    slope = 1e3 * float(np.polyfit(nodes, usual, 1)[0])
    low, high = nodes[0] - 273.15, nodes[-1] - 273.15
    text = f"ocv_shift_mv over {low:g}..{high:g} degC, with what ageing between the tests adds; tests as for resistance"
    return Quantity(value=slope, low=min(slope, -0.3), high=max(slope, 0.3), status="fitted", source=text)


def _shift(found: Found) -> Grid:
    celsius, extrapolated = _rows(found.tables)
    near = np.clip(celsius + 273.15, found.tables.nodes[0], found.tables.nodes[-1])
    rows = [found.tables.shift[int(np.abs(found.tables.nodes - kelvin).argmin())] for kelvin in near]
    text = f"least squares, with what ageing between the tests adds; constant in {_listed(extrapolated)}"
    return Grid(
        temperature_c=celsius.tolist(),
        soc=SURFACE_SOC.tolist(),
        value=(1e3 * np.stack(rows)).tolist(),
        status="fitted",
        source=f"{text}: {found.dynamic_source}",
    )


def _hysteresis(found: Found) -> Quantity:
    gap = found.slow.half_gap
    if gap is None:
        return Quantity(value=0, low=0, high=50, status="assumed", source="no pair of slow branches, not determinable")
    widest = 1e3 * float(np.interp(0.5, found.slow.soc, gap))
    usual = np.linspace(0.1, 0.9, 33)
    value = 1e3 * float(np.interp(usual, GAP_SOC, found.tables.gap).mean())
    text = f"slow branches' half gap less resistance, mean over SoC 0.1..0.9: {found.slow_source}"
    if found.sparse:
        text = f"between 0 and half the slow branches' gap, sampled too slowly to tell resistance: {found.slow_source}"
    status: Status = "assumed" if found.sparse else "fitted"
    return Quantity(value=value, low=0, high=max(widest, value), status=status, source=text)


def _hysteresis_curve(found: Found) -> Curve | None:
    if found.slow.half_gap is None:
        return None
    text = f"slow branches' half gap less resistance, at 25 degC: {found.slow_source}"
    return Curve(soc=GAP_SOC.tolist(), value=(1e3 * found.tables.gap).tolist(), status="fitted", source=text)


def _widening(found: Found) -> Thermal | None:
    widening = found.tables.shape.widening
    if found.slow.half_gap is None:
        return None
    if len(widening.kelvin) == 1:
        text = f"slow tests within {PAIRS_SPAN:g} K, not determinable"
        return Thermal(temperature_c=[25], value=[1], status="assumed", source=text)
    celsius = [round(kelvin - 273.15, 2) for kelvin in widening.kelvin]
    text = f"slow branches' half gap less resistance, mean over SoC 0.2..0.8: {found.slow_source}"
    return Thermal(temperature_c=celsius, value=list(widening.factor), status="fitted", source=text)


def _surface(found: Found) -> Surface:
    def pair(law: Law, sign: int, told: bool = True) -> tuple[Quantity, Quantity]:
        value = _around(law.value, 0.5, 2, *(_FITTED if told else _TYPICAL))
        return value, _around(sign * law.energy, 0.6, 1.5, *(_FITTED if told and found.wide else _TYPICAL))

    shape = found.tables.shape
    lag2, lag2_ev = pair(shape.lag2, 1)
    lag3, lag3_ev = pair(shape.lag3, 1)
    exchange, exchange_ev = pair(shape.exchange, -1, not found.sparse)
    return Surface(
        tau3_s=_around(TAU[2], 1, 1, "assumed", _FIXED),
        lag2_soc_per_c=lag2,
        lag2_activation_ev=lag2_ev,
        lag3_soc_per_c=lag3,
        lag3_activation_ev=lag3_ev,
        exchange_c=exchange,
        exchange_activation_ev=exchange_ev,
    )


def _resistance(found: Found) -> ResistanceTable:
    slow, tables = found.slow, found.tables
    largest = 1e3 * (slow.voltage_max - slow.voltage_min) / (_LEAST_CURRENT_C * slow.capacity_ah)
    celsius, extrapolated = _rows(tables)
    r0, kinetic, r1, r2 = (
        (_extended(table / slow.capacity_ah, tables.nodes, energy, celsius + 273.15))
        .clip(_SMALLEST_MOHM, largest)
        .tolist()
        for table, energy in zip(tables.resistance, tables.shape.energy, strict=True)
    )
    laws = ", ".join(f"{energy:.3f}" for energy in tables.shape.energy)
    merged = ", R0 holds charge transfer and R1 as well (sampling too slow)" if found.sparse else ""
    text = f"least squares{merged}; in {_listed(extrapolated)} by Arrhenius with {laws} eV: {found.dynamic_source}"
    return ResistanceTable(
        temperature_c=celsius.tolist(),
        soc=SURFACE_SOC.tolist(),
        r0_mohm=r0,
        kinetic_mohm=None if found.sparse else kinetic,
        r1_mohm=r1,
        r2_mohm=r2,
        extrapolated_c=extrapolated,
        status="fitted",
        source=text,
    )


def _rows(tables: Tables) -> tuple[Floats, list[float]]:
    """degC of all rows of the tables, and of those beyond the tests."""
    measured = np.round(tables.nodes - 273.15, 2)
    cold = [t for t in np.arange(_COLDEST, measured[0], _BEYOND).tolist() if t < measured[0] - 2]
    hot = [t for t in np.arange(_HOTTEST, measured[-1], -_BEYOND)[::-1].tolist() if t > measured[-1] + 2]
    return np.r_[cold, measured, hot], [*cold, *hot]


def _listed(extrapolated: list[float]) -> str:
    return "the rows of " + ", ".join(f"{t:g}" for t in extrapolated) + " degC"


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
