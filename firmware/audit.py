"""Whether a configuration is one to run on, word by word: a checksum can be made by anyone, a sound pack cannot.

What the kernels' ranges (firmware/kernels) rest on, an order of thresholds in which each protects, and limits that the
cell monitor can take. Runs once, at a start; firmware/main.py gives its memory back.
"""

from firmware import config as c
from firmware import diagnoses as d
from firmware import readings as of
from firmware.kernels import power, reach, soc

_MOST = (1 << 30) - 1
_SOC = (  # first word of those up to the next row's, least, most; A1_Q28 and ASINH_Q16 are judged apart
    (soc.C_PER_MA_Q35, 65000, 75000000),
    (soc.TAU1_MS, 50, 60000),
    (soc.TAU2_MS, 5000, 20000000),
    (soc.A1_Q28, 0, 1 << 28),
    (soc.HYST_RATE, 0, 1000),
    (soc.H_MIN_UV, 5000, 2000000),
    (soc.S0_Q16, 0, 16384),
    (soc.SSL_Q16, 0, 6553),
    (soc.RHO_Q15, 0, 32768),
    (soc.R0_Q16, 1024, 16384),
    (soc.RHOF_Q12, 0, 32768),
    (soc.FADE_B_Q31, 429, 214748),
    (soc.P_MIN_Q32, 16, 4294967),
    (soc.PQ_Q32, 1024, 1 << 28),
    (soc.PC_Q32, 16, 1 << 28),
    (soc.RATED_MC, 1600000, 1800000000),
    (soc.V_FULL_UV, 0, 6500000),
    (soc.PV_Q32, 16, 4294967),
    (soc.OCV_UV, 0, 6500000),
    (soc.HYST_UV, 0, 262000),
    (soc.ASINH_Q16, 0, 690000),
    (soc.LAG2_Q15, 0, 65536),
    (soc.I0_Q13, 16, 163840),
    (soc.WIDE_Q12, 0, 32768),
    (soc.LASTING_Q12, 4096, 22528),
    (soc.SHIFT_UV, -1000000, 1000000),
    (soc.R_UV, 0, 16000000),
    (soc.PARAMETERS, 0, 0),
)
_REACH = (
    (reach.C_PRIOR_NV_M, 1000, 1000000),
    (reach.W_PRIOR_M, 200, 100000),
    (reach.W_MAX_M, 400, 100000),
    (reach.SD_PRIOR_Q15, 0, 16384),
    (reach.SD_ROAD_Q15, 0, 8192),
    (reach.SD_ROUTE_Q15, 0, 16384),
    (reach.STEP_Q6, 6400, 2000000),
    (reach.OCV_UV, 0, 6500000),
    (reach.E_UV, 0, 7312500),
    (reach.EMPTY_Q15, -4096, 32768),
    (reach.PARAMETERS, 0, 0),
)
_POWER = (
    (power.V_MIN_UV, 0, 6500000),
    (power.KEEP_Q15, 0, 32768),
    (power.DZ_Q15, 0, 70000),
    (power.MOST_Q13, 0, 163840),
    (power.PARAMETERS, 0, 0),
)
_ROW = (  # of the diagnoses, a column each
    (0, of.READINGS - 1), (-1, 1), (0, of.READINGS - 1), (-_MOST, _MOST), (-_MOST, _MOST), (0, 1000000),
    (0, 1000000000), (0, 1000000), (0, 1), (0, 63),
)  # fmt: skip
# Diagnosis, what it must judge and do, its longest delay, and the cell monitor's own limit in the head, in so many
# units of the reading, which must lie beyond; without one, -1 and the furthest that it may trip at.
_ESSENTIAL = (
    (d.OVER_VOLTAGE, of.CELL_MAX_UV, 1, d.OPEN, 1000, 6, 1000),
    (d.UNDER_VOLTAGE, of.CELL_MIN_UV, -1, d.NO_DISCHARGE, 1000, 7, 1000),
    (d.DEEP_DISCHARGE, of.CELL_MIN_UV, -1, d.OPEN, 5000, -1, 0),
    (d.OVER_CURRENT_DISCHARGE, of.DISCHARGE_MA, 1, d.OPEN, 10000, 9, 1),
    (d.OVER_CURRENT_DISCHARGE_FAST, of.DISCHARGE_MA, 1, d.OPEN, 100, 10, 1),
    (d.OVER_CURRENT_CHARGE, of.CHARGE_MA, 1, d.OPEN, 10000, 8, 1),
    (d.OVER_CURRENT_CHARGE_FAST, of.CHARGE_MA, 1, d.OPEN, 100, 8, 1),
    (d.OVER_TEMPERATURE, of.T_MAX_MDEGC, 1, d.OPEN, 5000, 13, 1),
    (d.UNDER_TEMPERATURE, of.T_MIN_MDEGC, -1, d.NO_DISCHARGE, 5000, 15, 1),
    (d.STALE_CELLS, of.CELLS_AGE_MS, 1, d.OPEN, 1000, -1, 1000),
    (d.STALE_TEMPERATURES, of.TEMPERATURES_AGE_MS, 1, d.OPEN, 5000, -1, 5000),
    (d.NOT_MEASURING, of.UNMEASURED_MS, 1, d.OPEN, 1000, -1, 5000),
    (d.UNUSABLE, of.UNUSED_MS, 1, d.OPEN, 1000, -1, 5000),
    (d.IMPOSSIBLE_VALUE, of.IMPOSSIBLE, 1, d.OPEN, 1000, -1, 1),
    (d.OPEN_WIRE, of.OPEN_WIRES, 1, d.OPEN, 1000, -1, 1),
    (d.CHIP_FAULT, of.CHIP_FAULTS, 1, d.OPEN, 1000, -1, 1),
    (d.CHIP_LOST, of.CHIP_LOST, 1, d.OPEN, 1000, -1, 1),
    (d.CURRENT_SATURATED, of.SATURATED, 1, d.OPEN, 1000, -1, 1),
    (d.WELDED, of.WELDED, 1, d.NO_CLOSE, 1000, -1, 1),
    (d.INTERLOCK, of.INTERLOCK_OPEN, 1, d.OPEN, 1000, -1, 1),
    (d.CONFIGURATION_DAMAGED, of.CONFIG_BAD, 1, d.OPEN, 1000, -1, 1),
    (d.HOST_SILENT, of.HOST_AGE_MS, 1, d.OPEN, 1000, -1, 5000),
)
_APART = (  # lower, higher: they must not meet
    (d.UNDER_VOLTAGE, d.OVER_VOLTAGE),
    (d.UNDER_TEMPERATURE, d.OVER_TEMPERATURE),
    (d.UNDER_TEMPERATURE_CHARGE, d.OVER_TEMPERATURE_CHARGE),
)
_CAPACITY_LEAST_MC, _CAPACITY_MOST_MC = 1600000, 1800000000
_MOST_MV = 6500
_BEYOND_UV = 500000  # the cell monitor's limits from the voltages that the cells are used between,
_NEARLY_UV = 100000  # and the voltage of a full cell from the higher of these, at most
_SHORT_PARTS = 4  # a short is so many times the lasting current, at most
_MOST_MA = 10000000
_LONGEST_S = 60  # of silence, before the cell monitor opens its FETs
_HEAT_LEAST_DJ_K_AH, _HEAT_MOST_DJ_K_AH = 10, 10000  # cells have about 10 J/K for an Ah
_ASINH_STEP = 8193  # an eighth, Q16: the steepest piece of that table


