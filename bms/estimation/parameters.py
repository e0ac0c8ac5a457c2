"""The bridge from a cell's description (floats, SI) to the kernel's integers: the only place that scales."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bms.cells import library
from bms.cells.schema import Cell
from bms.errors import InputError
from bms.estimation import tables
from firmware.audit import least_share
from firmware.kernels import soc

# What holds for every cell, for lack of a figure of its own.
CAPACITY_SHARE = 0.0715  # standard deviation of the capacity around the rated one
CURRENT_OFFSET_C = 0.057  # standard deviation of the current sensor's offset, per C
RESISTANCE_SHARE = 0.06  # standard deviation of the resistance around the table's, one factor for all of it
_RANGE_SDS = 3.92  # a figure's range, low to high, holds 95 % of a normal distribution
ETA_MEMORY_S = 120.0  # overvoltage is judged against its mean over this time
SLOPE_V = (0.2, 1.0)  # the slope per unit of SoC that the filter may believe
SD_LEAST = 0.002  # no SoC is known better than this,
OFFSET_LEAST_C = 0.002  # no offset, per C,
RESISTANCE_LEAST = 0.02  # and no resistance
# How a cell's model_error becomes the filter's: factors that err least, and hold best, on training cycles of the
# Panasonic cell left out of the fit.
POLARISATION_FACTOR, NOISE_FACTOR = 1.6, 0.65
FULL_MARGIN_V = 0.02  # below the upper limit; there, at a small charging current, a cell is full
_SLOWEST_S = 1000.0  # the third low-pass of a cell whose surface follows at once
_LAG_MOST, _EXCHANGE_C, _WIDEST, _LASTING_MOST, _GROWN_MOST = 2.0, (1 / 512, 20.0), 8.0, 0.03, 5.5
_ASINH_AT = np.concatenate([np.arange(32) / 8, *(2.0**n * np.arange(8, 16) / 2 for n in range(12)), [2.0**14]])


@dataclass(frozen=True)
class Lasting:
    """What is taken of errors that last: deviation, V, of what voltage and OCV err by for hours, and the longest, s,
    that a slow error lasts; longer than that is for the deviation to cover. Beyond the temperatures of a fit's tests
    the deviation grows: by its own size for every reach, K, as errors that are independent add up."""

    deviation: float = 0.0055
    slow_s: float = 240.0
    reach: float = 7.0


LASTING = Lasting()


def parameters(cell: Cell, parallel: int = 1, lasting: Lasting = LASTING) -> NDArray[np.int32]:
    """The kernels' parameter words, int32 of shape (PARAMETERS,), for a group of `parallel` cells.

    Raises InputError where a figure of the cell does not fit the kernels' documented ranges.
    """
    capacity_ah = cell.capacity_ah.value
    _check_capacity(cell, parallel)
    par = np.zeros(soc.PARAMETERS, np.int64)
    par[soc.C_PER_MA_Q35] = round(2**35 / (capacity_ah * parallel * 1000))
    slowest_s = _SLOWEST_S if cell.surface is None else cell.surface.tau3_s.value
    for k, tau_s in enumerate((cell.tau1_s.value, cell.tau2_s.value, slowest_s)):
        par[soc.TAU1_MS + k] = round(tau_s * 1000)
        par[soc.A1_Q28 + k] = least_share(round(tau_s * 1000))
    par[soc.HYST_RATE] = round(cell.hysteresis_rate.value)
    _noise(cell, par, lasting)
    par[soc.RATED_MC] = capacity_mc(cell, parallel)
    par[soc.V_FULL_UV] = round(1e6 * (cell.voltage_max_v.value - FULL_MARGIN_V))
    par[soc.OCV_UV : soc.HYST_UV] = np.round(tables.ocv(cell) * 1e6)
    par[soc.HYST_UV : soc.ASINH_Q16] = np.round(tables.hysteresis(cell) * 1e6)
    par[soc.ASINH_Q16 : soc.LAG2_Q15] = np.round(np.arcsinh(_ASINH_AT) * 2**16)
    lag2, lag3 = (np.minimum(lag, _LAG_MOST) for lag in tables.lags(cell))
    par[soc.LAG2_Q15 : soc.LAG3_Q15] = np.round(lag2 * 2**15)
    par[soc.LAG3_Q15 : soc.I0_Q13] = np.round(lag3 * 2**15)
    par[soc.I0_Q13 : soc.WIDE_Q12] = np.round(np.clip(tables.exchange(cell), *_EXCHANGE_C) * 2**13)
    par[soc.WIDE_Q12 : soc.LASTING_Q12] = np.round(np.minimum(tables.widening(cell), _WIDEST) * 2**12)
    par[soc.LASTING_Q12 : soc.SHIFT_UV] = np.round(_grown(cell, lasting) * 2**12)
    par[soc.SHIFT_UV : soc.R_UV] = np.round(tables.shift(cell) * 1e6).ravel()
    par[soc.R_UV :] = np.round(tables.resistances(cell) * capacity_ah * 1e6).ravel()
    _check(cell, par)
    return par.astype(np.int32)


def estimable() -> list[str]:
    """Names of the library's cells that the kernels can hold; a polymer that freezes at room temperature is none."""
    return [name for name in library.names() if _fits(library.load(name))]


