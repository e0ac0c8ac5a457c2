"""What the controller knows, a number a reading: protection, CAN, memory and the monitor on the desktop take it here.

One `array("i")` of READINGS words. Positive current discharges. Whoever knows a reading writes it, once a tick.
"""

from firmware.kernels.dialect import const

ALWAYS = const(0)  # 1
MODE = const(1)  # of firmware/controller.py
UPTIME_S = const(2)
PERIOD_MS = const(3)  # between this tick and the last one, less what rest has lengthened it
# The sense wires (firmware/sensing.py):
CURRENT_MA = const(4)
DISCHARGE_MA = const(5)  # the current, where it discharges; else 0
CHARGE_MA = const(6)  # and where it charges
CHARGING = const(7)  # 1: more than the noise of the sensor flows in
SUM_MV = const(8)  # of the cells
STACK_MV = const(9)  # measured over all of them
SUM_ERROR_MV = const(10)  # how far the two are apart, in the monitor where that is most
LINK_MV = const(11)  # behind the contactors
CELL_MAX_UV = const(12)
CELL_MIN_UV = const(13)
CELL_MAX_AT = const(14)  # index of that cell
CELL_MIN_AT = const(15)
SPREAD_UV = const(16)
T_MAX_MDEGC = const(17)
T_MIN_MDEGC = const(18)
T_SPREAD_MDEGC = const(19)
T_RISE_MDEGC_MIN = const(20)  # of the sensor that rises fastest, a minute, beyond what the current's losses explain
CELLS_AGE_MS = const(21)
TEMPERATURES_AGE_MS = const(22)
FROZEN_MS = const(23)  # so long a cell has shown the same voltage, to the bit, while the current changed
FROZEN_AT = const(24)
IMPOSSIBLE = const(25)  # channels whose value cannot be: a cell outside 0..6.05 V, an open or short thermistor
OPEN_WIRES = const(26)  # sense wires that do not follow their cells
BUS_ERRORS = const(27)  # frames in a row that could not be had
CHIP_FAULTS = const(28)  # 1: a monitor has tripped by itself
CHIP_LOST = const(29)  # 1: a monitor was reset, or its settings are not ours
SIGN_ERROR_MS = const(30)  # so long the voltage has answered the current the wrong way
SATURATED = const(31)  # 1: the current is at an end of its register
# The switches (firmware/contactors.py):
OPEN = const(32)  # 1: told to be open, for longer than a contactor takes
WELDED = const(33)  # 1: closed though told to be open
STUCK_OPEN = const(34)  # 1: open though told to be closed
PRECHARGE_FAILURES = const(35)
INTERLOCK_OPEN = const(36)
INSULATION_KOHM = const(37)  # 2^30 - 1 where nobody measures it
# The estimates (firmware/estimate.py):
SOC_MEAN_Q15 = const(38)
SOC_MIN_Q15 = const(39)
SOC_MAX_Q15 = const(40)
SD_Q15 = const(41)  # of the weakest cell's SoC
WEAKEST_AT = const(42)
LIMIT_MA = const(43)  # discharge for 2, 10, 30 s, then charge for 2, 10, 30 s: 6 words, all positive
POWER_W = const(49)  # the same as power of the pack: 6 words
ENERGY_WH = const(55)  # left in the pack until its weakest cell is empty
CAPACITY_Q15 = const(56)  # of the cell that has least, share of the rated capacity
RESISTANCE_Q12 = const(57)  # of the cell that has grown most, share of the table's
LEAK_UA = const(58)  # of the cell that loses most by itself, beyond the others
LEAK_AT = const(59)
CONTACT_Q12 = const(60)  # resistance of the worst cell over the mean of the others, as it grows when pressure is lost
PLATING_MA = const(61)  # charging current beyond what the coldest cell takes without plating; 0 within
RANGE_P10_M = const(62)
RANGE_P50_M = const(63)
RANGE_P90_M = const(64)
# The housekeeping:
BALANCING = const(65)  # cells whose resistor is on
BALANCE_REASON = const(66)  # of firmware/balancing.py
BALANCE_STUCK = const(67)  # 1: a resistor does not do what it was told
STORE_ERRORS = const(68)
CONFIG_BAD = const(69)  # 1: the configuration in memory is not the one that was loaded
HOST_AGE_MS = const(70)  # since the vehicle was heard; 0 where none is expected
ABSOLUTE_MA = const(71)  # of the current, whichever way it flows; 0 while nobody knows it
WARNINGS_A = const(72)  # diagnoses 0..29 that warn, a bit each
WARNINGS_B = const(73)  # diagnoses 30..59
TRIPS_A = const(74)  # that have tripped
TRIPS_B = const(75)
REACTION = const(76)  # bits of firmware/diagnoses.py
FORBIDDEN_MS = const(77)  # so long a current has flowed in a direction that a diagnosis forbids
UNUSED_MS = const(78)  # so long no sample was one that the estimator could use
UNMEASURED_MS = const(79)  # of ticks in which a monitor answered, but gave no sign of measuring
STUCK_MS = const(80)  # so much speaks for a current that stands still while the true one does not
READINGS = const(81)