def check_whole(words, is_intact):
    """ValueError, in one sentence, for words of another version or length, or that are not as they were written.

    is_intact: firmware/config.py's, handed over so that this module needs no other to be loaded first.
    """
    if len(words) != c.LENGTH or words[0] != c.VERSION:
        raise ValueError(
            "configuration of %d words, version %d: this firmware takes %d words, version %d; write it anew"
            % (len(words), words[0] if len(words) else 0, c.LENGTH, c.VERSION)
        )
    if not is_intact(memoryview(words)):
        raise ValueError("the configuration is damaged: its checksum is wrong; write it anew")


def check(config):
    """ValueError, in one sentence, for words of firmware/config.py that must not be run on."""
    _check_pack(config)
    _check_limits(config)
    _in_ranges("cell", config.soc_par, _SOC)
    _in_ranges("range", config.reach_par, _REACH)
    _in_ranges("power", config.power, _POWER)
    _check_cell(config.soc_par, config.capacity_mc)
    _check_reach(config.reach_par)
    _check_window(config)
    _check_guard(config.guard, config.head)
    for k in range(d.OVER_CURRENT_DISCHARGE, d.OVER_CURRENT_CHARGE_FAST + 1):
        most_ma = config.guard[k * d.COLUMNS + d.TRIP]
        _demand(most_ma <= config.current_max_ma, "diagnosis %d, which judges beyond the current's register" % k)
    config.profiles()  # the chip's own ranges


