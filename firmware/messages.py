"""The CAN messages, once: the firmware packs them, the desktop's DBC, decoder and docs/can.md are made of this table.

Eleven-bit identifiers, eight bytes, little endian. A count is `scale` units of the reading, rounded down, so that a
limit is never told too high. What is out of range, old or unknown is sent as not available: all ones, or of a signed
signal the most negative. Protected messages carry firmware/e2e.py in their first 12 bits.
"""

from firmware import readings as of
from firmware.kernels.dialect import const

# Columns of a message, and of a signal.
ID = const(0)
NAME = const(1)
PERIOD_MS = const(2)  # 0: when there is something to say
PROTECTED = const(3)
ARRAY = const(4)  # where the values are taken from, one of those below
AGE = const(5)  # a reading in ms: where it is beyond OLDEST_MS the values are not available; -1: none
SIGNALS = const(6)
S_NAME = const(0)
S_START = const(1)
S_BITS = const(2)
S_SIGNED = const(3)
S_SCALE = const(4)
S_UNIT = const(5)  # of the reading
S_SOURCE = const(6)  # index of the array; of a multiplexed message within its group; RAW: bytes of firmware/host.py

RAW = const(-1)
READINGS = const(0)
CELLS = const(1)  # multiplexed: byte 0 is the group, so are TEMPERATURES and TRIPS
TEMPERATURES = const(2)
TRIPS = const(3)  # how often each diagnosis has tripped since ever
COMMANDS = const(4)  # words of firmware/commands.py
HOST = const(5)  # words that the host fills
OLDEST_MS = const(2000)

# Words of the host.
OPEN_ASKED = const(0)  # 1: it wants the contactors open; closing takes a command
ODOMETER_MM = const(1)
ROUTE_NV_M = const(2)  # what the rest of the road takes, firmware/kernels/reach.py; 0 unknown
COMMAND_CODE = const(3)
COMMAND_ARGUMENT = const(4)
HOST_WORDS = const(5)

HEARTBEAT = const(0x200)
ODOMETER = const(0x201)
ROUTE = const(0x202)
COMMAND_REQUEST = const(0x210)
COMMAND_ANSWER = const(0x211)
COMMAND_STATE = const(0x170)
CHALLENGE = const(0x171)
HOST_MASK = const(0x7E0)  # all that the host sends is HEARTBEAT under this mask


def _six(name, first, scale, unit):
    """Signals of three horizons, 2, 10 and 30 s, from a first reading on."""
    return tuple([(name % s, 16 + 16 * k, 16, 0, scale, unit, first + k) for k, s in enumerate((2, 10, 30))])


def _group(name, each, bits, signed, scale, unit):
    """Signals of one group of a multiplexed message, behind the eight bits of its number."""
    return tuple([(name, 8 + bits * k, bits, signed, scale, unit, k) for k in range(each)])


