"""A drive that a power cut ends and a restart after it: emulated cells, the estimator, and what stayed in the store."""

from array import array
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bms.cells import library
from bms.cells.temperature import REFERENCE
from bms.driving import cycles, drive, vehicle
from bms.emulation.pack import Pack
from bms.emulation.storage import Storage
from bms.estimation.parameters import capacity_mc, parameters
from fastcore import batch
from firmware import records, restore, start
from firmware.kernels import soc
from firmware.store import Store

SERIES = 4
DT = 0.1  # s
SAVE_S = 8.0
HOUR_S = 3600
T_MDEGC = 25_000
INTERVAL = 1.96
SELF_DISCHARGE_C = 0.025 / 30 / 24  # 2.5 % a month
_NOISE_V, _OFFSET_C = 0.001, 1 / 2000


@cache
def current_trace(capacity_ah: float) -> NDArray[np.float64]:
    """A of a UDDS that peaks at 2C."""
    power = drive.trace(cycles.load("udds"), vehicle.load("light-quadricycle"), REFERENCE, DT).power
    return power / power.max() * 2 * capacity_ah


@dataclass
class Restarted:
    """error: SoC estimated less true, of each cell, after `settled` s; sd: its deviation as it was told; both at once
    after the restart, and then. before: the error when the power went. doubted: cells.
    """

    error: NDArray[np.float64]
    sd: NDArray[np.float64]
    later_error: NDArray[np.float64]
    later_sd: NDArray[np.float64]
    before: NDArray[np.float64]
    doubted: int


class Drive:
    """One drive. Sensors with noise and an offset, cells that differ from what is known of them."""

    def __init__(self, name: str, seed: int, known_sd: float = 0.02) -> None:
        cell = library.load(name)
        self.rng = np.random.default_rng(seed)
        self.par = array("i", parameters(cell).tolist())
        self.cap_mc = capacity_mc(cell)
        self.capacity_ah = self.cap_mc / 3.6e6
        begun = float(self.rng.uniform(0.35, 0.95))
        self.pack = Pack(cell, SERIES, seed=seed, soc=begun)
        self.offset = _OFFSET_C * self.capacity_ah * self.rng.standard_normal()
        told = self.pack.soc + known_sd * self.rng.standard_normal(SERIES)
        self.states = [
            start.known(self.par, self.cap_mc, round(min(max(z, 0), 1) * 2**21), round(known_sd * 2**16)) for z in told
        ]
        self.kind = records.state_kind(SERIES, self.par[soc.RATED_MC])
        self.storage = Storage()
        self.store = Store(self.storage, self.kind)
        self.learned_kind = records.learned_kind(SERIES, self.par[soc.RATED_MC])
        self.learned = Store(self.storage, self.learned_kind)
        self.clock_s = 800_000_000
        self.road = start.road([100_000, 5_000, 50_000, *[0] * 280])

    def sample(self, amps: float, volts: NDArray[np.float64]) -> tuple[int, list[int]]:
        noisy = volts + self.rng.normal(0, _NOISE_V, SERIES)
        return round(1000 * (amps + self.offset)), np.round(1e6 * noisy).astype(int).tolist()

    def step(self, i_ma: int, v_uv: list[int]) -> None:
        for s, uv in zip(self.states, v_uv, strict=True):
            batch.step(s, self.par, i_ma, uv, T_MDEGC, round(1000 * DT))

    def save(self, i_ma: int, seconds: float) -> None:
        words = array("i", [0] * self.kind.words)
        words[records.RATED_MC] = self.par[soc.RATED_MC]
        words[records.CLOCK_S] = int(self.clock_s + seconds)
        records.take_state(words, self.states, self.road, i_ma)
        assert self.store.save(words)

    def drive(self, seconds: float) -> None:
        """Drive until the power is cut; saved every SAVE_S."""
        trace = current_trace(self.capacity_ah)
        steps = round(seconds / DT)
        current = np.resize(np.roll(trace, -int(self.rng.integers(len(trace)))), steps)
        volts = self.pack.run(current, DT)
        due = float(self.rng.uniform(0, SAVE_S))
        for k in range(steps):
            i_ma, v_uv = self.sample(float(current[k]), volts[k])
            self.step(i_ma, v_uv)
            if k * DT >= due:
                due += SAVE_S
                self.save(i_ma, k * DT)
        words = array("i", [0] * self.learned_kind.words)
        records.take_learned(words, self.par, self.states)
        assert self.learned.save(words)
        self.clock_s += int(seconds)

    def restart(self, pause_s: float, *, clock: bool, settled_s: float = 120.0, jump_s: int = 0) -> Restarted:
        """The pack rests behind open contactors, losing charge by itself; then the firmware starts again.

        jump_s: by so much the clock has been set forward meanwhile.
        """
        before = self.errors()
        leak = SELF_DISCHARGE_C * self.capacity_ah
        dt = min(pause_s, 10.0)
        self.pack.advance(leak, dt, steps=round(pause_s / dt))
        self.clock_s += int(pause_s)
        words = array("i", [0] * self.kind.words)
        assert Store(self.storage, self.kind).load(words)
        age = restore.age_s(words, self.clock_s + jump_s if clock else 0)
        i_ma, v_uv = self.sample(0.0, self.pack.voltages)
        doubted = self.begin(age, i_ma, v_uv)
        error, sd = self.errors(), self.deviations()
        self.rest(settled_s, leak)
        return Restarted(error, sd, self.errors(), self.deviations(), before, doubted)

    def begin(self, age: int | None, i_ma: int, v_uv: list[int]) -> int:
        """States from what is stored, or blind; how many are blind."""
        words = array("i", [0] * self.kind.words)
        learned = array("i", [0] * self.learned_kind.words)
        assert Store(self.storage, self.kind).load(words)
        taught = learned if Store(self.storage, self.learned_kind).load(learned) else None
        doubted = 0
        for k in range(SERIES):
            state = restore.begun(self.par, words, taught, k, age, (i_ma, v_uv[k], T_MDEGC))
            if state is None:
                doubted += 1
                state = start.blind(self.par, self.cap_mc, i_ma, v_uv[k], T_MDEGC, start.PAUSED)
            self.states[k] = state
        return doubted

    def rest(self, seconds: float, leak: float = 0.0) -> None:
        """Time passes behind open contactors; each cell loses `leak`, A, by itself."""
        for _ in range(round(seconds / DT)):
            self.pack.advance(leak, DT)
            self.step(*self.sample(0.0, self.pack.voltages))

    def errors(self) -> NDArray[np.float64]:
        return np.array([s[soc.Q_MC] / s[soc.CAP_MC] for s in self.states]) - self.pack.soc

    def deviations(self) -> NDArray[np.float64]:
        return np.array([s[soc.SD_Q16] / 2**16 for s in self.states])
