"""Loss of contact in a log: the interface's resistance rises with fast discharge and falls again at rest.

Voids grow where lithium is stripped faster than it creeps back (bms/cells/effects.py). Here the resistance is seen
in how the voltage follows the load's changes, and held against the course that such a loss would take.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter, uniform_filter1d
from scipy.signal import lfilter
from scipy.stats import norm

from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS, arrhenius
from bms.estimation import tables
from bms.estimation.run import Estimate
from bms.estimation.unexplained import SETTLED, seconds

Floats = NDArray[np.float64]

LEAST, SURE_SCORE = 0.5, 4.0  # of the growth expected, and in its standard errors: what counts as found
EXCITED, FADED = 0.03, 0.9  # of R1 expected to have come; of its peak, what may be left later on: else no log can tell
_AROUND = 31  # rows of the running median
_AVERAGED = 61  # rows: a sensor's noise of 0.2 K is 1 % of a resistance
_NOISE = 0.002  # V of a reading
_MODEL = 0.03  # of the polarisation, what no model of it explains
# How far each form of the polarisation may be from the described one, as standard deviations of its factor:
_PRIOR = np.array([0.5, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3, 0.1, 0.05, 0.3, np.inf])
_PIECES = 40  # of the log, of which each is left out once for the standard error
_PASSES, _TUKEY = 5, 4.5
_LEAST_OHM = 1e-9  # stands for a branch that is absent
_NORMAL = 1.4826


@dataclass(frozen=True)
class ContactLoss:
    """growth: of R1, a share, at its largest; share: 1 as the cell is described, 0 sound; both with standard errors."""

    share: float
    share_sd: float
    growth: float
    since: float  # s, when a fast discharge began
    seen: bool  # the cell is one that can, and the log has a fast discharge, then a rest, and a load after both

    @property
    def found(self) -> bool:
        """Grown and faded as a loss of contact does, beyond chance."""
        return self.seen and self.share >= max(LEAST, SURE_SCORE * self.share_sd)

    @property
    def confidence(self) -> float:
        """That the share is no chance; 0 where no log can tell."""
        return float(norm.cdf(self.share / self.share_sd)) if self.seen and self.share > 0 else 0.0


def contact_loss(result: Estimate, cell: Cell, until: float = np.inf) -> ContactLoss:
    """What the log tells up to `until` (s since it began)."""
    log = result.log
    rows = seconds(log)
    rows = rows[log.time[rows] - log.time[0] <= until]
    time, current = log.time[rows] - log.time[0], log.current[rows]
    celsius = uniform_filter1d(log.temperature[rows] - ZERO_CELSIUS, min(_AVERAGED, len(rows)))
    expected = course(cell, time, current, celsius)
    peak = int(expected.argmax())
    moving = np.abs(np.diff(current, append=current[-1])) > 0.02 * cell.capacity_ah.value
    later = expected[peak:][moving[peak:]]
    seen = expected[peak] >= EXCITED and len(later) > 0 and float(later.min()) <= FADED * expected[peak]
    since = float(time[expected > 0][0]) if expected[peak] > 0 else np.inf
    if not seen:
        return ContactLoss(0.0, np.inf, 0.0, since, False)
    late = time >= SETTLED
    open_voltage = np.interp(result.soc[rows], tables.OCV_SOC, tables.ocv(cell))
    parts = _polarisation(cell, result.soc[rows], current, celsius, time, expected)[late]
    quick, target = _quick(parts), _quick((open_voltage - log.voltage[rows])[late] - parts[:, :3].sum(1))
    power = uniform_filter1d(quick[:, :3].sum(1) ** 2, min(2 * _AROUND, len(quick)))
    scale = np.sqrt(_NOISE**2 + _MODEL**2 * np.maximum(power, 0))  # a running sum may round below 0
    share, sd = _last_of_fit(quick / scale[:, np.newaxis], target / scale)
    return ContactLoss(share, sd, share * float(expected[peak]), since, True)


def course(cell: Cell, time: Floats, current: Floats, celsius: Floats) -> Floats:
    """(n,) share by which R1 would have grown: with charge above the critical current, fading as creep closes voids."""
    described, capacity = cell.effects.contact, cell.capacity_ah.value
    if described is None:  # an anode that does not creep
        return np.zeros_like(time)
    critical, growth, most = described.critical_c.value, described.growth_per_soc.value, described.most.value
    recovery, energy = described.recovery_s.value, described.recovery_activation_ev.value
    interval = np.diff(time, prepend=time[0])
    stripped = np.maximum(current / capacity - critical, 0) * interval / 3600
    fading = np.exp(-interval / (recovery * arrhenius(energy, celsius + ZERO_CELSIUS)))
    lost, out = 0.0, np.empty_like(time)
    for n in range(len(time)):
        lost = min(lost * fading[n] + growth * stripped[n], most)
        out[n] = lost
    return out


def _polarisation(cell: Cell, soc: Floats, current: Floats, celsius: Floats, time: Floats, expected: Floats) -> Floats:
    """(n, 11) V that the described resistances drop, in all forms that a cell may differ in; the last: R1's growth."""
    r0, kinetic, r1, r2 = (_at(table, celsius, soc) for table in tables.resistances(cell))
    interval = float(np.median(np.diff(time)))

    def low(tau: float) -> Floats:
        share = float(np.exp(-interval / tau))
        return np.asarray(lfilter([1 - share], [1, -share], current))

    prompt, first, slow = (r0 + kinetic) * current, r1 * low(cell.tau1_s.value), r2 * low(cell.tau2_s.value)
    whole = prompt + first + slow
    delayed = [r1 * np.r_[np.zeros(k), current[: len(current) - k]] for k in (1, 2)]
    between = [r1 * low(10.0), r2 * low(30.0)]
    drift = [whole * (soc - 0.5), whole * (celsius - celsius.mean()) / 10]
    return np.array([prompt, first, slow, *delayed, *between, *drift, r1 * current, first * expected]).T


