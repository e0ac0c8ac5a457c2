"""The desktop's mirror of the firmware: the same samples through the compiled kernels, every word compared."""

from array import array

import numpy as np
from numpy.typing import NDArray

from fastcore import batch
from firmware import readings as of
from firmware.config import Config
from firmware.controller import STORED
from firmware.estimate import Estimator
from firmware.kernels import power, reach, soc
from firmware.memory import Memory
from firmware.protection import Protection

# What a tick writes before it judges; the rest is the last tick's.
_BEFORE = [*range(of.SOC_MEAN_Q15), of.ABSOLUTE_MA, of.UNMEASURED_MS, of.STUCK_MS]
_TICK = 4  # words before the readings
_WRITTEN = [of.WARNINGS_A, of.WARNINGS_B, of.TRIPS_A, of.TRIPS_B, of.REACTION]  # by the diagnoses themselves


class Mirror:
    """Follows a controller's records. mismatches counts the words that differed, ticks the records.

    range: words of the range kernel as the firmware last told them.
    """

    def __init__(self, words: NDArray[np.int32]) -> None:
        config = Config(array("i", words.tolist()))
        self.cells, self._sensors = config.cells, 3 * config.chips
        self.estimator = Estimator(config, batch)
        self.mismatches = 0
        self.ticks = 0
        self._route_nv_m = 0  # told in this tick, after its sample
        self.range = np.zeros(reach.STATE, np.int32)
        self._readings = array("i", [0] * of.READINGS)
        self._readings[of.ALWAYS] = 1
        self._protection = Protection(config.guard, self._readings, batch.guard_step)

    def recall(self, memory: Memory, clock_s: int) -> None:
        """What the firmware takes from its memory at a start: trips that outlive it."""
        if memory.recall(clock_s):
            self._protection.restore(memory.faults, 0)

    def follow(self, record: NDArray[np.int32]) -> NDArray[np.int32]:
        """Take a record (how it began, sample, states, range, limits); the firmware's states, int32 (cells, STATE)."""
        begun, dt_ms, d_mm, i_ma = record[:4].tolist()
        voltages = 4 + self._sensors
        bleeds = voltages + self.cells
        first = bleeds + self.cells
        ts_mdegc, cell_uv = record[4:voltages].tolist(), record[voltages:bleeds].tolist()
        self.estimator.bleed_ma[:] = array("i", record[bleeds:first].tolist())
        end = first + self.cells * soc.STATE
        states = record[first:end].reshape(self.cells, soc.STATE)
        if begun == STORED:
            for mine, theirs in zip(self.estimator.states, states.tolist(), strict=True):
                mine[:] = array("i", theirs)
            self.estimator.range[:] = array("i", record[end : end + reach.STATE].tolist())
            self.estimator.restart_limits()
        elif begun:
            self.estimator.begin(i_ma, cell_uv, ts_mdegc)
        else:
            self.estimator.advance(dt_ms, i_ma, cell_uv, ts_mdegc, d_mm)
        self.estimator.tell_route(self._route_nv_m)
        self.ticks += 1
        self.range = record[end : end + reach.STATE]
        known = (*self.estimator.states, self.estimator.range, *self.estimator.limits)
        mine = np.concatenate([np.asarray(s, np.int32) for s in known])
        assert len(record) - first == len(mine), f"{power.STATE} words of limits are a cell's"
        self.mismatches += int(np.count_nonzero(mine != record[first:]))
        return states

    def judge(self, record: NDArray[np.int32]) -> NDArray[np.int32]:
        """Take a tick (dt_ms, was the sensor zeroed, at what, route, readings, diagnoses); the readings."""
        self.estimator.tell_route(self._route_nv_m)
        dt_ms, zeroed, rest_ma, self._route_nv_m = record[:_TICK].tolist()
        readings, state = record[_TICK : _TICK + of.READINGS], record[_TICK + of.READINGS :]
        if zeroed:
            self.estimator.zero(rest_ma)
        now = readings.tolist()
        for k in _BEFORE:
            self._readings[k] = now[k]
        self._protection.update(dt_ms)
        self.estimator.react(self._protection.reaction)
        mine = np.asarray(self._protection.state, np.int32)
        self.mismatches += int(np.count_nonzero(mine != state))
        theirs = readings[_WRITTEN]
        self.mismatches += int(np.count_nonzero(np.asarray(self._readings, np.int32)[_WRITTEN] != theirs))
        self._readings[:] = array("i", now)
        return readings
