"""What is kept over a power cut, as words of four kinds of records, and how they are taken from a running estimator.

Another number of cells makes another length and another rated capacity is outside its range, so a record of another
pack does not count. Ranges of the estimator's words: firmware/kernels/soc.py.
"""

from firmware.cell import LEARNED
from firmware.kernels import reach, soc
from firmware.kernels.dialect import const
from firmware.leakage import MOST_UA
from firmware.store import Kind

_MOST = (1 << 31) - 1
_ONE_Q24 = 1 << 24
_TOLD_MOST = const(3000000)  # nV/m, twice what the kernel learns
_PEAK_MOST = const(8320064)  # 20C at 6.5 V, and what rounds up

# STATE, saved often: the pack's words, then two a cell.
RATED_MC = const(0)
UPTIME_S = const(1)  # of all starts
CLOCK_S = const(2)  # of the board's clock, s since 2000; 0 where it has none or it is not set
STARTS = const(3)
OUT_AH = const(4)  # charge drawn in the pack's life,
OUT_MC = const(5)  # and what does not fill an Ah yet
IN_AH = const(6)  # charged
IN_MC = const(7)
CURRENT_MA = const(8)  # at the save
X_Q24 = const(9)  # of the first cell, as its current is all cells': three low-passes,
HYST_Q24 = const(12)  # two extremes of the hysteresis,
ETA_Q20 = const(14)  # overvoltage
TOLD_NV_M = const(15)  # consumption that the range shown counts with, 0 where it shows less than a km
PEAK_Q6 = const(16)  # hardest that the road has asked, of firmware/kernels/reach.py
ROAD = const(17)  # C_NV_M, LOSS_NV_M, W_M of firmware/kernels/reach.py, what the road has taught
STATE_CELLS = const(20)
SOC_Q21 = const(0)  # of a cell
VARIANCE_Q32 = const(1)
STATE_A_CELL = const(2)

# LEARNED, saved seldom: the rated capacity, then 17 words a cell: cell.LEARNED, and
LEARNED_CELLS = const(1)
CAPACITY_Q32 = const(15)  # variance of 1/capacity
SCALE_Q24 = const(16)  # size of the slow voltage error
LEARNED_A_CELL = const(17)

# COUNTER: how far the numbers of the host's challenges may go before the next save.
# LEAKS: the rated capacity, then firmware/leakage.py's words a cell.
LEAKS_FOUND = const(1)

# EVENT, a log:
EVENT_NUMBER = const(0)  # of firmware/diagnoses.py, or one of these:
EVENT_UPTIME_S = const(1)
EVENT_CLOCK_S = const(2)
EVENT_VALUE = const(3)  # the reading that tripped, or as said below
EVENT_FRAME = const(4)  # protection.FRAME
EVENT_WORDS = const(16)
STARTED = const(100)  # value: age of the stored state in s, -1 if unknown
NOT_BELIEVED = const(101)  # value: cells whose stored state contradicted their voltage
REJECTED = const(102)  # value: slots that did not count
EVENTS_LOST = const(103)  # value: how many found no room