def least_share(tau_ms):
    """A1_Q28 of a time constant: what firmware/kernels/ecm.py divides out for a window that is not 1,000 ms long."""
    numerator, denominator = 1000 << 18, 2 * tau_ms + 1000
    while denominator > 65535:
        numerator, denominator = numerator >> 1, denominator >> 1
    whole, rest = divmod(numerator, denominator)
    return min(whole * 2048 + rest * 2048 // denominator, 1 << 28)


def _in_ranges(section, words, rows):
    for k in range(len(rows) - 1):
        first, least, most = rows[k]
        part = words[first : rows[k + 1][0]]
        if min(part) < least or max(part) > most:
            raise ValueError(
                "configuration of the %s: words from %d on are %d..%d, allowed are %d..%d; write it anew"
                % (section, first, min(part), max(part), least, most)
            )


def _demand(right, what):
    if not right:
        raise ValueError("configuration of %s; write it anew" % what)


def _rises(words, most=_MOST):
    for k in range(1, len(words)):
        if not 0 <= words[k] - words[k - 1] <= most:
            return False
    return True


def _check_pack(config):
    cells, chips, capacity_mc = config.cells, config.chips, config.capacity_mc
    right = 1 <= cells <= c.MOST_CELLS and _CAPACITY_LEAST_MC <= capacity_mc <= _CAPACITY_MOST_MC
    _demand(right, "%d cells of %d mC" % (cells, capacity_mc))
    right = 1 <= chips <= c.MOST_CHIPS and cells % chips == 0 and cells // chips <= 16
    _demand(right, "%d chips over %d cells" % (chips, cells))
    heat_dj_k, one_mah = config.heat_dj_k, capacity_mc // 3600
    right = _HEAT_LEAST_DJ_K_AH * one_mah <= heat_dj_k * 1000 <= _HEAT_MOST_DJ_K_AH * one_mah
    _demand(right, "a heat capacity of %d tenths of J/K" % heat_dj_k)


def _check_limits(config):
    head = config.head
    voltages = 0 < config.under_mv < config.over_mv <= _MOST_MV
    currents = 0 < head[c.DISCHARGE_MA] <= head[c.PEAK_MA] <= head[c.SHORT_MA] and head[c.CHARGE_MA] > 0
    currents = currents and head[c.SHORT_MA] <= _SHORT_PARTS * head[c.DISCHARGE_MA]
    cold = head[c.COLD_MDEGC] < head[c.HOT_MDEGC] and head[c.COLD_CHARGE_MDEGC] < head[c.HOT_CHARGE_MDEGC]
    right = voltages and currents and cold and 0 < config.current_max_ma <= _MOST_MA
    _demand(right, "limits that contradict each other")
    right = 1 <= head[c.WATCHDOG_S] <= _LONGEST_S and head[c.HEARTBEAT] in (0, 1)
    _demand(right, "a host watchdog of %d s" % head[c.WATCHDOG_S])
    right = 0 <= config.precharge_least_ms <= config.precharge_ms <= 10000
    _demand(right, "a pre-charge of %d..%d ms" % (config.precharge_least_ms, config.precharge_ms))


def _check_cell(par, capacity_mc):
    one_c_ma = capacity_mc // 3600
    off = par[soc.C_PER_MA_Q35] * capacity_mc // 3600 - (1 << 35)
    _demand(par[soc.RATED_MC] == capacity_mc and -one_c_ma <= off <= one_c_ma, "capacities that are not the same")
    for k in range(3):
        right = par[soc.A1_Q28 + k] == least_share(par[soc.TAU1_MS + k])
        _demand(right, "a time constant that is not its own share")
    _demand(par[soc.H_MIN_UV] <= par[soc.H_MAX_UV], "slopes whose least is not the least")
    _demand(_rises(par[soc.OCV_UV : soc.HYST_UV]), "an OCV that falls")
    _demand(_rises(par[soc.ASINH_Q16 : soc.LAG2_Q15], _ASINH_STEP), "a table of asinh that is none")


def _check_reach(par):
    _demand(par[reach.W_PRIOR_M] <= par[reach.W_MAX_M], "a range whose memory is shorter than its prior")
    _demand(_rises(par[reach.OCV_UV : reach.E_UV]), "an OCV of the range that falls")
    _demand(_rises(par[reach.E_UV : reach.EMPTY_Q15]), "an energy that falls")


def _check_window(config):
    """What is told of the power keeps cells between the diagnoses, and the cell monitor watches close beyond."""
    low_uv, high_uv = config.power[power.V_MIN_UV], config.power[power.V_MAX_UV]
    under_uv = config.guard[d.UNDER_VOLTAGE * d.COLUMNS + d.TRIP]
    over_uv = config.guard[d.OVER_VOLTAGE * d.COLUMNS + d.TRIP]
    _demand(under_uv < low_uv < high_uv < over_uv, "a voltage window that its diagnoses do not hold")
    right = config.over_mv * 1000 - high_uv <= _BEYOND_UV and low_uv - config.under_mv * 1000 <= _BEYOND_UV
    _demand(right, "voltage limits of the cell monitor that protect nothing")
    _demand(0 <= high_uv - config.soc_par[soc.V_FULL_UV] <= _NEARLY_UV, "a full cell far from its highest voltage")


def _check_guard(table, head):
    for k in range(d.DIAGNOSES):
        row = table[k * d.COLUMNS : (k + 1) * d.COLUMNS]
        for column in range(d.COLUMNS):
            least, most = _ROW[column]
            _demand(least <= row[column] <= most, "diagnosis %d: column %d is %d" % (k, column, row[column]))
        _demand(row[d.SIGN] * (row[d.TRIP] - row[d.WARN]) >= 0 and row[d.SIGN], "diagnosis %d: trip before warn" % k)
        _demand(not (row[d.LATCH] and row[d.RECOVERY_MS]), "diagnosis %d: it latches and recovers" % k)
    for k, reading, sign, reaction, delay_ms, at, unit in _ESSENTIAL:
        row = table[k * d.COLUMNS : (k + 1) * d.COLUMNS]
        judges = row[d.READING] == reading and row[d.SIGN] == sign and row[d.GATE] in (of.ALWAYS, of.SUM_MV)
        acts = row[d.REACTION] & (reaction | d.OPEN) and row[d.DELAY_MS] <= delay_ms
        last = head[at] * unit - sign if at >= 0 else unit
        inside = sign * (last - row[d.TRIP]) >= 0
        _demand(judges and acts and inside, "diagnosis %d, which does not protect" % k)
    for low, high in _APART:
        under, over = table[low * d.COLUMNS : (low + 1) * d.COLUMNS], table[high * d.COLUMNS : (high + 1) * d.COLUMNS]
        apart = under[d.TRIP] + under[d.HYSTERESIS] < over[d.TRIP] - over[d.HYSTERESIS]
        _demand(apart, "diagnoses %d and %d, which meet" % (low, high))
