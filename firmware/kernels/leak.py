# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""What each cell loses by itself, beyond the others: how far its voltage drifts from theirs while the pack rests.

At rest a cell's voltage falls by its slope for the charge that it loses. An hour's mean is kept as the rest begins, and
what the later ones have moved by becomes charge by each cell's own slope and capacity; what balancing took is added
back, and the median of all is what the pack's current and the temperature did. Rests are combined by their deviations,
and a rest before counts less with each that follows. Formulas, and what is found within which time: docs/balancing.md.
"""

from firmware.kernels.dialect import const, micropython, ptr32

# State, `x`.
WORST_UA = const(0)  # of the cell that certainly loses most; 0 where none does
WORST_AT = const(1)
REST_S = const(2)  # so long the means are gathered, 0..3_600
SINCE_S = const(3)  # since the first hour's, 0..1_000_000; -1 while there is none
NOW_MDEGC = const(4)  # mean temperature of the last hour, +-200_000,
BASE_MDEGC = const(5)  # and of the first
MEDIAN_MC = const(6)  # of what the cells have moved by since then, +-1_000_000_000
ANSWERS = const(7)  # so often it has been answered, 0..1_000_000_000
LEAKS = const(8)  # then these words a cell:
NOW_Q6 = const(0)  # mean voltage of the last hour, uV, +-6_553_600,
BASE_Q6 = const(1)  # and of the first
BLED_MC = const(2)  # taken by balancing since then, 0..1_000_000_000
OLD_UA = const(3)  # what the rests before have told, +-600_000_000,
OLD_SD_UA = const(4)  # and its deviation, 0..600_000_000; 0: nothing
LEAK_UA = const(5)  # the answer, with what this rest tells, +-600_000_000,
SD_UA = const(6)  # and its deviation, 0..600_000_000; 0: nothing is known
GAINED_MC = const(7)  # what the cell has gained since the first hour, balancing added back, +-1_000_000_000,
SD_MC = const(8)  # and the deviation of that, 0..1_000_000_000
EASING_MC = const(9)  # deviation: what it may gain as it recovers from balancing before that hour, 0..15_625_000
A_LEAK = const(10)

# What a cell shows, `seen`:
SEEN_UV = const(0)  # +-6_500_000
SLOPE_UV = const(1)  # of the OCV, uV per unit of SoC, 5_000..2_000_000
CAP_MC = const(2)  # 639_000..1_980_000_000
TAKEN_MC = const(3)  # by balancing since the last call, 0..1_000_000
A_SIGHT = const(4)

_HOUR_S = const(3600)
_LAG_S = const(1800)  # the first hour's mean is half an hour old, the later ones an hour
_LEAST_S = const(5400)
_LONGEST_S = const(1000000)
_LEAP_Q6 = const(12800000)  # 0.2 V: no rest moves a voltage further
_NOISE_Q6 = const(16000)  # 0.25 mV: a step of the monitor is 1 mV, so no rounding makes five of it
# A kelvin moves a channel by up to 143 uV against another (+-5 mV at 25, +-10 mV at 0 and 60 degC: TI SLUSE13B), and
# cells that differ in temperature by their entropy; five of these cover it.
_DRIFT_UV_K = const(60)
_SURE = const(5)  # deviations
_MC_MOST = const(1000000000)
_UA_MOST = const(600000000)


@micropython.viper
def step(x: ptr32, seen: ptr32, cells: int, t_mdegc: int, dt_s: int, resting: int) -> int:
    """Take one look at all cells, dt_s after the last; uA that the worst of them loses for certain, or 0.

    cells  1..128    t_mdegc  their temperature, +-200_000    dt_s  1..3_600    resting  0: no rest, or not settled yet
    """
    since_s = x[SINCE_S]
    k = 0
    at = LEAKS
    if resting == 0:
        while k < cells:
            x[at + OLD_UA] = x[at + LEAK_UA]
            x[at + OLD_SD_UA] = x[at + SD_UA]
            k += 1
            at += A_LEAK
        x[REST_S] = 0
        x[SINCE_S] = -1
        return x[WORST_UA]

    # The means of the last hour, and those of the first.
    first = 0
    if x[REST_S] == 0: first = 1
    rest_s = x[REST_S] + dt_s
    if rest_s > _HOUR_S: rest_s = _HOUR_S
    x[REST_S] = rest_s
    n = rest_s // dt_s
    if n < 1: n = 1
    if first == 1: x[NOW_MDEGC] = t_mdegc
    else: x[NOW_MDEGC] += (t_mdegc - x[NOW_MDEGC]) // n
    begins = 0
    if since_s < 0:
        if rest_s == _HOUR_S: begins = 1
    elif since_s == _LONGEST_S: begins = 1
    if begins == 1: x[BASE_MDEGC] = x[NOW_MDEGC]
    a = 0
    while k < cells:
        v_q6 = seen[a + SEEN_UV] * 64
        if first == 0: v_q6 = x[at + NOW_Q6] + (v_q6 - x[at + NOW_Q6]) // n
        x[at + NOW_Q6] = v_q6
        d = x[at + BLED_MC] + seen[a + TAKEN_MC]
        if d > _MC_MOST: d = _MC_MOST
        if begins == 1:
            x[at + BASE_Q6] = v_q6
            x[at + EASING_MC] = d >> 6
            d = 0
            x[at + OLD_UA] = x[at + LEAK_UA]
            e = x[at + SD_UA]
            e += e >> 1
            if e > _UA_MOST: e = _UA_MOST
            x[at + OLD_SD_UA] = e
        x[at + BLED_MC] = d
        k += 1
        at += A_LEAK
        a += A_SIGHT
    if begins == 1:
        x[SINCE_S] = 0
        return x[WORST_UA]
    if since_s < 0:
        return x[WORST_UA]
    since_s += dt_s
    if since_s > _LONGEST_S: since_s = _LONGEST_S
    x[SINCE_S] = since_s
    if since_s < _LEAST_S:
        return x[WORST_UA]

    # What every cell has gained, in charge, and the deviation of that.
    d = x[NOW_MDEGC] - x[BASE_MDEGC]
    if d < 0: d = -d
    sd_q6 = _NOISE_Q6 + (d >> 4) * _DRIFT_UV_K
    low = _MC_MOST
    high = -_MC_MOST
    k = 0
    at = LEAKS
    a = 0
    while k < cells:
        e = 6  # from here on: halvings of the product of voltage (q6) and gain
        d = seen[a + SLOPE_UV]
        while d > 32767:
            d >>= 1
            e += 1
        q = seen[a + CAP_MC]
        while q < 536870912:
            q += q
            e += 1
        gain = q // d
        while gain > 32767:
            gain >>= 1
            e -= 1
        e -= 15
        d = x[at + NOW_Q6] - x[at + BASE_Q6]
        if d > _LEAP_Q6: d = _LEAP_Q6
        if d < -_LEAP_Q6: d = -_LEAP_Q6
        d = (d >> 15) * gain + (((d & 32767) * gain) >> 15)
        q = (sd_q6 >> 15) * gain + (((sd_q6 & 32767) * gain) >> 15)
        while e > 0:
            d >>= 1
            q >>= 1
            e -= 1
        while e < 0:
            if d < 500000000:
                if d > -500000000: d += d
            if q < 500000000: q += q
            e += 1
        if d > _MC_MOST - x[at + BLED_MC]: d = _MC_MOST
        else: d += x[at + BLED_MC]
        if d < -_MC_MOST: d = -_MC_MOST
        x[at + GAINED_MC] = d
        x[at + SD_MC] = q
        if d < low: low = d
        if d > high: high = d
        k += 1
        at += A_LEAK
        a += A_SIGHT

    while low < high:  # the upper median, by halving: so many are not above it
        d = low + ((high - low) >> 1)
        n = 0
        k = 0
        at = LEAKS + GAINED_MC
        while k < cells:
            if x[at] <= d: n += 1
            k += 1
            at += A_LEAK
        if n + n > cells: high = d
        else: low = d + 1
    x[MEDIAN_MC] = low

    # As a current, weighed against what the rests before have told.
    since_s -= _LAG_S
    worst_ua = 0
    k = 0
    at = LEAKS
    while k < cells:
        d = low - x[at + GAINED_MC]
        q = d // since_s
        leak_ua = q * 1000 + (d - q * since_s) * 1000 // since_s
        d = x[at + SD_MC] + x[at + EASING_MC]
        d += x[at + BLED_MC] >> 2  # what was bled lowers the voltage by a slope known to a quarter
        q = d // since_s
        sd_ua = q * 1000 + (d - q * since_s) * 1000 // since_s + 1
        if x[at + OLD_SD_UA] > 0:
            d = x[at + OLD_SD_UA]
            q = sd_ua
            while d + q > 16384:
                d >>= 1
                q >>= 1
            while d + q < 8192:
                d += d
                q += q
            d *= d
            q = (d + q * q) >> 15
            w_q15 = d // q
            if w_q15 > 32768: w_q15 = 32768
            d = leak_ua - x[at + OLD_UA]
            leak_ua = x[at + OLD_UA] + (d >> 15) * w_q15 + (((d & 32767) * w_q15) >> 15)
            if w_q15 < 16384:  # the variance that is left is the old one's share, and as well the new one's
                sd_ua = x[at + OLD_SD_UA]
                w_q15 = 32768 - w_q15
            d = w_q15 * 32768
            q = 0
            n = 32768
            while n > 0:
                e = q + n
                if e <= 32768:
                    if e * e <= d: q = e
                n >>= 1
            sd_ua = (sd_ua >> 15) * q + (((sd_ua & 32767) * q) >> 15) + 1
        if leak_ua > _UA_MOST: leak_ua = _UA_MOST
        if leak_ua < -_UA_MOST: leak_ua = -_UA_MOST
        if sd_ua > _UA_MOST: sd_ua = _UA_MOST
        x[at + LEAK_UA] = leak_ua
        x[at + SD_UA] = sd_ua
        if leak_ua // _SURE > sd_ua:
            if leak_ua > worst_ua:
                worst_ua = leak_ua
                x[WORST_AT] = k
        k += 1
        at += A_LEAK
    x[WORST_UA] = worst_ua
    if x[ANSWERS] < _MC_MOST: x[ANSWERS] += 1
    return worst_ua
