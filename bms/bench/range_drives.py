"""Emulated drives from 90 % to empty, and what the firmware's estimator makes of them for the range kernel."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.cells import library
from bms.cells.quantity import Quantity
from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import cycles, drive, vehicle
from bms.emulation import pack_file
from bms.emulation.pack import Pack
from bms.estimation.words import PackDesign, words
from fastcore import batch
from firmware.config import Config
from firmware.estimate import Estimator
from firmware.kernels import reach

DT = 0.1  # s of the emulation
START_SOC = 0.9
_SAMPLE = 10  # steps: a window of the filter is a second, and it takes their means
_SECOND = DT * _SAMPLE
_STILL = 30.0  # s between the start of the firmware and that of the drive
_HOLD = 60  # s for which a temperature reading stands
_PATIENCE = 30.0  # s that a driver goes on with less power than asked before the pack counts as empty
_NOISE_A, _NOISE_V = 0.05, 0.002  # of one reading
_OFFSET_H, _GAIN = 1 / 1000, 0.003  # deviations of the current sensor: of the rated current, and of the reading
_ROAD = 1.6  # road beyond what a full pack could do, as a navigation would know it

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A pack of bms/packs, the cycles that follow one another in random order, and the weather."""

    pack: str
    road: tuple[str, ...]
    ambient_c: float
    seed: int


@dataclass(frozen=True)
class Driven:
    """lessons: arguments of the range kernel after `par`, int32 (windows, 7); the rest one a window.

    share_q15: of its capacity that the weakest cell is thought to have. driven: m since the start, left: m that the
    pack really had left, place: m along the road, which are more where the pack gave less than was asked. road: m, and
    the energy up to there in nV (a cell's, per rated charge), also beyond the end of the drive.
    """

    case: Case
    par: NDArray[np.int32]
    lessons: NDArray[np.int32]
    share_q15: NDArray[np.int32]
    driven: _Floats
    left: _Floats
    place: _Floats
    road_m: _Floats
    road_nv: _Floats


@dataclass(frozen=True)
class _Reading:
    """One second: mA, uV of each cell, mdegC of three sensors; and what they really gave, W."""

    i_ma: int
    cell_uv: list[int]
    ts_mdegc: list[int]
    given: float