def _fits(cell: Cell) -> bool:
    try:
        parameters(cell)
    except InputError:
        return False
    return True


def capacity_mc(cell: Cell, parallel: int = 1) -> int:
    """Rated capacity of a group in mC."""
    return round(cell.capacity_ah.value * parallel * 3.6e6)


def _noise(cell: Cell, par: NDArray[np.int64], lasting: Lasting) -> None:
    error = cell.model_error
    par[soc.H_MIN_UV], par[soc.H_MAX_UV] = (round(v * 1e6) for v in SLOPE_V)
    par[soc.S0_Q16] = round(error.ocv_mv.value * 65.536)
    par[soc.SSL_Q16] = round(error.soc_share.value * 2**16)
    par[soc.RHO_Q15] = round(min(POLARISATION_FACTOR * error.polarisation_share.value, 1.0) * 2**15)
    par[soc.R0_Q16] = max(round(NOISE_FACTOR * error.noise_mv.value * 65.536), 1024)
    par[soc.RHOF_Q12] = round(error.fast_share.value * 2**12)
    par[soc.FADE_B_Q31] = round(2**31 / 1000 / min(error.correlation_s.value, lasting.slow_s))
    par[soc.FADE_ETA_Q31] = round(2**31 / 1000 / ETA_MEMORY_S)
    for word, deviation in (
        (soc.P_MIN_Q32, SD_LEAST),
        (soc.PC_MIN_Q32, 4 * OFFSET_LEAST_C),
        (soc.PG_MIN_Q32, RESISTANCE_LEAST),
        (soc.PQ_Q32, CAPACITY_SHARE),
        (soc.PC_Q32, 4 * CURRENT_OFFSET_C),
        (soc.PG_Q32, RESISTANCE_SHARE),
        (soc.PV_Q32, _lasting(cell, lasting.deviation)),
    ):
        par[word] = round(deviation**2 * 2**32)


def _lasting(cell: Cell, deviation: float) -> float:
    """V; standard deviation of what the voltage errs by for hours, with that of a hysteresis that nobody measured and
    of an OCV over a SoC of unknown capacity."""
    gap, told = cell.hysteresis_mv, cell.model_error.lasting_mv
    unknown = (gap.high - gap.low) / 1000 / _RANGE_SDS if gap.status == "assumed" else 0.0
    return min(math.hypot(deviation, unknown, told.value / 1000 if told else 0.0), _LASTING_MOST)


def _grown(cell: Cell, lasting: Lasting) -> NDArray[np.float64]:
    """(27,) how many times as large at TABLE_C as within the tests what lasts is."""
    return np.minimum(np.hypot(1, tables.untested(cell) / lasting.reach), _GROWN_MOST)


