# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""What the cells' voltages say together: the highest and lowest, their sum, and which cannot be what they seem.

A cell is frozen that shows the same voltage, to the bit, though the current is another one than when it came, and has
not drifted there slowly: at a constant voltage it falls for minutes, while a quiet cell stands still. A sense
wire is open where two neighbours are off the mean in opposite directions by about the same: their sum is still right.
A current is stuck that stands still while all cells step together, up and down in turn: neither a slope of the cells
nor their relaxation does that, nor a fault of one cell, nor noise in the mean of five samples.
"""

from firmware.kernels.dialect import const, micropython, ptr32

# The answer, then the state, `x`.
MAX_UV = const(0)
MIN_UV = const(1)
MAX_AT = const(2)
MIN_AT = const(3)
SUM_MV = const(4)
IMPOSSIBLE = const(5)  # cells outside 0..6.05 V: the converter ends at 6.06 V (TI SLUSE13B)
OPEN_WIRES = const(6)
FROZEN_MS = const(7)  # of the cell that has been frozen for longest, 0..1_000_000
FROZEN_AT = const(8)
STUCK_MS = const(9)  # so much speaks for a stuck current, a second a step, less with time without one; 0..1_000_000
BAND_MA = const(10)  # a current within it of STEADY_MA stands still; set once, 0..1_000_000
STEADY_MA = const(11)
STEADY = const(12)  # samples it has stood still for, 0..34; the first 20 settle, from 30 on two means are known
STEPPED = const(13)  # which way the cells stepped last: 1 up, -1 down, 0 not yet
TOP_UV = const(14)  # sum of the highest cell's last samples, up to five; of the five before; and those before them
BOTTOM_UV = const(17)  # and of the lowest cell's
CELLS = const(20)  # then three words a cell:
SAME_MS = const(0)  # so long it has been frozen, 0..1_000_000
LAST_UV = const(1)
AT_MA = const(2)  # current when it came, following the present one by far_ma / 256 a sample while that is no other
A_CELL = const(3)

_LONGEST_MS = const(1000000)
_HIGHEST_UV = const(6050000)
_LOWEST_UV = const(1000)
_APART_UV = const(200000)  # LTC6802's open-wire test asks for 200 mV
_EVEN_UV = const(150000)
_SETTLING = const(20)  # samples of relaxation, 2 s
_KNOWN = const(35)
_SAMPLE_MS = const(95)  # what comes sooner is no new scan of the cells
_STEP_UV = const(40000)  # 8 mV in the mean of five samples
_STEP_MS = const(1000)
_QUIET_MS = const(50)  # taken away each five samples without a step


@micropython.viper
def step(x: ptr32, v_uv: ptr32, cells: int, i_ma: int, far_ma: int, dt_ms: int) -> int:
    """Look at `cells` voltages, dt_ms after the last look; how many cells cannot be what they seem.

    v_uv     voltages, uV, +-6_553_600       i_ma    current, mA, +-536_870_911
    cells    1..128                          far_ma  another current: more apart than this, 0..536_870_911
    dt_ms    0..1_000_000
    """
    most_uv = v_uv[0]
    least_uv = most_uv
    most_at = 0
    least_at = 0
    sum_mv = 0
    impossible = 0
    frozen_ms = 0
    frozen_at = 0
    drift_ma = 0
    if dt_ms >= _SAMPLE_MS: drift_ma = (far_ma >> 8) + 1
    k = 0
    at = CELLS
    while k < cells:
        v = v_uv[k]
        if v > most_uv:
            most_uv = v
            most_at = k
        if v < least_uv:
            least_uv = v
            least_at = k
        sum_mv += v // 1000
        if v < _LOWEST_UV: impossible += 1
        elif v > _HIGHEST_UV: impossible += 1
        if v != x[at + LAST_UV]:
            x[at + LAST_UV] = v
            x[at + AT_MA] = i_ma
            x[at + SAME_MS] = 0
        else:
            away_ma = i_ma - x[at + AT_MA]
            step_ma = drift_ma
            if away_ma < 0:
                away_ma = -away_ma
                step_ma = -drift_ma
            if away_ma > far_ma:
                same_ms = x[at + SAME_MS] + dt_ms
                if same_ms > _LONGEST_MS: same_ms = _LONGEST_MS
                x[at + SAME_MS] = same_ms
                if same_ms > frozen_ms:
                    frozen_ms = same_ms
                    frozen_at = k
            elif away_ma > drift_ma: x[at + AT_MA] += step_ma
        at += A_CELL
        k += 1
    mean_uv = sum_mv // cells * 1000
    open_wires = 0
    k = 1
    while k < cells:
        a = v_uv[k - 1] - mean_uv
        d = v_uv[k] - mean_uv
        v = a + d
        if v < 0: v = -v
        if v < _EVEN_UV:
            if a > _APART_UV:
                if d < -_APART_UV: open_wires += 1
            elif a < -_APART_UV:
                if d > _APART_UV: open_wires += 1
        k += 1
    a = i_ma - x[STEADY_MA]
    if a < 0: a = -a
    k = x[STEADY]
    if a > x[BAND_MA]:
        x[STEADY_MA] = i_ma
        x[STUCK_MS] = 0
        x[STEPPED] = 0
        x[TOP_UV] = 0
        x[BOTTOM_UV] = 0
        k = 0
    elif dt_ms >= _SAMPLE_MS:
        k += 1
        if k > _SETTLING:
            x[TOP_UV] += most_uv
            x[BOTTOM_UV] += least_uv
            if k // 5 * 5 == k:
                a = x[TOP_UV] - 2 * x[TOP_UV + 1] + x[TOP_UV + 2]
                d = x[BOTTOM_UV] - 2 * x[BOTTOM_UV + 1] + x[BOTTOM_UV + 2]
                x[TOP_UV + 2] = x[TOP_UV + 1]
                x[TOP_UV + 1] = x[TOP_UV]
                x[TOP_UV] = 0
                x[BOTTOM_UV + 2] = x[BOTTOM_UV + 1]
                x[BOTTOM_UV + 1] = x[BOTTOM_UV]
                x[BOTTOM_UV] = 0
                if k == _KNOWN:
                    k -= 5
                    v = 0
                    if a > _STEP_UV:
                        if d > _STEP_UV: v = 1
                    elif a < -_STEP_UV:
                        if d < -_STEP_UV: v = -1
                    same_ms = x[STUCK_MS]
                    if v == 0: same_ms -= _QUIET_MS
                    elif v != x[STEPPED]:
                        x[STEPPED] = v
                        same_ms += _STEP_MS
                    if same_ms < 0: same_ms = 0
                    if same_ms > _LONGEST_MS: same_ms = _LONGEST_MS
                    x[STUCK_MS] = same_ms
    x[STEADY] = k
    x[MAX_UV] = most_uv
    x[MIN_UV] = least_uv
    x[MAX_AT] = most_at
    x[MIN_AT] = least_at
    x[SUM_MV] = sum_mv
    x[IMPOSSIBLE] = impossible
    x[OPEN_WIRES] = open_wires
    x[FROZEN_MS] = frozen_ms
    x[FROZEN_AT] = frozen_at
    return impossible + open_wires