FROM_PACK = (
    (0x120, "pack_state", 100, 1, READINGS, -1, (
        ("mode", 12, 4, 0, 1, "", of.MODE),
        ("reaction", 16, 8, 0, 1, "bits", of.REACTION),
        ("soc_min", 24, 16, 0, 1, "q15", of.SOC_MIN_Q15),
    )),
    (0x121, "trips", 100, 1, READINGS, -1, (
        ("trips_0_to_29", 12, 31, 0, 1, "bits", of.TRIPS_A),
        ("trips_30_to_49", 43, 21, 0, 1, "bits", of.TRIPS_B),
    )),
    (0x122, "warnings", 200, 1, READINGS, -1, (
        ("warnings_0_to_29", 12, 31, 0, 1, "bits", of.WARNINGS_A),
        ("warnings_30_to_49", 43, 21, 0, 1, "bits", of.WARNINGS_B),
    )),
    (0x123, "discharge_current_limits", 200, 1, READINGS, of.CELLS_AGE_MS,
        _six("discharge_current_%d_s", of.LIMIT_MA, 100, "ma")),
    (0x124, "charge_current_limits", 200, 1, READINGS, of.CELLS_AGE_MS,
        _six("charge_current_%d_s", of.LIMIT_MA + 3, 100, "ma")),
    (0x125, "discharge_power_limits", 500, 1, READINGS, of.CELLS_AGE_MS,
        _six("discharge_power_%d_s", of.POWER_W, 50, "w")),
    (0x126, "charge_power_limits", 500, 1, READINGS, of.CELLS_AGE_MS,
        _six("charge_power_%d_s", of.POWER_W + 3, 50, "w")),
    (0x130, "soc", 500, 1, READINGS, -1, (
        ("soc_mean", 16, 16, 0, 1, "q15", of.SOC_MEAN_Q15),
        ("soc_max", 32, 16, 0, 1, "q15", of.SOC_MAX_Q15),
        ("soc_deviation", 48, 16, 0, 1, "q15", of.SD_Q15),
    )),
    (0x131, "energy", 500, 1, READINGS, -1, (
        ("energy_left", 16, 20, 0, 1, "wh", of.ENERGY_WH),
        ("weakest_cell", 40, 8, 0, 1, "index", of.WEAKEST_AT),
    )),
    (0x132, "range", 1000, 1, READINGS, -1, (
        ("range_p10", 16, 16, 0, 100, "m", of.RANGE_P10_M),
        ("range_p50", 32, 16, 0, 100, "m", of.RANGE_P50_M),
        ("range_p90", 48, 16, 0, 100, "m", of.RANGE_P90_M),
    )),
    (0x140, "cell_extremes", 100, 1, READINGS, of.CELLS_AGE_MS, (
        ("cell_max", 16, 16, 0, 100, "uv", of.CELL_MAX_UV),
        ("cell_min", 32, 16, 0, 100, "uv", of.CELL_MIN_UV),
        ("cell_max_at", 48, 8, 0, 1, "index", of.CELL_MAX_AT),
        ("cell_min_at", 56, 8, 0, 1, "index", of.CELL_MIN_AT),
    )),
    (0x141, "temperature_extremes", 500, 1, READINGS, of.TEMPERATURES_AGE_MS, (
        ("temperature_max", 12, 12, 1, 100, "mdegc", of.T_MAX_MDEGC),
        ("temperature_min", 24, 12, 1, 100, "mdegc", of.T_MIN_MDEGC),
        ("temperature_spread", 36, 12, 0, 100, "mk", of.T_SPREAD_MDEGC),
        ("temperature_rise", 48, 16, 1, 10, "mk/min", of.T_RISE_MDEGC_MIN),
    )),
    (0x142, "stack", 100, 1, READINGS, of.CELLS_AGE_MS, (
        ("current", 12, 20, 1, 10, "ma", of.CURRENT_MA),
        ("stack", 32, 16, 0, 20, "mv", of.STACK_MV),
        ("link", 48, 16, 0, 20, "mv", of.LINK_MV),
    )),
    (0x143, "sensing", 500, 0, READINGS, -1, (
        ("cells_age", 0, 16, 0, 1, "ms", of.CELLS_AGE_MS),
        ("temperatures_age", 16, 16, 0, 1, "ms", of.TEMPERATURES_AGE_MS),
        ("impossible", 32, 8, 0, 1, "", of.IMPOSSIBLE),
        ("open_wires", 40, 8, 0, 1, "", of.OPEN_WIRES),
        ("bus_errors", 48, 8, 0, 1, "", of.BUS_ERRORS),
        ("chip_faults", 56, 2, 0, 1, "", of.CHIP_FAULTS),
        ("chip_lost", 58, 2, 0, 1, "", of.CHIP_LOST),
        ("current_saturated", 60, 2, 0, 1, "", of.SATURATED),
        ("charging", 62, 2, 0, 1, "", of.CHARGING),
    )),
    (0x144, "switches", 200, 1, READINGS, -1, (
        ("told_open", 12, 2, 0, 1, "", of.OPEN),
        ("welded", 14, 2, 0, 1, "", of.WELDED),
        ("stuck_open", 16, 2, 0, 1, "", of.STUCK_OPEN),
        ("interlock_open", 18, 2, 0, 1, "", of.INTERLOCK_OPEN),
        ("precharge_failures", 20, 4, 0, 1, "", of.PRECHARGE_FAILURES),
        ("insulation", 24, 24, 0, 1, "kohm", of.INSULATION_KOHM),
        ("cell_spread", 48, 16, 0, 100, "uv", of.SPREAD_UV),
    )),
    (0x150, "cell_voltages", 100, 0, CELLS, of.CELLS_AGE_MS, _group("cell_%d", 4, 14, 0, 500, "uv")),
    (0x151, "temperatures", 500, 0, TEMPERATURES, of.TEMPERATURES_AGE_MS,
        _group("sensor_%d", 4, 14, 1, 100, "mdegc")),
    (0x152, "trip_counts", 1000, 0, TRIPS, -1, _group("trips_of_%d", 3, 16, 0, 1, "")),
    (0x160, "health", 1000, 0, READINGS, -1, (
        ("capacity_least", 0, 16, 0, 1, "q15", of.CAPACITY_Q15),
        ("resistance_most", 16, 16, 0, 1, "q12", of.RESISTANCE_Q12),
        ("leak_most", 32, 16, 0, 10, "ua", of.LEAK_UA),
        ("leak_at", 48, 8, 0, 1, "index", of.LEAK_AT),
        ("contact_most", 56, 8, 0, 256, "q12", of.CONTACT_Q12),
    )),
    (0x161, "balancing", 1000, 0, READINGS, -1, (
        ("balancing", 0, 8, 0, 1, "", of.BALANCING),
        ("balance_reason", 8, 8, 0, 1, "", of.BALANCE_REASON),
        ("balance_stuck", 16, 2, 0, 1, "", of.BALANCE_STUCK),
        ("plating", 32, 16, 0, 100, "ma", of.PLATING_MA),
        ("frozen", 48, 16, 0, 100, "ms", of.FROZEN_MS),
    )),
    (0x162, "counters", 1000, 0, READINGS, -1, (
        ("uptime", 0, 30, 0, 1, "s", of.UPTIME_S),
        ("config_bad", 30, 2, 0, 1, "", of.CONFIG_BAD),
        ("period", 32, 12, 0, 1, "ms", of.PERIOD_MS),
        ("store_errors", 44, 8, 0, 1, "", of.STORE_ERRORS),
        ("host_age", 52, 12, 0, 10, "ms", of.HOST_AGE_MS),
    )),
    (COMMAND_STATE, "command_state", 1000, 1, COMMANDS, -1, (
        ("command_result", 12, 4, 0, 1, "", 0),
        ("command_code", 16, 8, 0, 1, "", 1),
        ("command_failures", 24, 8, 0, 1, "", 2),
        ("command_counter", 32, 32, 0, 1, "", 3),
    )),
    (CHALLENGE, "challenge", 0, 0, COMMANDS, -1, (("nonce", 0, 64, 0, 1, "bytes", RAW),)),
)  # fmt: skip

FROM_HOST = (
    (HEARTBEAT, "heartbeat", 100, 1, HOST, -1, (("open_asked", 12, 2, 0, 1, "", OPEN_ASKED),)),
    (ODOMETER, "odometer", 100, 1, HOST, -1, (("odometer", 16, 29, 0, 1, "mm", ODOMETER_MM),)),
    (ROUTE, "route", 1000, 1, HOST, -1, (("route_consumption", 16, 24, 0, 1, "nv/m", ROUTE_NV_M),)),
    (COMMAND_REQUEST, "command_request", 0, 0, HOST, -1, (
        ("requested_code", 0, 8, 0, 1, "", COMMAND_CODE),
        ("requested_argument", 8, 30, 1, 1, "", COMMAND_ARGUMENT),
    )),
    (COMMAND_ANSWER, "command_answer", 0, 0, HOST, -1, (("mac", 0, 64, 0, 1, "bytes", RAW),)),
)  # fmt: skip
