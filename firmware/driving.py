"""One window of a drive through the kernels of the range: what it used, what that leaves, how far it takes."""

from firmware.kernels.ahead import step as _look
from firmware.kernels.reach import step as _tell
from firmware.kernels.road import step as _learn


def step(r, par, i_q13, v_mv, t_ms, d_mm, soc_q21, sd_q16, t_mdegc):
    """Advance by one window of the estimator; the median range, m.

    r, par: words of firmware/kernels/reach.py. The rest as in the kernels: C, mV, ms, mm, SoC and its deviation, mdegC.
    """
    _learn(r, par, i_q13, v_mv, t_ms, d_mm, soc_q21)
    _look(r, par, soc_q21, t_mdegc)
    return _tell(r, par, i_q13, t_ms, d_mm, sd_q16)
