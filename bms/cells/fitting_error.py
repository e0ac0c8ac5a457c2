"""What the fitted model cannot explain, from residuals on tests that took no part in the fit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.optimize import nnls
from scipy.signal import lfilter

from bms.cells.fitting_rows import Samples, rows
from bms.cells.fitting_shape import Shape
from bms.cells.fitting_tables import Problem, Tables, fit_tables, judged, ocv_slope, polarisation, predict
from bms.cells.quantity import Quantity
from bms.cells.record import Floats
from bms.cells.schema import ModelError

_MINUTE = 60.0  # s; what a mean of one minute keeps is slow error
_MEMORY = 120.0  # s, low-pass of the polarisation
_SLOPE = (0.02, 1.0)  # V per unit of SoC: the slope the estimator uses is kept in this range
# The fast part's errors repeat with the drive's own rhythm, far longer than their correlation inside a minute tells;
# these multiples are those of the float filter that errs least on the Panasonic cell's training cycles.
_REPEATS_NOISE, _REPEATS_FAST = 2.0, 22.0
_BETWEEN = 1.3  # slow error: tests of other weeks differ more than two of the same day, which judge each other here
_ALONE = 1.5  # the same, for a test that only its own stretches judge
_SPIKE = 3.0  # times the median size
_MEMORIES = (20.0, 3000.0)  # s
_USUAL = 0.75  # of the samples: the last percents of an emptied cell are no guess for all
_EQUAL = 1.0  # weight, beside that of the data, of the guess that each term explains the same
_MOST = (0.25, 0.5, 0.1, 5.0)  # V, share, SoC, share: of s0, rho, ssl, rhof; beyond them a voltage tells nothing anyway
_TYPICAL_NOISE, _TYPICAL_FAST, _TYPICAL_MEMORY = 46.0, 3.9, 190.0  # mV, share and s: the Panasonic cell's
_SEEN_STEPS = 3.0  # an error that lasts for fewer is not seen to last
_FLOOR_OCV, _FLOOR_NOISE = 2e-3, 1e-3  # V; no cycler test tells less


@dataclass(frozen=True)
class Unexplained:
    """One test's residual on its time grid: arrays (n,)."""

    step: float
    error: Floats  # V, measured less predicted
    polarisation: Floats  # V
    slope: Floats  # V per unit of SoC
    weight: Floats
    alone: bool = False  # judged by other stretches of the same test


def unexplained(
    problem: Problem, shape: Shape, parts: Sequence[tuple[slice, float]], between: Sequence[int]
) -> list[Unexplained]:
    """Residuals under tables fitted on the other half; `parts`: where each test's samples lie, and its step in s.

    `between` are the parts at temperatures of their own, between others: they are left out whole as well, which tells
    how wrong the model is where no test was made.
    """
    error, tables = judged(problem, shape)
    out = []
    for place, step in parts:
        if not np.isnan(error[place]).any():
            samples = problem.samples.part(place)
            out.append(_against(problem, tables[int(samples.half[0])], samples, step))
            out[-1] = replace(out[-1], error=error[place], alone=len(np.unique(samples.half)) > 1)
    for k in between:
        place, step = parts[k]
        others = np.ones(len(problem.samples), np.bool_)
        others[place] = False
        fitted = fit_tables(replace(problem, samples=problem.samples.part(others)), shape)
        out.append(_against(problem, fitted, problem.samples.part(place), step))
    return out


def _against(problem: Problem, tables: Tables, samples: Samples, step: float) -> Unexplained:
    here = rows(samples, tables.shape, problem.nodes, problem.curve)
    slope = np.clip(ocv_slope(tables, problem, here.surface, samples.temperature), *_SLOPE)
    error = here.rest - predict(tables, here)
    return Unexplained(step, error, polarisation(tables, here), slope, samples.weight)


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
        slow_squares.append(((_ALONE if part.alone else 1.0) * gentle) ** 2)
        fast_terms.append(np.stack([np.ones_like(eta), (part.polarisation - eta) ** 2], axis=1))
        fast_squares.append((part.error - gentle) ** 2)
        slow_weight.append(part.weight / part.weight.sum())
        if not part.alone or all(other.alone for other in parts):  # stretches of one test share what lasts
            memory.append(_memory(gentle, part.step))
        inflation.append(1 + 2 * _correlation_time(part.error - gentle, part.step))
    weight = np.concatenate(slow_weight)
    slow = _BETWEEN * np.sqrt(_variances(np.concatenate(slow_terms), np.concatenate(slow_squares), weight))
    s0, rho, ssl = np.minimum(slow, _MOST[:3])
    fast = _variances(np.concatenate(fast_terms), np.concatenate(fast_squares), weight)
    r0, rhof = np.sqrt(fast * np.median(inflation)) * (_REPEATS_NOISE, _REPEATS_FAST)
    return ModelError(
        ocv_mv=_figure(1e3 * max(s0, _FLOOR_OCV), source),
        soc_share=_figure(ssl, source),
        polarisation_share=_figure(rho, source),
        fast_share=_figure(min(rhof, _MOST[3]), source),
        noise_mv=_figure(1e3 * float(np.clip(r0, _FLOOR_NOISE, _MOST[0])), source),
        correlation_s=_figure(float(np.clip(np.mean(memory), *_MEMORIES)), source),
    )


def widened(error: ModelError, step: float) -> ModelError:
    """`error` where one sample in `step` seconds tells nothing of the fast part, nor how long the slow one lasts."""
    text = f"one sample in {step:g} s does not show it; as on a cylindrical NCA cell sampled at 10 Hz"
    noise, fast = max(error.noise_mv.value, _TYPICAL_NOISE), _TYPICAL_FAST
    update = {
        "noise_mv": Quantity(value=noise, low=noise / 3, high=2 * noise, status="assumed", source=text),
        "fast_share": Quantity(value=fast, low=fast / 4, high=2 * fast, status="assumed", source=text),
    }
    if error.correlation_s.value < min(_TYPICAL_MEMORY, _SEEN_STEPS * step):
        low, high = _TYPICAL_MEMORY / 3, 2 * _TYPICAL_MEMORY
        update["correlation_s"] = Quantity(value=_TYPICAL_MEMORY, low=low, high=high, status="assumed", source=text)
    return error.model_copy(update=update)


def _variances(terms: Floats, squares: Floats, weight: Floats) -> Floats:
    """Coefficients, none negative, of a variance linear in `terms`: least squares, reweighted by the variance found.

    What the data cannot tell apart is shared equally among the terms.
    """
    weight = weight / weight.mean()
    order = np.argsort(squares)
    rank = np.cumsum(weight[order]) / weight.sum()
    total = float(squares[order][np.searchsorted(rank, _USUAL)])
    share = np.maximum(total / terms.shape[1] / np.average(terms, axis=0, weights=weight), 1e-12)
    scaled = terms * share
    found = np.ones(terms.shape[1])
    for _ in range(10):
        trust = np.sqrt(weight) / np.maximum(scaled @ found, 1e-7)
        weighted = scaled * trust[:, None]
        gram, right = weighted.T @ weighted, weighted.T @ (squares * trust)
        guess = _EQUAL * np.trace(gram) / len(gram)
        root = np.linalg.cholesky(gram + guess * np.eye(len(gram))).T
        found = nnls(root, np.linalg.solve(root.T, right + guess))[0]
    return found * share


def _memory(error: Floats, step: float) -> float:
    """s that a slow error lasts; the last percents of an emptied cell, large and short, are cut to what is usual."""
    usual = _SPIKE * float(np.median(np.abs(error)))
    return _correlation_time(np.clip(error, -usual, usual), step)


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