def _at(table: Floats, celsius: Floats, soc: Floats) -> Floats:
    """(n,) of a table over TABLE_C and TABLE_SOC, linear over SoC, its logarithm over the temperature, held outside."""
    row = np.clip(np.interp(celsius, tables.TABLE_C, np.arange(len(tables.TABLE_C))), 0, len(tables.TABLE_C) - 1.001)
    column = np.interp(soc, tables.TABLE_SOC, np.arange(len(tables.TABLE_SOC)))
    column = np.clip(column, 0, len(tables.TABLE_SOC) - 1.001)
    i, j = row.astype(int), column.astype(int)
    x, y = row - i, column - j
    cold, warm = ((1 - y) * table[k, j] + y * table[k, j + 1] for k in (i, i + 1))
    return np.maximum(cold, _LEAST_OHM) ** (1 - x) * np.maximum(warm, _LEAST_OHM) ** x


def _quick(values: Floats) -> Floats:
    """What changes within seconds."""
    size = min(_AROUND, len(values))
    return values - median_filter(values, size if values.ndim == 1 else (size, 1))


def _last_of_fit(parts: Floats, target: Floats) -> tuple[float, float]:
    """The last part's factor in a robust fit, and its standard error by leaving out pieces of the log."""
    scale = np.sqrt((parts**2).mean(0)) + 1e-12
    f = parts / scale
    known = 1 / (_PRIOR * scale) ** 2 + 1e-9 * len(target)
    weight = np.ones(len(target))
    for _ in range(_PASSES):
        weighted = f * weight[:, np.newaxis]
        rest = target - f @ np.linalg.solve(weighted.T @ f + np.diag(known), weighted.T @ target)
        size = max(_NORMAL * float(np.median(np.abs(rest))), 1e-3)
        weight = np.clip(1 - (rest / (_TUKEY * size)) ** 2, 0, None) ** 2
    pieces = np.array_split(np.arange(len(target)), _PIECES)
    squares = np.array([(f[piece] * weight[piece, np.newaxis]).T @ f[piece] for piece in pieces])
    products = np.array([(f[piece] * weight[piece, np.newaxis]).T @ target[piece] for piece in pieces])
    square, product = squares.sum(0) + np.diag(known), products.sum(0)
    without = [np.linalg.solve(square - s, product - p)[-1] for s, p in zip(squares, products, strict=True)]
    spread = np.sqrt((len(pieces) - 1) * float(np.var(without)))
    return float(np.linalg.solve(square, product)[-1]) / float(scale[-1]), float(spread) / float(scale[-1])
