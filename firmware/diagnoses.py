"""Numbers of the diagnoses, what each may do, and how the words that judge them are laid out.

The table itself, with thresholds, delays and their reasons, is bms/estimation/guard_table.py: it depends on the pack,
and comes to the controller as words of its configuration. A number never changes its meaning.
"""

from firmware.kernels.dialect import const

OVER_VOLTAGE = const(0)
UNDER_VOLTAGE = const(1)
DEEP_DISCHARGE = const(2)
OVER_TEMPERATURE = const(3)
OVER_TEMPERATURE_CHARGE = const(4)
UNDER_TEMPERATURE = const(5)
UNDER_TEMPERATURE_CHARGE = const(6)
OVER_CURRENT_DISCHARGE = const(7)
OVER_CURRENT_DISCHARGE_FAST = const(8)
OVER_CURRENT_CHARGE = const(9)
OVER_CURRENT_CHARGE_FAST = const(10)
CELL_SPREAD = const(11)
TEMPERATURE_RISE = const(12)
TEMPERATURE_SPREAD = const(13)
SUM_MISMATCH = const(14)
FROZEN_CELL = const(15)
STALE_CELLS = const(16)
STALE_TEMPERATURES = const(17)
IMPOSSIBLE_VALUE = const(18)
OPEN_WIRE = const(19)
BUS_ERRORS = const(20)
CHIP_FAULT = const(21)
CHIP_LOST = const(22)
SIGN_ERROR = const(23)
CURRENT_SATURATED = const(24)
CURRENT_WHILE_OPEN = const(25)
WELDED = const(26)
STUCK_OPEN = const(27)
PRECHARGE_FAILED = const(28)
INTERLOCK = const(29)
INSULATION = const(30)
PLATING = const(31)
SOFT_SHORT = const(32)
CONTACT_LOSS = const(33)
LIMIT_IGNORED = const(34)
CONFIGURATION_DAMAGED = const(35)
BALANCING_STUCK = const(36)
STORE_FAILING = const(37)
HOST_SILENT = const(38)
OVERRUN = const(39)
UNUSABLE = const(40)
NOT_MEASURING = const(41)
CURRENT_STUCK = const(42)
DIAGNOSES = const(43)

# Reactions, bits.
NO_DISCHARGE = const(1)
NO_CHARGE = const(2)
OPEN = const(4)  # the contactors, at once
NO_CLOSE = const(8)  # they stay open, if they are
NO_BALANCE = const(16)
PERSIST = const(32)  # stays over a restart

# A row of the table: columns.
READING = const(0)  # of firmware/readings.py
SIGN = const(1)  # 1: too high is wrong, -1: too low
GATE = const(2)  # a reading; the diagnosis is judged while it is not 0
WARN = const(3)
TRIP = const(4)
DELAY_MS = const(5)  # so long it must have been beyond TRIP without a break
HYSTERESIS = const(6)  # so far it must have come back
RECOVERY_MS = const(7)  # and so long
LATCH = const(8)  # 1: only `Protection.clear` ends it
REACTION = const(9)
COLUMNS = const(10)
WORDS = const(430)  # DIAGNOSES * COLUMNS
