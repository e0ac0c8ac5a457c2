"""What the fitted model cannot explain, from residuals on tests that took no part in the fit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.optimize import nnls
from scipy.signal import lfilter

from bms.cells.fitting_slow import Slow
from bms.cells.fitting_tables import Shape, Tables, fit_tables, polarisation, predict, rows
from bms.cells.fitting_trace import Trace
from bms.cells.record import Floats
from bms.cells.schema import ModelError, Quantity

_MINUTE = 60.0  # s; what a mean of one minute keeps is slow error
_MEMORY = 120.0  # s, low-pass of the polarisation
_SLOPE = (0.25, 1.0)  # V per unit of SoC: the slope the estimator uses is kept in this range
# The fast part's errors repeat with the drive's own rhythm, far longer than their correlation inside a minute tells; at
# these multiples an exact start on the training cycles errs least (RMSE 1.50 -> 0.80 % SoC, coverage 89 -> 97 %).
_REPEATS_NOISE, _REPEATS_FAST = 2.0, 4.0
_FLOOR_OCV, _FLOOR_NOISE = 2e-3, 1e-3  # V; no cycler test tells less
_FEW = 4  # tests; below this none can be spared for judging


@dataclass(frozen=True)
class Unexplained:
    """One test's residual on its time grid: arrays (n,)."""

    step: float
    error: Floats  # V, measured less predicted
    polarisation: Floats  # V
    slope: Floats  # V per unit of SoC
    weight: Floats


def unexplained(tests: Sequence[Trace], slow: Slow, shape: Shape, nodes: Floats) -> list[Unexplained]:
    """Residuals of each test under tables fitted on the other half of the tests (on all where there are under four)."""
    thinned = [rows(test, slow, shape) for test in tests]
    halves = folds(len(tests))
    out: list[Unexplained | None] = [None] * len(tests)
    for train, judge in halves:
        tables = fit_tables([thinned[k] for k in train], slow, shape, nodes)
        for k in judge:
            out[k] = _residual(tests[k], slow, tables)
    return [part for part in out if part is not None]


def folds(count: int) -> list[tuple[list[int], list[int]]]:
    """(training, judging) indices: every second test, tests being sorted by temperature."""
    if count < _FEW:
        return [(list(range(count)), list(range(count)))]
    even, odd = list(range(0, count, 2)), list(range(1, count, 2))
    return [(even, odd), (odd, even)]


def model_error(parts: Sequence[Unexplained], source: str) -> ModelError:
    """The six figures; `parts` as from `unexplained`.

    Variance of the slow part: s0^2 + (rho eta)^2 + (ssl slope)^2, of the fast part: r0^2 + (rhof (eta_i - eta))^2, with
    eta the polarisation's low-pass; the fast part is inflated to white noise that weighs as much at an update a second.
    """
    slow_terms, slow_squares, fast_terms, fast_squares, slow_weight = [], [], [], [], []
    memory, inflation = [], []
    for part in parts:
        gentle = uniform_filter1d(part.error, max(1, round(_MINUTE / part.step)), mode="nearest")
        a = np.exp(-part.step / _MEMORY)
        eta = np.asarray(lfilter([1 - a], [1, -a], part.polarisation))
        slow_terms.append(np.stack([np.ones_like(eta), eta**2, part.slope**2], axis=1))
        slow_squares.append(gentle**2)
        fast_terms.append(np.stack([np.ones_like(eta), (part.polarisation - eta) ** 2], axis=1))
        fast_squares.append((part.error - gentle) ** 2)
        slow_weight.append(part.weight / part.weight.sum())
        memory.append(_correlation_time(gentle, part.step))
        inflation.append(1 + 2 * _correlation_time(part.error - gentle, part.step))
    weight = np.concatenate(slow_weight)
    s0, rho, ssl = np.sqrt(_variances(np.concatenate(slow_terms), np.concatenate(slow_squares), weight))
    fast = _variances(np.concatenate(fast_terms), np.concatenate(fast_squares), weight)
    r0, rhof = np.sqrt(fast * np.median(inflation)) * (_REPEATS_NOISE, _REPEATS_FAST)
    return ModelError(
        ocv_mv=_figure(1e3 * max(s0, _FLOOR_OCV), source),
        soc_share=_figure(ssl, source),
        polarisation_share=_figure(rho, source),
        fast_share=_figure(rhof, source),
        noise_mv=_figure(1e3 * max(r0, _FLOOR_NOISE), source),
        correlation_s=_figure(float(np.clip(np.median(memory), 20.0, 2000.0)), source),
    )


def _residual(test: Trace, slow: Slow, tables: Tables) -> Unexplained:
    part = rows(test, slow, tables.shape, thinned=False)
    dz = 0.02
    above, below = np.clip(part.soc + dz, 0, 1), np.clip(part.soc - dz, 0, 1)
    rise = np.interp(above, slow.soc, slow.ocv) - np.interp(below, slow.soc, slow.ocv)
    error = part.rest_voltage - predict(tables, part)
    slope = np.clip(rise / (above - below), *_SLOPE)
    return Unexplained(test.step, error, polarisation(tables, part), slope, part.weight)


def _variances(terms: Floats, squares: Floats, weight: Floats) -> Floats:
    """Coefficients, none negative, of a variance linear in `terms`: least squares, reweighted by the variance found."""
    scale = np.sqrt((terms**2).mean(axis=0))
    scaled = terms / np.maximum(scale, 1e-12)
    found = np.array([np.average(squares, weights=weight), *[0.0] * (terms.shape[1] - 1)])
    for _ in range(10):
        trust = np.sqrt(weight) / np.maximum(scaled @ found, 1e-7)
        gram = (scaled * trust[:, None]).T @ (scaled * trust[:, None])
        root = np.linalg.cholesky(gram + 1e-9 * np.trace(gram) * np.eye(len(gram))).T
        found = nnls(root, np.linalg.solve(root.T, (scaled * trust[:, None]).T @ (squares * trust)))[0]
    return found / np.maximum(scale, 1e-12)


def _correlation_time(error: Floats, step: float) -> float:
    """s: the sum of the autocorrelation up to where it first falls below 0."""
    centred = error - error.mean()
    size = 1 << (2 * len(centred) - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, size)) ** 2
    lag = np.fft.irfft(power, size)[: len(centred)]
    rho = lag / lag[0] if lag[0] > 0 else np.zeros(len(centred))
    ends = np.flatnonzero(rho < 0)
    return float(rho[1 : ends[0]].sum() * step) if len(ends) else step * len(centred)


def _figure(value: float, source: str) -> Quantity:
    value = float(value)
    return Quantity(value=value, low=value / 2, high=2 * value, status="fitted", source=source)
