"""Drives of one emulated cell as the firmware would sample them: integers at 10 Hz, with the sensors' noise."""

import numpy as np
from numpy.typing import NDArray

from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import vehicle
from bms.driving.cycles import Cycle
from bms.driving.drive import trace
from bms.emulation.pack import ALIKE, Pack
from fastcore import batch
from firmware.kernels import soc

_Words = NDArray[np.int32]
DT = 0.1  # s
_VEHICLE, _VEHICLE_AH = "light-quadricycle", 77 * 16  # its pack; other cells carry the power of their share
_VEHICLE_WH_PER_KM = 61.6  # before anything has been driven
_NOISE_A, _NOISE_V = 0.05, 0.002
_HOLD = 100  # steps for which a temperature reading stands


def consumption(cell: Cell) -> float:
    """Wh/km of the vehicle that falls on one cell, by its share of the vehicle's ampere-hours."""
    return _VEHICLE_WH_PER_KM * cell.capacity_ah.value / _VEHICLE_AH


def drive_samples(
    cell: Cell, cycle: Cycle, *, soc: float, ambient_c: float, rng: np.random.Generator, until: float = 0.0
) -> _Words:
    """i_ma, v_uv, t_mdegc, dt_ms over one cycle, int32 (steps, 4); with `until`, over cycles down to that true SoC."""
    pack = Pack(cell, 1, soc=soc, temperature=ambient_c + ZERO_CELSIUS, spread=ALIKE)
    power = trace(cycle, vehicle.load(_VEHICLE), pack.ambient, DT).power * (cell.capacity_ah.value / _VEHICLE_AH)
    rows = []
    while True:
        for at in range(0, len(power), _HOLD):
            rows.append(_rows(pack, power[at : at + _HOLD], rng))
            if pack.soc[0] < until:
                return np.concatenate(rows)
        if not until:
            return np.concatenate(rows)


def _rows(pack: Pack, power: NDArray[np.float64], rng: np.random.Generator) -> _Words:
    celsius = float(pack.temperatures[0]) - ZERO_CELSIUS
    before = pack.copy()
    current = pack.draw(power, DT).current
    voltage = before.run(current, DT)[:, 0]
    n = len(current)
    i_ma = np.round(1000 * (current + rng.normal(0, _NOISE_A, n)))
    v_uv = 1000 * np.round(1000 * (voltage + rng.normal(0, _NOISE_V, n)))
    return np.stack([i_ma, v_uv, np.full(n, round(celsius * 1000)), np.full(n, 1000 * DT)], 1).astype(np.int32)


def reach_samples(par: _Words, state: _Words, samples: _Words, cycle: Cycle) -> _Words:
    """What the range kernel is given on that drive, a row for each correction by the voltage: int32 (windows, 7)."""
    s = state.copy()
    metres = np.cumsum(cycle.at(np.arange(len(samples)) * DT)) * DT
    rows, before = [], -1
    for at, (i_ma, v_uv, t_mdegc, dt_ms) in enumerate(samples.tolist()):
        if batch.step(s, par, i_ma, v_uv, t_mdegc, dt_ms):
            window_ms = round((at - before) * DT * 1000)
            driven_mm = round(1000 * (metres[at] - (metres[before] if before >= 0 else 0.0)))
            known = int(s[soc.SOC_Q21]), int(s[soc.SD_Q16])
            rows.append([int(s[soc.I_Q13]), v_uv // 1000, window_ms, driven_mm, *known, t_mdegc])
            before = at
    return np.array(rows, np.int32).reshape(-1, 7)
