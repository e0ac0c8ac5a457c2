"""A controller's configuration as int32 words: what `pack.bin` holds and firmware/config.py reads."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bms.cells.schema import Cell
from bms.errors import InputError
from bms.estimation import emptiness, guard_checks, guard_table, tables
from bms.estimation.parameters import capacity_mc, parameters
from bms.estimation.power_words import Window, power_parameters
from firmware import config
from firmware import readings as of
from firmware.kernels import reach

MOST_CELLS = config.MOST_CELLS
A_CHIP = 16
# There the over-current comparators of the BQ76952 end on discharge and on charge (TI SLUUBY2B).
_SHUNT_MOST_V, _SHUNT_CHARGE_V = 0.2, 0.124

# How far the monitor's own limits lie beyond the controller's: its steps are 50.6 mV and 1 K.
_OVER_MV, _UNDER_MV, _HOTTER_K, _COLDER_K = 90, 100, 3.0, 3.0

# The range's view of its error, as shares: chosen with the rest on emulated drives (docs/estimator.md, "Range").
_PRIOR_M, _MEMORY_M = 2_000, 40_000
# Roads take more than test cycles: the EPA's label divides their range by 0.7 in general (40 CFR 600.210-12), for all
# weather and the cabin; of that, so much is counted at the start.
_BEYOND_CYCLES = 1.25
_SD_PRIOR, _SD_ROAD, _SD_ROUTE, _SD_ENERGY = 0.28, 0.14, 0.035, 0.01


@dataclass(frozen=True)
class PackDesign:
    """What the words are made of. consumption_wh_per_km is the vehicle's, before anything has been driven.

    precharge_ms: the longest pre-charge, 0 where the pack has none, and the shortest that is one. watchdog_s: of
    silence of the controller, after which the monitor opens its FETs. key: 32 bytes that commands are signed with;
    without any no command is taken. heartbeat: the vehicle must be heard on CAN.
    """

    cell: Cell
    series: int
    parallel: int
    consumption_wh_per_km: float
    shunt_uohm: int = 500
    precharge_ms: tuple[int, int] = (2000, 150)
    watchdog_s: int = 2
    window: Window = field(default_factory=Window)
    key: bytes = bytes(32)
    heartbeat: bool = False
    thresholds: tuple[guard_table.Change, ...] = ()  # the pack's own

    @property
    def chips(self) -> int:
        """Cell monitors, each with as many cells."""
        return -(-self.series // A_CHIP)


def words(design: PackDesign) -> NDArray[np.int32]:
    """The words, int32 of shape (n,), laid out as in firmware/config.py. InputError where chip or kernel cannot."""
    cell, amps = design.cell, design.cell.capacity_ah.value * design.parallel
    if not 1 <= design.series <= MOST_CELLS:
        raise InputError(f"{design.series} cells in series: eight BQ76952 watch 1 .. {MOST_CELLS}; split the pack.")
    if design.series % design.chips:
        raise InputError(
            f"{design.series} cells in series are not alike for {design.chips} BQ76952; "
            f"choose a multiple of {design.chips}."
        )
    discharge_a, charge_a = amps * cell.discharge_max_c.value, amps * cell.charge_max_c.value
    estimator = parameters(cell, design.parallel)
    peak_a = 1.2 * discharge_a
    shunted = ((peak_a, _SHUNT_MOST_V), (1.1 * charge_a, _SHUNT_CHARGE_V))
    allowed, amps, most_v = min((int(1e6 * volts / amps), amps, volts) for amps, volts in shunted)
    if design.shunt_uohm > allowed:
        raise InputError(
            f"shunt_uohm is {design.shunt_uohm}: at {amps:.0f} A it drops more than the {most_v:g} V "
            f"that a BQ76952 judges; choose {allowed} or less."
        )
    chip = _chip_limits(design)
    heat_j_k_ah = cell.heat_capacity_j_per_k.value / cell.capacity_ah.value
    if not 1 < heat_j_k_ah < 1000:
        raise InputError(f"heat_capacity_j_per_k is {heat_j_k_ah:.3g} J/K for an Ah; cells have 1 .. 1000.")
    its, own = limits(design), design.thresholds
    rows = guard_table.table(its, own)
    guard_checks.check_chip(rows, chip)
    head = [
        config.VERSION,
        design.series,
        design.chips,
        capacity_mc(cell, design.parallel),
        max(row.trip for row in rows if row.reading in (of.DISCHARGE_MA, of.CHARGE_MA)),  # the register holds it
        design.shunt_uohm,
        *chip.values(),
        design.precharge_ms[0],
        design.precharge_ms[1],
        design.watchdog_s,
        int(design.heartbeat),
        round(cell.heat_capacity_j_per_k.value * design.parallel * 10),
    ]
    assert len(head) == config.HEAD
    parts = [guard_table.words(its, own), power_parameters(cell, design.window), reach_parameters(design), estimator]
    body = np.concatenate([np.array(head, np.int32), *parts, np.frombuffer(design.key, "<i4")])
    return np.append(body, np.int32(config.checksum(body.tobytes())))


def _chip_limits(design: PackDesign) -> dict[str, int]:
    """The cell monitor's own limits, a margin beyond the controller's, in the order of the head.

    The chip judges its limits of charging whether it charges or not (TI E2E thread 1503197), so those are the widest.
    """
    cell, window = design.cell, design.window
    amps = design.cell.capacity_ah.value * design.parallel
    discharge_a, charge_a = amps * cell.discharge_max_c.value, amps * cell.charge_max_c.value
    hot_mdegc, cold_mdegc = round(1000 * (window.hot_c + _HOTTER_K)), round(1000 * (window.cold_c - _COLDER_K))
    return {
        "over_mv": round(cell.voltage_max_v.value * 1000) + _OVER_MV,
        "under_mv": round(cell.voltage_min_v.value * 1000) - _UNDER_MV,
        "charge_ma": round(charge_a * 1100),
        "discharge_ma": round(discharge_a * 1100),
        "peak_ma": round(1.2 * discharge_a * 1000),
        "short_ma": round(discharge_a * 1500),
        "otc_mdegc": hot_mdegc,
        "otd_mdegc": hot_mdegc,
        "utc_mdegc": cold_mdegc,
        "utd_mdegc": cold_mdegc,
    }


def limits(design: PackDesign) -> guard_table.Limits:
    """What of the diagnoses depends on the pack."""
    cell, amps, window = design.cell, design.cell.capacity_ah.value * design.parallel, design.window
    return guard_table.Limits(
        cells=design.series,
        voltage_min_v=cell.voltage_min_v.value,
        voltage_max_v=cell.voltage_max_v.value,
        discharge_a=amps * cell.discharge_max_c.value,
        charge_a=amps * cell.charge_max_c.value,
        capacity_ah=amps,
        hot_c=window.hot_c,
        hot_charge_c=window.hot_charge_c,
        cold_c=window.cold_c,
        cold_charge_c=window.cold_charge_c,
    )


def consumption_nv_m(design: PackDesign) -> int:
    """The range kernel's unit: nV a metre, the energy of one cell per its rated charge."""
    amps = design.cell.capacity_ah.value * design.parallel
    return round(design.consumption_wh_per_km / 1000 / (design.series * amps) * 1e9)


