"""One sample of one cell through its kernels: count, and once a second predict, correct and look for an anchor."""

# By name and not as soc.step: on 32-bit ARM an attribute of a module costs 1,300 instructions.
from firmware.kernels.ecm import step as _predict
from firmware.kernels.health import step as _learn
from firmware.kernels.kalman import step as _correct
from firmware.kernels.soc import step as _count
from firmware.kernels.spread import step as _spread


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