def make(case: Case) -> Driven:
    """Drive it. The vehicle's figures are drawn from their ranges; the firmware is told the usual ones, and no SoC.

    The drive ends when a cell has fallen short of the demand for half a minute. Until then a car that is given less
    goes less far by as much.
    """
    rng = np.random.default_rng(case.seed)
    design = pack_file.load(case.pack)
    cell, usual = library.load(design.cell), vehicle.load(design.vehicle)
    series, parallel, ambient = int(design.series.value), int(design.parallel.value), case.ambient_c + ZERO_CELSIUS
    pack = Pack(cell, series, parallel, case.seed, soc=START_SOC, temperature=ambient, ambient=ambient)
    power, distance = _road(case.road, varied(usual, rng), ambient, _ROAD * _joules(pack), rng)
    before = pack.copy()
    current = pack.draw(power, DT, patience=_PATIENCE).current
    amps = cell.capacity_ah.value * parallel
    readings = list(_readings(before, current[: len(current) // _SAMPLE * _SAMPLE], amps, rng))
    asked, passed = (x.reshape(-1, _SAMPLE) for x in _whole(power, distance))
    given = np.array([r.given for r in readings])
    asked_mean = asked[: len(given)].mean(axis=1)
    hard = np.maximum(asked_mean, 0.1 * asked_mean.max())
    made = passed[: len(given)].sum(axis=1) * np.where(asked_mean < hard, 1, np.clip(given / hard, 0, 1))
    config = Config(array("i", _words(design, cell).tolist()))
    share_q15, lessons = _lessons(config, readings, made)
    driven = np.cumsum(made)[-len(lessons) :]
    place = np.cumsum(passed.sum(axis=1))
    nv = np.cumsum(asked.mean(axis=1)) * _SECOND / 3600 / (series * amps) * 1e9
    par = np.array(config.reach_par, np.int32)
    left, here = driven[-1] - driven, place[: len(given)][-len(lessons) :]
    return Driven(case, par, lessons, share_q15, driven, left, here, place, nv)


def _whole(*columns: _Floats) -> Iterator[_Floats]:
    for column in columns:
        yield column[: len(column) // _SAMPLE * _SAMPLE]


def _words(design: pack_file.PackFile, cell: Cell) -> NDArray[np.int32]:
    shunt_uohm = int(design.shunt_uohm.value) if design.shunt_uohm else 500
    return words(
        PackDesign(cell, int(design.series.value), int(design.parallel.value), rated(design.vehicle), shunt_uohm)
    )


def _lessons(config: Config, readings: list[_Reading], made: _Floats) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """What the estimator gives the range kernel at each correction: a word of its state, and the rest."""
    seen: list[tuple[int, ...]] = []

    def note(r: Sequence[int], _par: object, *lesson: int) -> int:
        seen.append((r[reach.SHARE_Q15], *lesson))
        return 0

    kernels: Any = SimpleNamespace(step=batch.step, reach_step=note, power_step=lambda *_: 0)
    estimator = Estimator(config, kernels)
    first, *rest = readings
    estimator.begin(first.i_ma, first.cell_uv, first.ts_mdegc)
    mm = np.diff(np.round(np.cumsum(made) * 1000)).astype(int).tolist()
    for reading, d_mm in zip(rest, mm, strict=True):
        estimator.advance(round(1000 * _SECOND), reading.i_ma, reading.cell_uv, reading.ts_mdegc, d_mm)
    words = np.array(seen[1:], np.int32)
    return words[:, 0], words[:, 1:]


@cache
def rated(name: str) -> float:
    """Wh/km that a vehicle's range begins with."""
    return drive.rated_consumption(vehicle.load(name))


def varied(usual: vehicle.Vehicle, rng: np.random.Generator) -> vehicle.Vehicle:
    """A vehicle whose uncertain figures lie in their ranges, the nearer to the usual the likelier (triangular)."""
    drawn = {}
    for name in vehicle.UNCERTAIN:
        usually: Quantity = getattr(usual, name)
        drawn[name] = usually.model_copy(update={"value": rng.triangular(usually.low, usually.value, usually.high)})
    return usual.model_copy(update=drawn)


def _joules(pack: Pack) -> float:
    return float(pack.charge.sum()) * pack.truth.voltage_max


def _road(
    names: tuple[str, ...], car: vehicle.Vehicle, ambient: float, joules: float, rng: np.random.Generator
) -> tuple[_Floats, _Floats]:
    """Power W and metres of each step, until so much energy has been asked for."""
    traces = [drive.trace(cycles.load(name), car, ambient, DT) for name in names]
    parts, asked = [], 0.0
    while asked < joules:
        parts.append(traces[int(rng.integers(len(traces)))])
        asked += float(parts[-1].power.sum()) * DT
    first = int(rng.integers(len(parts[0].power)))  # a drive begins anywhere in a cycle
    still = np.zeros(round(_STILL / DT))
    columns = [(p.power, p.distance) for p in parts]
    power, distance = (np.concatenate([still, np.concatenate(column)[first:]]) for column in zip(*columns, strict=True))
    return power, distance


def _readings(pack: Pack, current: _Floats, amps: float, rng: np.random.Generator) -> Iterator[_Reading]:
    """What the monitor reads as the pack is driven by that current, with the sensors' errors."""
    offset, gain = amps * _OFFSET_H * rng.standard_normal(), 1 + _GAIN * rng.standard_normal()
    hold = round(_HOLD / DT)
    for at in range(0, len(current), hold):
        part = current[at : at + hold]
        sensors = [round(1000 * (float(t.mean()) - ZERO_CELSIUS)) for t in np.array_split(pack.temperatures, 3)]
        volts = pack.run(part, DT)
        given = (part * volts.sum(axis=1)).reshape(-1, _SAMPLE).mean(axis=1)
        volts = volts.reshape(-1, _SAMPLE, pack.series).mean(axis=1)
        amperes = (part * gain + offset).reshape(-1, _SAMPLE).mean(axis=1)
        volts += rng.normal(0, _NOISE_V / np.sqrt(_SAMPLE), volts.shape)
        amperes += rng.normal(0, _NOISE_A / np.sqrt(_SAMPLE), amperes.shape)
        ma, uv = np.round(1000 * amperes).astype(int).tolist(), np.round(1e6 * volts).astype(int).tolist()
        yield from (_Reading(i, v, sensors, float(w)) for i, v, w in zip(ma, uv, given, strict=True))
