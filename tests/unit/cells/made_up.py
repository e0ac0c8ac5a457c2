"""A made-up cell and its tests: what a fit must find is known."""

from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from bms.estimation.logs import Log

CAPACITY_AH, OFFSET, HALF_GAP, RATE = 3.0, 0.008, 0.006, 30.0  # Ah, A, V, 1/SoC
R0, A, R1, R2 = 0.030, 0.012, 0.020, 0.025  # ohm at 25 degC
LAG2, LAG3, EXCHANGE = 0.02, 0.02, 1.0  # SoC per C, SoC per C, C; at 25 degC
ENERGY = 0.30  # eV, of all of them


def ocv(soc: np.ndarray) -> np.ndarray:
    return 3.3 + 0.75 * soc + 0.15 * np.tanh(8 * (soc - 0.9)) - 0.3 * np.exp(-np.maximum(soc, -0.05) / 0.05)


def factor(kelvin: float) -> float:
    """Of the resistances and the lags against 25 degC; one over it, of the exchange current."""
    return float(np.exp(ENERGY / 8.617333e-5 * (1 / kelvin - 1 / 298.15)))


def slow_leg(sign: int, kelvin: float = 298.15, half_gap: float = HALF_GAP) -> Log:
    """C/20 in one direction between empty and full, as a tester writes it that reads OFFSET too much."""
    current = sign * CAPACITY_AH / 20
    time = np.arange(0, 20 * 3600 + 1, 60.0)
    moved = time / time[-1]
    soc = 1 - moved if sign > 0 else moved
    side = sign * (1 - np.minimum(RATE * moved, 2))
    scale = factor(kelvin)
    surface = soc - (LAG2 + LAG3) * scale * current / CAPACITY_AH
    voltage = ocv(surface) + half_gap * side - scale * (R0 + A + R1 + R2) * current
    temperature = np.full(len(time), kelvin)
    return Log(Path(f"slow{sign:+d}.csv"), time, np.full(len(time), current + OFFSET), voltage, temperature)


def driven(kelvin: float, seed: int, step: float = 1.0, hold: int = 15, half_gap: float = HALF_GAP) -> Log:
    """75 min of a current that changes every `hold` s and takes the cell from full to some 15 %; `step` s a row."""
    rng = np.random.default_rng(seed)
    n = 4500
    level = np.repeat(rng.uniform(-2, 6, n // hold), hold)
    current = level * 0.85 * CAPACITY_AH * 3600 / level.sum()
    soc = 1 - np.cumsum(current) / 3600 / CAPACITY_AH
    x1, x2, x3 = (np.asarray(lfilter([1 - a], [1, -a], current)) for a in (np.exp(-1 / tau) for tau in (10, 100, 1000)))
    scale = factor(kelvin)
    exchange = EXCHANGE * CAPACITY_AH / scale
    drop = R0 * current + A * exchange * np.arcsinh(current / exchange) + R1 * x1 + R2 * x2
    side, h = np.empty(n), 1.0
    for k, moved in enumerate(RATE * np.diff(soc, prepend=1.0)):
        side[k] = h = min(1.0, max(-1.0, h + moved))
    surface = soc - scale * (LAG2 * x2 + LAG3 * x3) / CAPACITY_AH
    voltage = ocv(surface) + half_gap * side - scale * drop + rng.normal(0, 5e-4, n)
    pick = slice(None, None, round(step))
    time = np.arange(n, dtype=np.float64)[pick]
    return Log(Path(f"drive{seed}.csv"), time, current[pick], voltage[pick], np.full(len(time), kelvin))