_ROAD_WORDS = (reach.C_NV_M, reach.LOSS_NV_M, reach.W_M)
_CELL_RANGES = (
    (1, 639000, 1980000000),  # CAP_MC
    (1, 13107 << 9, 36044 << 9),  # SHARE_Q24
    (1, 0, 1000000),  # PAIRS
    (1, -_ONE_Q24, _ONE_Q24),  # C_Q26
    (1, -_ONE_Q24 // 2, _ONE_Q24 * 3 // 2),  # G_Q24
    (1, -_ONE_Q24, _ONE_Q24),  # ZERO_Q26
    (1, 16, 1 << 28),  # ZERO_Q36
    (6, 0, 800000000),  # C_Q7
    (2, 0, 1 << 30),  # variances of C and G
    (1, 0, 1 << 28),  # CAPACITY_Q32
    (1, 5033165, 1 << 26),  # SCALE_Q24
)


def state_kind(cells, rated_mc):
    pack = (
        (1, rated_mc, rated_mc),
        (4, 0, _MOST),
        (1, 0, 3599999),
        (1, 0, _MOST),
        (1, 0, 3599999),
        (1, -10000000, 10000000),
        (3, -21 << 24, 21 << 24),
        (2, -_ONE_Q24, _ONE_Q24),
        (1, -2 << 20, 2 << 20),
        (1, 0, _TOLD_MOST),
        (1, 0, _PEAK_MOST),
        (1, 1000, 1500000),
        (1, 0, 500000),
        (1, 200, 100000),
    )
    return Kind("state", 3, 3, pack, ((1, 0, 1 << 21), (1, 1, 1 << 30)), cells)


def learned_kind(cells, rated_mc):
    return Kind("learned", 2, 2, ((1, rated_mc, rated_mc),), _CELL_RANGES, cells)


def faults_kind(words):
    """Of Protection.save, which judges its words itself."""
    return Kind("faults", 1, 2, ((words, -_MOST - 1, _MOST),))


def counter_kind():
    return Kind("counter", 1, 2, ((1, 0, _MOST),))


def leaks_kind(cells, rated_mc):
    found = ((1, rated_mc, rated_mc), (1, 0, MOST_UA), (1, 0, cells - 1))
    return Kind("leaks", 1, 2, found, ((1, -MOST_UA, MOST_UA), (1, 0, MOST_UA)), cells)


def event_kind():
    return Kind("event", 1, 16, ((1, 0, 255), (2, 0, _MOST), (13, -_MOST - 1, _MOST)))


def take_state(words, states, road, i_ma):
    """Write what is estimated: all but clock and counters. Variances below 1 are written as 1.

    road: words of firmware/kernels/reach.py.
    """
    s = states[0]
    words[CURRENT_MA] = i_ma
    u_q24 = s[soc.UBAR_Q24] + (s[soc.W_Q24] >> 1)
    for k in range(3):
        x_q24 = s[soc.X1_Q24 + k]
        if s[soc.BLIND_MS]:  # what is left of the current before it belongs to it
            x_q24 += s[soc.F1_Q24 + k] * u_q24 >> 24
        words[X_Q24 + k] = min(max(x_q24, -21 << 24), 21 << 24)
    words[HYST_Q24] = s[soc.HYST_LOW_Q24]
    words[HYST_Q24 + 1] = s[soc.HYST_HIGH_Q24]
    words[ETA_Q20] = s[soc.ETA_Q20]
    shown_m = road[reach.SHOWN_MM] // 1000
    words[TOLD_NV_M] = min(road[reach.AHEAD_UV] * 1000 // shown_m, _TOLD_MOST) if shown_m >= 1000 else 0
    words[PEAK_Q6] = road[reach.PEAK_Q6]
    for k in range(3):
        words[ROAD + k] = road[_ROAD_WORDS[k]]
    at = STATE_CELLS
    for s in states:
        words[at + SOC_Q21] = s[soc.SOC_Q21]
        words[at + VARIANCE_Q32] = max(s[soc.P_Q32], 1)
        at += STATE_A_CELL


def take_learned(words, par, states):
    """Write what the cells have taught. par: the cell type."""
    words[0] = par[soc.RATED_MC]
    at = LEARNED_CELLS
    for s in states:
        for k in range(len(LEARNED)):
            words[at + k] = s[LEARNED[k]]
        words[at + CAPACITY_Q32] = par[soc.PQ_Q32] if s[soc.BLIND_MS] else min(s[soc.P_Q32 + 28], 1 << 28)
        words[at + SCALE_Q24] = s[soc.SCALE_Q24]
        at += LEARNED_A_CELL


def give_road(words, par, road):
    """The road as it was learned, of a state, into a new state of the range, and the range shown goes on from there.

    False, and nothing is given, if it is no road's.
    """
    consumption_nv_m, loss_nv_m, weight_m = words[ROAD], words[ROAD + 1], words[ROAD + 2]
    if loss_nv_m > consumption_nv_m // 3 or not par[reach.W_PRIOR_M] <= weight_m <= par[reach.W_MAX_M]:
        return False
    for k in range(3):
        road[_ROAD_WORDS[k]] = words[ROAD + k]
    road[reach.ANEW] = words[TOLD_NV_M] or 1
    road[reach.PEAK_Q6] = words[PEAK_Q6]
    return True
