"""The bridge from a cell's description (floats, SI) to the kernel's integers: the only place that scales."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from bms.cells.schema import Cell, ResistanceTable
from bms.errors import InputError
from firmware.kernels import soc

BOLTZMANN_EV = 8.617333262e-5  # eV/K, CODATA 2018
_OCV_SOC = np.linspace(0, 1, 65)
_COARSE_SOC = np.linspace(0, 1, 17)
_TABLE_C = np.arange(-40.0, 90.1, 5.0)

# What holds for every cell, for lack of a figure of its own.
CAPACITY_SHARE = 0.03  # standard deviation of the capacity around the rated one
CURRENT_OFFSET_C = 1 / 300  # standard deviation of the current sensor's offset, per C
ETA_MEMORY_S = 120.0  # polarisation is judged against its mean over this time
SLOPE_V = (0.02, 1.0)  # the OCV slope per unit of SoC that the filter may believe
SD_LEAST = 0.002  # no SoC is known better than this


def parameters(cell: Cell, parallel: int = 1) -> NDArray[np.int32]:
    """The kernel's parameter words, int32 of shape (PARAMETERS,), for a group of `parallel` cells.

    Raises InputError where a figure of the cell does not fit the kernel's documented ranges.
    """
    capacity_ah = cell.capacity_ah.value
    error = cell.model_error
    par = np.zeros(soc.PARAMETERS, np.int64)
    par[soc.C_PER_MA_Q35] = round(2**35 / (capacity_ah * parallel * 1000))
    par[soc.TAU1_MS] = round(cell.tau1_s.value * 1000)
    par[soc.TAU2_MS] = round(cell.tau2_s.value * 1000)
    par[soc.HYST_RATE] = round(cell.hysteresis_rate.value)
    par[soc.H_MIN_UV], par[soc.H_MAX_UV] = (round(v * 1e6) for v in SLOPE_V)
    par[soc.S0_Q16] = round(error.ocv_mv.value * 65.536)
    par[soc.SSL_Q16] = round(error.soc_share.value * 2**16)
    par[soc.RHO_Q15] = round(error.polarisation_share.value * 2**15)
    par[soc.R0_Q16] = max(round(error.noise_mv.value * 65.536), 328)
    par[soc.RHOF_Q12] = round(error.fast_share.value * 2**12)
    par[soc.TAU_B_MS] = round(error.correlation_s.value * 1000)
    par[soc.TAU_ETA_MS] = round(ETA_MEMORY_S * 1000)
    par[soc.SD_Q_Q15] = round(CAPACITY_SHARE * 2**15)
    par[soc.SD_I_Q30] = round(CURRENT_OFFSET_C / 3600 * 2**30)
    par[soc.P_MIN_Q32] = round(SD_LEAST**2 * 2**32)
    par[soc.OCV_UV : soc.DUDT_UV] = np.round(ocv(cell) * 1e6)
    par[soc.DUDT_UV : soc.HYST_UV] = round(cell.ocv_temperature_mv_per_k.value * 1000)
    par[soc.HYST_UV : soc.R_UV] = round(cell.hysteresis_mv.value * 1000)
    par[soc.R_UV :] = np.round(resistance(cell) * capacity_ah * 1e6).ravel()
    _check(cell, par)
    return par.astype(np.int32)


def capacity_mc(cell: Cell, parallel: int = 1) -> int:
    """Rated capacity of a group in mC."""
    return round(cell.capacity_ah.value * parallel * 3.6e6)


def resistance(cell: Cell) -> NDArray[np.float64]:
    """R0, R1, R2 in ohm over the kernel's grid: shape (3, 27 temperatures -40..90 degC, 17 SoC 0..1)."""
    law = cell.resistance
    if isinstance(law, ResistanceTable):
        return np.stack([_from_table(law, rows) for rows in (law.r0_mohm, law.r1_mohm, law.r2_mohm)]) / 1000
    shape = np.interp(_COARSE_SOC, law.soc_factor.soc, law.soc_factor.value)
    kelvin = _TABLE_C + 273.15
    branches = [
        (law.r0_mohm, law.activation_r0_ev, np.ones_like(shape)),
        (law.r1_mohm, law.activation_r1_ev, shape),
        (law.r2_mohm, law.activation_r2_ev, shape),
    ]
    return np.stack(
        [
            r.value / 1000 * np.outer(np.exp(ea.value / BOLTZMANN_EV * (1 / kelvin - 1 / 298.15)), over_soc)
            for r, ea, over_soc in branches
        ]
    )