# What a word may be, as documented in firmware/kernels/soc.py; of a table, each of its words from the one named.
RANGES: dict[int, tuple[int, int]] = {
    soc.C_PER_MA_Q35: (65_000, 75_000_000),
    soc.TAU1_MS: (50, 60_000),
    soc.TAU2_MS: (5_000, 20_000_000),
    soc.TAU3_MS: (5_000, 20_000_000),
    soc.A1_Q28: (0, 268_435_456),
    soc.A2_Q28: (0, 268_435_456),
    soc.A3_Q28: (0, 268_435_456),
    soc.HYST_RATE: (0, 1_000),
    soc.H_MIN_UV: (5_000, 2_000_000),
    soc.H_MAX_UV: (5_000, 2_000_000),
    soc.S0_Q16: (0, 16_384),
    soc.SSL_Q16: (0, 6_553),
    soc.RHO_Q15: (0, 32_768),
    soc.R0_Q16: (1_024, 16_384),
    soc.RHOF_Q12: (0, 32_768),
    soc.FADE_B_Q31: (429, 214_748),
    soc.FADE_ETA_Q31: (429, 214_748),
    soc.P_MIN_Q32: (16, 4_294_967),
    soc.PC_MIN_Q32: (16, 4_294_967),
    soc.PG_MIN_Q32: (16, 4_294_967),
    soc.PQ_Q32: (1_024, 268_435_456),
    soc.PC_Q32: (16, 268_435_456),
    soc.PG_Q32: (16, 268_435_456),
    soc.RATED_MC: (1_600_000, 1_800_000_000),
    soc.V_FULL_UV: (0, 6_500_000),
    soc.PV_Q32: (16, 4_294_967),
    soc.OCV_UV: (0, 6_500_000),
    soc.HYST_UV: (0, 262_000),
    soc.ASINH_Q16: (0, 690_000),
    soc.LAG2_Q15: (0, 65_536),
    soc.LAG3_Q15: (0, 65_536),
    soc.I0_Q13: (16, 163_840),
    soc.WIDE_Q12: (0, 32_768),
    soc.LASTING_Q12: (4_096, 22_528),
    soc.SHIFT_UV: (-1_000_000, 1_000_000),
    soc.R_UV: (0, 16_000_000),
}
_CAPACITY_AH = 0.46, 500.0  # of a group: C_PER_MA_Q35 and RATED_MC in their ranges
_FIGURES = {  # key in a cell's file: the word it becomes
    "tau1_s": soc.TAU1_MS,
    "tau2_s": soc.TAU2_MS,
    "hysteresis_rate": soc.HYST_RATE,
    "model_error.ocv_mv": soc.S0_Q16,
    "model_error.soc_share": soc.SSL_Q16,
    "model_error.polarisation_share": soc.RHO_Q15,
    "model_error.noise_mv": soc.R0_Q16,
    "model_error.fast_share": soc.RHOF_Q12,
    "model_error.correlation_s": soc.FADE_B_Q31,
}
_TABLES = {  # key: the table's first word and the one after its last
    "ocv_v": (soc.OCV_UV, soc.HYST_UV),
    "hysteresis_mv": (soc.HYST_UV, soc.ASINH_Q16),
    "ocv_shift_mv": (soc.SHIFT_UV, soc.R_UV),
    "resistance": (soc.R_UV, soc.PARAMETERS),
}


def _check_capacity(cell: Cell, parallel: int) -> None:
    low, high = _CAPACITY_AH
    group_ah = cell.capacity_ah.value * parallel
    if not low <= group_ah <= high:
        what = f"{parallel} of its cells in parallel hold" if parallel > 1 else "capacity_ah is"
        raise InputError(
            f"{cell.name}: {what} {group_ah:.4g} Ah, the estimator takes {low:g} .. {high:g} Ah; name another cell, or "
            "take as many in parallel as fit, with currents and charges of the whole group."
        )


def _check(cell: Cell, par: NDArray[np.int64]) -> None:
    for key, word in _FIGURES.items():
        low, high = RANGES[word]
        if not low <= par[word] <= high:
            raise InputError(
                f"{cell.name}: {key} becomes {par[word]} in the kernel, which takes {low} .. {high}; change that figure"
            )
    for key, (first, end) in _TABLES.items():
        words, (low, high) = par[first:end], RANGES[first]
        if words.min() < low or words.max() > high or not math.isfinite(float(words.max())):
            raise InputError(
                f"{cell.name}: {key} spans {words.min()} .. {words.max()} uV in the kernel, "
                f"which takes {low} .. {high}; change that figure"
            )