def reach_parameters(design: PackDesign) -> NDArray[np.int32]:
    """Of the range kernel, int32 (reach.PARAMETERS,). InputError for a consumption beyond its range."""
    amps = design.cell.capacity_ah.value * design.parallel
    volts = tables.ocv(design.cell)
    par = np.zeros(reach.PARAMETERS, np.int64)
    par[reach.C_PRIOR_NV_M] = round(_BEYOND_CYCLES * consumption_nv_m(design))
    par[reach.W_PRIOR_M], par[reach.W_MAX_M] = _PRIOR_M, _MEMORY_M
    par[reach.SD_PRIOR_Q15] = round(_SD_PRIOR * 2**15)
    par[reach.SD_ROAD_Q15] = round(_SD_ROAD * 2**15)
    par[reach.SD_ROUTE_Q15] = round(_SD_ROUTE * 2**15)
    par[reach.SD_ENERGY_Q15] = round(_SD_ENERGY * 2**15)
    par[reach.STEP_Q6] = round(emptiness.step(design.cell) * 64_000)
    par[reach.OCV_UV : reach.E_UV] = np.round(volts * 1e6)
    energy = np.concatenate([[0.0], np.cumsum((volts[1:] + volts[:-1]) / 2)]) / 64
    par[reach.E_UV : reach.EMPTY_Q15] = np.round(energy * 1e6)
    par[reach.EMPTY_Q15 :] = np.round(emptiness.empty(design.cell) * 2**15).ravel()
    if not 1_000 <= par[reach.C_PRIOR_NV_M] <= 1_000_000:
        raise InputError(
            f"A consumption of {design.consumption_wh_per_km:.1f} Wh/km on {design.series} x {amps:.0f} Ah is beyond "
            "what the range kernel takes (1 .. 1000 uV/m a cell); check the vehicle and the pack."
        )
    return par.astype(np.int32)