def _from_table(table: ResistanceTable, rows: list[list[float]]) -> NDArray[np.float64]:
    """Linear over SoC; over temperature linear in the logarithm against 1/T, as Arrhenius' law is."""
    over_soc = np.stack([np.interp(_COARSE_SOC, table.soc, row) for row in rows])
    inverse = 1 / (np.array(table.temperature_c) + 273.15)
    wanted = 1 / (np.clip(_TABLE_C, table.temperature_c[0], table.temperature_c[-1]) + 273.15)
    log = np.log(np.maximum(over_soc, 1e-6))
    return np.exp(np.stack([np.interp(wanted[::-1], inverse[::-1], column[::-1])[::-1] for column in log.T]).T)


def ocv(cell: Cell) -> NDArray[np.float64]:
    """Open-circuit voltage in V at the kernel's 65 points over SoC 0..1."""
    return PchipInterpolator(cell.ocv_v.soc, cell.ocv_v.value)(_OCV_SOC)


# What a word may be, as documented in firmware/kernels/soc.py; of a table, each of its words from the one named.
RANGES: dict[int, tuple[int, int]] = {
    soc.C_PER_MA_Q35: (65_000, 75_000_000),
    soc.TAU1_MS: (50, 60_000),
    soc.TAU2_MS: (5_000, 20_000_000),
    soc.HYST_RATE: (0, 1_000),
    soc.H_MIN_UV: (5_000, 2_000_000),
    soc.H_MAX_UV: (5_000, 2_000_000),
    soc.S0_Q16: (0, 16_384),
    soc.SSL_Q16: (0, 6_553),
    soc.RHO_Q15: (0, 32_768),
    soc.R0_Q16: (328, 16_384),
    soc.RHOF_Q12: (0, 32_768),
    soc.TAU_B_MS: (10_000, 5_000_000),
    soc.TAU_ETA_MS: (10_000, 5_000_000),
    soc.SD_Q_Q15: (0, 8_192),
    soc.SD_I_Q30: (0, 300_000),
    soc.P_MIN_Q32: (16, 4_294_967),
    soc.OCV_UV: (0, 6_500_000),
    soc.DUDT_UV: (-2_000, 2_000),
    soc.HYST_UV: (0, 262_000),
    soc.R_UV: (0, 16_000_000),
}
_FIGURES = {  # key in a cell's file: the word it becomes
    "capacity_ah": soc.C_PER_MA_Q35,
    "tau1_s": soc.TAU1_MS,
    "tau2_s": soc.TAU2_MS,
    "hysteresis_rate": soc.HYST_RATE,
    "model_error.ocv_mv": soc.S0_Q16,
    "model_error.soc_share": soc.SSL_Q16,
    "model_error.polarisation_share": soc.RHO_Q15,
    "model_error.noise_mv": soc.R0_Q16,
    "model_error.fast_share": soc.RHOF_Q12,
    "model_error.correlation_s": soc.TAU_B_MS,
}
_TABLES = {  # key: the table's first word and the one after its last
    "ocv_v": (soc.OCV_UV, soc.DUDT_UV),
    "ocv_temperature_mv_per_k": (soc.DUDT_UV, soc.HYST_UV),
    "hysteresis_mv": (soc.HYST_UV, soc.R_UV),
    "resistance": (soc.R_UV, soc.PARAMETERS),
}


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
