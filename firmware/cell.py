"""One sample of one cell through its kernels: count, and once a second predict, correct and look for an anchor.

And what stays of a cell over a restart, and what a current that is known to be none tells it.
"""

# By name and not as soc.step: on 32-bit ARM an attribute of a module costs 1,300 instructions.
from firmware.kernels import soc
from firmware.kernels.ecm import step as _predict
from firmware.kernels.health import step as _learn
from firmware.kernels.kalman import step as _correct
from firmware.kernels.soc import step as _count
from firmware.kernels.spread import step as _spread

LEARNED = (  # what a cell has learned in its life, and the variances of C and G
    soc.CAP_MC, soc.SHARE_Q24, soc.PAIRS, soc.C_Q26, soc.G_Q24, soc.ZERO_Q26, soc.ZERO_Q36, soc.C_Q7, soc.C_Q7 + 1,
    soc.C_Q7 + 2, soc.C_Q7 + 3, soc.C_Q7 + 4, soc.C_Q7 + 5, soc.P_Q32 + 14, soc.P_Q32 + 21,
)  # fmt: skip
_OFFSET_MOST_Q26 = 1 << 24  # a quarter of a C


def step(s, par, i_ma, v_uv, t_mdegc, dt_ms):
    """Advance the cell `s` by one sample; 1 when the voltage has corrected the SoC, else 0.

    s, par: words of firmware/kernels/soc.py. The rest as in the kernels: mA (discharge positive), uV, mdegC, ms.
    """
    if _count(s, par, i_ma, v_uv, dt_ms):
        _predict(s, par, t_mdegc)
        _spread(s, par)
        _correct(s, par)
        _learn(s, par, -1, 0)
        return 1
    return 0


def zeroed(par, s, i_ma):
    """While no current can flow, contactors open, what the sensor reads is its offset; `s` takes it over."""
    offset_q26 = i_ma * par[soc.C_PER_MA_Q35] >> 9
    s[soc.C_Q26] = s[soc.ZERO_Q26] = min(max(offset_q26, -_OFFSET_MOST_Q26), _OFFSET_MOST_Q26)
    for k in (2, 8, 15, 16, 17):
        s[soc.P_Q32 + k] = 0
    s[soc.P_Q32 + 14] = s[soc.ZERO_Q36] = par[soc.PC_MIN_Q32]
